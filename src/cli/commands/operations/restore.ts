/**
 * `pesarail restore FILE`: restores a backup into the configured databases. Its contents are proven before they replace
 * anything.
 */
import type { Command } from "commander";
import { checkBackupFile } from "../../../backup/backup-file.ts";
import { targetName } from "../../../backup/load-schema.ts";
import { stageBackup, type StagedBackup } from "../../../backup/restore-backup.ts";
import { railFacts } from "../../../app/rail-facts.ts";
import { passed, proveSchemas, type SchemaProof } from "../../../proof/prove-schemas.ts";
import { listSchemas, type SchemaLocation } from "../../../store/schema-locations.ts";
import { addHelp } from "../../terminal/usage.ts";
import { UsageError, CommandFailed } from "../../terminal/exit-codes.ts";
import { toJson, toText } from "./prove.ts";
import { printToStderr, withDatabases, type CommandContext } from "../../context.ts";
import { formatCount, formatJson } from "../../terminal/table.ts";

interface Options {
  readonly replace?: true;
  readonly only?: string[];
  readonly unproven?: true;
  readonly json?: true;
}

const helpText = `Stop every server first. The file is checked before anything is written, its contents are proven before they replace
anything, and a backup of an older release is upgraded. The SECRET_KEY must be the one of the server that was
backed up.`;

export function addRestore(program: Command): void {
  const command = program
    .command("restore")
    .description("restore a backup into the configured databases")
    .argument("<file>", "a file that backup wrote")
    .option("--replace", "replace the existing data")
    .option(
      "--only <schema...>",
      "restore only these schemas, such as live_vodacomTZN; the main schema is pesarail",
    )
    .option("--unproven", "restore data even if an invariant does not hold, to inspect it")
    .option("--json", "print the proof as JSON, and nothing else on standard output")
    .action(async (file: string, options: Options) => {
      await checkBackupFile(file);
      await withDatabases({ exclusive: true, create: true }, (context) => restore(file, options, context));
    });
  addHelp(
    command,
    helpText,
    "restore pesarail.backup",
    "restore pesarail.backup --replace --only live_vodacomTZN",
  );
}

async function restore(
  file: string,
  options: Options,
  { config, locations, signal }: CommandContext,
): Promise<void> {
  const schemas = selectSchemas(listSchemas(locations), options.only);
  const replace = options.replace === true;
  const staged = await stageBackup({ file, schemas, config, replace, signal, onProgress: printToStderr });
  try {
    await proveStaged(staged, options);
    signal.throwIfAborted();
  } catch (error) {
    await staged.discard();
    throw error;
  }
  const notice = await staged.replace();
  if (notice !== null) printToStderr(notice);
  printToStderr(`Restored ${formatCount(schemas.length)} schemas, as of ${staged.takenAt}.`);
}

/** Prints the proof. Throws `CommandFailed` if an invariant does not hold and `--unproven` was not given. */
async function proveStaged({ takenAt, schemas }: StagedBackup, options: Options): Promise<void> {
  const proofs = (await proveSchemas(schemas, railFacts)).map((proof): SchemaProof => ({
    ...proof,
    schema: targetName(proof.schema),
  }));
  process.stdout.write(
    options.json === true ? `${formatJson({ takenAt, ...toJson(proofs) })}\n` : toText(proofs),
  );
  if (!proofs.every(passed) && options.unproven !== true)
    throw new CommandFailed(
      "an invariant does not hold in this backup; nothing was changed. To restore it anyway, add --unproven.",
    );
}

function selectSchemas(
  all: readonly SchemaLocation[],
  only: readonly string[] | undefined,
): readonly SchemaLocation[] {
  if (only === undefined) return all;
  const unknown = only.find((name) => !all.some((schema) => schema.name === name));
  if (unknown === undefined) return all.filter(({ name }) => only.includes(name));
  throw new UsageError(
    `There is no schema ${unknown}. The schemas are ${all.map(({ name }) => name).join(", ")}.`,
  );
}
