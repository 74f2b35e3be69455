/**
 * `pesarail restore FILE`: restores a backup into the configured databases.
 *
 * It loads everything into staging schemas, upgrades and proves them, and only then replaces each schema in a
 * transaction of its own. A damaged file, a full disk or Ctrl-C before that changes nothing.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { writeFileAtomic } from "../../../core/atomic-write.ts";
import type { Config } from "../../../config/settings.ts";
import { environments } from "../../../core/markets.ts";
import { readMigrationVersion } from "../../../store/schema/migrate.ts";
import { readSecret } from "../../../store/main/secrets.ts";
import { dropSchema, isUsedByOthers, replaceSchema } from "../../../store/schema/schema-contents.ts";
import { withSchemaConnection } from "../../../store/databases.ts";
import { unseal } from "../../../vault/seal.ts";
import { loadSecretKey } from "../../../vault/secret-key.ts";
import { checkBackupFile, readFrames } from "../../../backup/backup-file.ts";
import type { BackupHead, Part } from "../../../backup/format.ts";
import { addHelp } from "../../terminal/usage.ts";
import { UsageError, CommandFailed } from "../../terminal/exit-codes.ts";
import { listSchemas, type SchemaLocation } from "./databases.ts";
import {
  stagingName,
  loadSchema,
  createFrameReader,
  targetName,
  type FrameReader,
} from "../../../backup/load-schema.ts";
import { passed, proveSchemas } from "../../../proof/prove-schemas.ts";
import { toJson, toText } from "./prove.ts";
import { printToStderr, withDatabases } from "../../context.ts";
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
      await withDatabases({ exclusive: true, create: true }, ({ config, locations, signal }) =>
        restore(file, options, config, listSchemas(locations), signal),
      );
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
  config: Config,
  all: readonly SchemaLocation[],
  signal: AbortSignal,
): Promise<void> {
  const selected = selectSchemas(all, options.only);
  await assertReplaceable(selected, options.replace === true);

  const frames = createFrameReader(readFrames(file));
  const head = await readHead(frames);
  printToStderr(`Reading ${file}, taken at ${head.takenAt} …`);
  let staged: SchemaLocation[] = [];
  try {
    staged = await loadSchemas(frames, selected, signal);
    await checkSecretKey(head, config, staged, options.replace === true);
    const proofs = (await proveSchemas(staged)).map((proof) => ({
      ...proof,
      schema: targetName(proof.schema),
    }));
    process.stdout.write(
      options.json === true
        ? `${formatJson({ takenAt: head.takenAt, ...toJson(proofs) })}\n`
        : toText(proofs),
    );
    if (!proofs.every(passed) && options.unproven !== true) {
      throw new CommandFailed(
        "an invariant does not hold in this backup; nothing was changed. To restore it anyway, add --unproven.",
      );
    }
  } catch (error) {
    await dropStaging(selected);
    throw error;
  }
  signal.throwIfAborted();
  for (const { name, location } of selected) {
    await withSchemaConnection(
      location,
      name,
      (sql) => replaceSchema(sql, stagingName(name), name),
      "pesarail restore",
    );
  }
  writeSecretKey(head, config);
  printToStderr(`Restored ${formatCount(selected.length)} schemas, as of ${head.takenAt}.`);
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

/** Existing data is replaced only with `--replace`, and never while a server is connected. */
async function assertReplaceable(selected: readonly SchemaLocation[], replace: boolean): Promise<void> {
  for (const { name, location } of selected) {
    await withSchemaConnection(
      location,
      name,
      async (sql) => {
        if (await isUsedByOthers(sql))
          throw new CommandFailed(
            `${location.setting}: a server is connected to this database. Stop it first.`,
          );
        if (replace || (await readMigrationVersion(sql, name)) === 0) return;
        throw new CommandFailed(
          `${location.setting}: ${name} exists already. To replace its data, add --replace.`,
        );
      },
      "pesarail restore",
    );
  }
}

async function readHead(frames: FrameReader): Promise<BackupHead> {
  const frame = await frames.next();
  return (frame as { value: BackupHead }).value;
}

/** Loads every selected schema of the file, and skips the others. */
async function loadSchemas(
  frames: FrameReader,
  selected: readonly SchemaLocation[],
  signal: AbortSignal,
): Promise<SchemaLocation[]> {
  const staged: SchemaLocation[] = [];
  for (let frame = await frames.next(); frame !== undefined; frame = await frames.next()) {
    signal.throwIfAborted();
    if (frame.kind !== "json") continue;
    const part = frame.value as Part;
    if (part.part !== "schema") continue;
    const target = selected.find(({ name }) => name === part.name);
    if (target === undefined) continue;
    printToStderr(`Loading ${part.name} …`);
    staged.push(await loadSchema(target, part, frames));
  }
  const missing = selected.find(({ name }) => !staged.some((draft) => draft.name === stagingName(name)));
  if (missing !== undefined)
    throw new CommandFailed(`The backup has no ${missing.name}; nothing was changed.`);
  return staged;
}

async function dropStaging(selected: readonly SchemaLocation[]): Promise<void> {
  for (const { name, location } of selected) {
    await withSchemaConnection(
      location,
      name,
      (sql) => dropSchema(sql, stagingName(name)),
      "pesarail restore",
    );
  }
}

/** Throws `DecryptionError` if the key that the server will use is not the one that sealed the backup. */
async function checkSecretKey(
  head: BackupHead,
  config: Config,
  staged: readonly SchemaLocation[],
  replace: boolean,
): Promise<void> {
  const directory = staged.find(({ kind }) => kind === "main");
  const secretKey = resolveSecretKey(head, config, replace);
  if (directory === undefined || secretKey === null) return;
  await withSchemaConnection(
    directory.location,
    directory.name,
    async (sql) => {
      for (const environment of environments) {
        const secret = await readSecret(sql, environment, "wire");
        if (secret !== undefined) unseal(secretKey, `${environment}/wire`, secret.sealed);
      }
    },
    "pesarail restore",
  );
}

/**
 * The key that the server will use: the setting's, the data folder's, or the backup's; null if there is none
 * yet.
 */
function resolveSecretKey(head: BackupHead, config: Config, replace: boolean): Buffer | null {
  const hasOwnKey = config.secretKey !== null || existsSync(secretKeyPath(config));
  const backupKey = head.secretKey === null ? null : Buffer.from(head.secretKey, "hex");
  if (backupKey !== null && (!hasOwnKey || (replace && config.secretKey === null))) return backupKey;
  return hasOwnKey ? loadSecretKey(config.secretKey?.export() ?? null, config.dataDir) : null;
}

function writeSecretKey(head: BackupHead, config: Config): void {
  if (config.secretKey !== null) return;
  const file = secretKeyPath(config);
  if (head.secretKey !== null) {
    writeFileAtomic(file, `${head.secretKey}\n`, 0o600);
    printToStderr(`Wrote the SECRET_KEY of the backup to ${file}.`);
  } else if (!existsSync(file)) {
    printToStderr(
      `The SECRET_KEY is MISSING. Copy the key of the backed-up server to ${file} before you start this server.`,
    );
  }
}

const secretKeyPath = ({ dataDir }: Config): string => join(dataDir, "secret.key");
