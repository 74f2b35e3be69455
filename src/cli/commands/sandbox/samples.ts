/** `pesarail samples DIR`: writes every call of a protocol in every language into a folder. */
import { readdirSync } from "node:fs";
import { relative } from "node:path";
import { Argument, type Command } from "commander";
import { CommandFailed } from "../../terminal/exit-codes.ts";
import { printResult } from "../../terminal/print-result.ts";
import { createProtocolOption, type ProtocolOptions } from "../../terminal/protocol-option.ts";
import { formatCount } from "../../terminal/table.ts";
import { addHelp } from "../../terminal/usage.ts";
import { completeWith } from "../completion/values.ts";

interface Options extends ProtocolOptions {
  readonly force?: true;
  readonly json?: true;
}

const helpText = `Needs no server. Each file is a complete program that makes one call. With --force, files of the same names are
replaced, and others stay.`;

export function addSamples(program: Command): void {
  const samples = program
    .command("samples")
    .description("write a program for every call in every language into a folder")
    .addArgument(completeWith(new Argument("<dir>", "the folder; created if it does not exist"), "files"))
    .addOption(createProtocolOption())
    .option("--force", "write into a folder that is not empty")
    .option("--json", "print JSON only")
    .action((folder: string, options: Options) => writeSamples(folder, options));
  addHelp(samples, helpText, "samples ./samples", "samples ./samples --force");
}

async function writeSamples(folder: string, options: Options): Promise<void> {
  if (options.force !== true && !isEmpty(folder))
    throw new CommandFailed(`${folder} is not empty. Choose another folder, or add --force.`);
  const source = await options.protocol.loadSamples();
  let files: readonly string[];
  try {
    files = source.write(folder).map((path) => relative(folder, path));
  } catch (error) {
    throw new CommandFailed(`Cannot write into ${folder}: ${(error as Error).message}`, { cause: error });
  }
  printResult(
    options,
    { folder, protocol: options.protocol.name, files },
    `Wrote ${formatCount(files.length)} files into ${folder}. ${source.notes}`,
  );
}

/** A folder that does not exist counts as empty. Throws `CommandFailed` for a path that is not a folder. */
function isEmpty(folder: string): boolean {
  try {
    return readdirSync(folder).length === 0;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return true;
    throw new CommandFailed(code === "ENOTDIR" ? `${folder} is not a folder.` : message, { cause: error });
  }
}
