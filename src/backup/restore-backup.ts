/**
 * Restores a backup in two parts, so that its contents can be proven between them.
 *
 * `stageBackup` loads everything into staging schemas and upgrades it. `replace` then replaces each schema in a
 * transaction of its own. A damaged file, a full disk or an interruption before that changes nothing.
 */
import type { Config } from "../config/settings.ts";
import { withSchemaConnection } from "../store/databases.ts";
import { readMigrationVersion } from "../store/schema/migrate.ts";
import { dropSchema, isUsedByOthers, replaceSchema } from "../store/schema/schema-contents.ts";
import type { SchemaLocation } from "../store/schema-locations.ts";
import { BackupError } from "./backup-error.ts";
import { readFrames } from "./backup-file.ts";
import type { BackupHead, Part } from "./format.ts";
import { createFrameReader, loadSchema, stagingName, type FrameReader } from "./load-schema.ts";
import { checkSecretKey, writeSecretKey } from "./secret-key.ts";

export interface RestoreOptions {
  /** A file that was checked. */
  readonly file: string;
  /** The schemas to restore. */
  readonly schemas: readonly SchemaLocation[];
  readonly config: Config;
  /** Whether existing data is replaced. */
  readonly replace: boolean;
  readonly signal: AbortSignal;
  /** Called before slow steps. */
  readonly onProgress: (line: string) => void;
}

export interface StagedBackup {
  /** Wall time, as ISO 8601. */
  readonly takenAt: string;
  /** The staging schemas, under the names that `targetName` translates. */
  readonly schemas: readonly SchemaLocation[];
  /** Replaces the schemas. Returns what the user must know about the SECRET_KEY, or null. */
  replace(): Promise<string | null>;
  /** Deletes the staging schemas. */
  discard(): Promise<void>;
}

/**
 * Throws `BackupError` if the backup does not have the schemas, or they may not be replaced; and `DecryptionError` if
 * the server's SECRET_KEY is not the one that sealed the backup.
 */
export async function stageBackup(options: RestoreOptions): Promise<StagedBackup> {
  const { file, schemas, config, replace, onProgress } = options;
  await assertReplaceable(schemas, replace);
  const frames = createFrameReader(readFrames(file));
  const head = await readHead(frames);
  onProgress(`Reading ${file}, taken at ${head.takenAt} …`);
  const discard = (): Promise<void> => dropStaging(schemas);
  try {
    const staged = await loadSchemas(frames, options);
    const main = staged.find(({ kind }) => kind === "main");
    await checkSecretKey(head, config, main, replace);
    return {
      takenAt: head.takenAt,
      schemas: staged,
      discard,
      async replace() {
        for (const schema of schemas) await replaceWithStaging(schema);
        return writeSecretKey(head, config);
      },
    };
  } catch (error) {
    await discard();
    throw error;
  }
}

/** Existing data is replaced only if `replace` says so, and never while a server is connected. */
async function assertReplaceable(schemas: readonly SchemaLocation[], replace: boolean): Promise<void> {
  for (const { name, location } of schemas) {
    await withSchemaConnection(
      location,
      name,
      async (sql) => {
        if (await isUsedByOthers(sql))
          throw new BackupError(
            `${location.setting}: a server is connected to this database. Stop it first.`,
          );
        if (replace || (await readMigrationVersion(sql, name)) === 0) return;
        throw new BackupError(
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
  { schemas, signal, onProgress }: RestoreOptions,
): Promise<SchemaLocation[]> {
  const staged: SchemaLocation[] = [];
  for (let frame = await frames.next(); frame !== undefined; frame = await frames.next()) {
    signal.throwIfAborted();
    if (frame.kind !== "json") continue;
    const part = frame.value as Part;
    if (part.part !== "schema") continue;
    const target = schemas.find(({ name }) => name === part.name);
    if (target === undefined) continue;
    onProgress(`Loading ${part.name} …`);
    staged.push(await loadSchema(target, part, frames));
  }
  const missing = schemas.find(({ name }) => !staged.some((draft) => draft.name === stagingName(name)));
  if (missing !== undefined) throw new BackupError(`The backup has no ${missing.name}; nothing was changed.`);
  return staged;
}

async function replaceWithStaging({ name, location }: SchemaLocation): Promise<void> {
  await withSchemaConnection(
    location,
    name,
    (sql) => replaceSchema(sql, stagingName(name), name),
    "pesarail restore",
  );
}

async function dropStaging(schemas: readonly SchemaLocation[]): Promise<void> {
  for (const { name, location } of schemas) {
    await withSchemaConnection(
      location,
      name,
      (sql) => dropSchema(sql, stagingName(name)),
      "pesarail restore",
    );
  }
}
