/**
 * `pesarail restore FILE`: puts a backup where the settings say that the databases are.
 *
 * Everything is loaded beside what is there, in schemas of another name, brought up to date and proven;
 * only then does each take its place, in a transaction of its own. A file that is damaged, a disk that is
 * full or a Ctrl-C before that leaves everything as it was.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { writeFileAtomic } from "../../../core/atomic-write.ts";
import type { Config } from "../../../config/settings.ts";
import { environments } from "../../../core/money.ts";
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
import { printToStderr, withDatabases } from "../../context.ts";
import { formatCount, formatJson } from "../../terminal/table.ts";

interface Options {
  readonly replace?: true;
  readonly only?: string[];
  readonly unproven?: true;
  readonly json?: true;
}

const helpText = `Stop every server first. The file is checked before anything is written, what it holds is proven before it
takes the place of anything, and a backup of an older release is brought up to date. The SECRET_KEY must be
the one of the server that was backed up.`;

export function addRestore(program: Command): void {
  const command = program
    .command("restore")
    .description("put a backup where the settings say that the databases are")
    .argument("<file>", "what backup wrote")
    .option("--replace", "give up what is there now")
    .option(
      "--only <schema...>",
      "restore these schemas alone, such as live_vodacomTZN; the directory is pesarail",
    )
    .option("--unproven", "restore books that do not prove, to look at them")
    .option("--json", "print what was proven as JSON, and nothing else on standard output")
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
        "an invariant does not hold in this backup; nothing was changed (--unproven restores it all the same).",
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
  printToStderr(`Restored ${formatCount(selected.length)} schemas as they were at ${head.takenAt}.`);
}

function selectSchemas(
  all: readonly SchemaLocation[],
  only: readonly string[] | undefined,
): readonly SchemaLocation[] {
  if (only === undefined) return all;
  const unknown = only.find((name) => !all.some((schema) => schema.name === name));
  if (unknown === undefined) return all.filter(({ name }) => only.includes(name));
  throw new UsageError(`There is no schema ${unknown}; there are ${all.map(({ name }) => name).join(", ")}.`);
}

/** Books are replaced only by somebody who says so, and never under a server's feet. */
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
          `${location.setting}: ${name} is there already. --replace gives up what it holds.`,
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

/** Loads every wanted schema of the file, and passes over the others. */
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

/** Throws `SealBroken` where the key that the server will use is not the one that the backup was sealed with. */
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

/** The key that the server will use: a setting's, the folder's own, or the file's; null where there is none yet. */
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
    printToStderr(`The SECRET_KEY of the backup is now in ${file}.`);
  } else if (!existsSync(file)) {
    printToStderr(
      `The SECRET_KEY is MISSING: put the one of the backed-up server into ${file} before you start this one.`,
    );
  }
}

const secretKeyPath = ({ dataDir }: Config): string => join(dataDir, "secret.key");
