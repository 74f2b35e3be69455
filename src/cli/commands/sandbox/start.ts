/**
 * `pesarail start`: the server, in the foreground, until Ctrl-C.
 *
 * Its options are settings by another name. `src/main.ts` reads them, so that `npm start -- --port 9000` and the
 * published program, which runs that file directly, understand the same.
 */
import { CommanderError, InvalidArgumentError, type Command } from "commander";
import { settings } from "../../../config/settings.ts";
import { silence, useJson } from "../../../app/startup-output.ts";
import { SettingError, type Parser } from "../../../config/parsers.ts";
import { addHelp } from "../../terminal/usage.ts";
import { exitCodes } from "../../terminal/exit-codes.ts";
import { createBareProgram } from "../../program.ts";

const helpText = `The options are settings that can also be given as environment variables; docs/settings.md has all of them.
The first start makes the data folder and a PostgreSQL in it. When the server is ready, sandbox.json in that
folder has everything a client needs; \`pesarail keys\` shows it. --json prints one line when it is ready,
without a secret in it, and nothing else but the log.

Ctrl-C stops it. The exit code is 0 then, and 1 if it could not start or had to give up.`;

interface Options {
  readonly json?: true;
  readonly quiet?: true;
}

export function addStart(program: Command): void {
  const start = program
    .command("start")
    .description("start the server here, and run it until Ctrl-C")
    .option(
      "-p, --port <number>",
      `the port for HTTP (PORT, default ${settings.PORT.default})`,
      createSettingParser("PORT"),
    )
    .option(
      "--https-port <number>",
      `the port for HTTPS, or off (HTTPS_PORT, default ${settings.HTTPS_PORT.default})`,
      createSettingParser("HTTPS_PORT"),
    )
    .option(
      "--host <address>",
      `the address to listen on; 0.0.0.0 is all of them (HOST, default ${settings.HOST.default})`,
      createSettingParser("HOST"),
    )
    .option(
      "-d, --data <folder>",
      `where everything is kept (DATA_DIR, default ${settings.DATA_DIR.default})`,
      createSettingParser("DATA_DIR"),
    )
    .option(
      "--database <url>",
      "a PostgreSQL of your own instead of ours (DATABASE_URL)",
      createSettingParser("DATABASE_URL"),
    )
    .option("-q, --quiet", "say nothing unless something is wrong")
    .option("--json", "print one line of JSON when it is ready, instead of words")
    .action((options: Options) => {
      if (options.json === true) useJson();
      else if (options.quiet === true) silence();
    });
  addHelp(
    start,
    helpText,
    "start",
    "start --port 9000 --https-port off --data ~/pesarail",
    "start --database postgres://pesarail@localhost/pesarail",
  );
}

/** Reads an option as its setting is read, and sets that. */
function createSettingParser(name: keyof typeof settings): (text: string) => string {
  const parse: Parser<unknown> = settings[name].parse;
  return (text) => {
    try {
      parse(text, name);
    } catch (error) {
      if (error instanceof SettingError) throw new InvalidArgumentError(error.message);
      throw error;
    }
    process.env[name] = text;
    return text;
  };
}

/** Takes the server's arguments as settings. Gives an exit code where that is the end: help, or a mistake. */
export function parseArguments(args: readonly string[]): number | null {
  const program = createBareProgram();
  addStart(program);
  try {
    program.parse(["start", ...args], { from: "user" });
    return null;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
  }
}

/** Runs the server in this process, to its end. */
export async function runServer(args: readonly string[]): Promise<typeof process.exitCode> {
  process.argv.splice(2, process.argv.length, ...args);
  await import("../../../main.ts");
  return process.exitCode;
}
