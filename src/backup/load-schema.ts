/** Loads one schema of a backup under a staging name, beside the schema that it will replace. */
import type { Sql } from "../store/driver/connect.ts";
import { importRows } from "../store/schema/copy.ts";
import { migrate, readMigrations } from "../store/schema/migrate.ts";
import { makePartitions } from "../store/schema/partitions.ts";
import { dropSchema, prepareToFill, setSequences } from "../store/schema/schema-contents.ts";
import { withSchemaConnection } from "../store/databases.ts";
import type { Frame } from "./backup-file.ts";
import type { Part } from "./format.ts";
import { BackupError } from "./backup-error.ts";
import type { SchemaLocation } from "../store/schema-locations.ts";

const prefix = "restoring_";

/** Converts between a schema's name and its staging name. */
export const stagingName = (schema: string): string => prefix + schema;
export const targetName = (staging: string): string => staging.slice(prefix.length);

type SchemaPart = Extract<Part, { part: "schema" }>;

/** Frames with a read position. */
export interface FrameReader {
  /** The next frame, or undefined at the end, without consuming it. */
  peek(): Promise<Frame | undefined>;
  next(): Promise<Frame | undefined>;
}

export function createFrameReader(frames: AsyncGenerator<Frame>): FrameReader {
  let next: Promise<Frame | undefined> | null = null;
  const peek = (): Promise<Frame | undefined> =>
    (next ??= frames.next().then(({ done, value }) => (done === true ? undefined : value)));
  return {
    peek,
    next() {
      const current = peek();
      next = null;
      return current;
    },
  };
}

/**
 * Creates the staging schema at the version of the backup, loads the frames that follow `part`, and upgrades
 * it. Removes what an earlier restore left under that name.
 */
export async function loadSchema(
  { name, kind, location }: SchemaLocation,
  part: SchemaPart,
  frames: FrameReader,
): Promise<SchemaLocation> {
  const staging = stagingName(name);
  const { stored } = part;
  await assertKnownMigrations(part);
  await withSchemaConnection(
    location,
    staging,
    async (sql) => {
      await dropSchema(sql, staging);
      await migrate(sql, staging, kind, stored.migrations.length);
      await loadTables(sql, part, frames);
      await migrate(sql, staging, kind);
      await makePartitions(sql, kind, Date.now(), Date.now());
      // Updates the planner statistics for the queries of the proof that follows.
      await sql.unsafe("analyze");
    },
    "pesarail restore",
  );
  return { name: staging, kind, location };
}

async function loadTables(sql: Sql, { stored }: SchemaPart, frames: FrameReader): Promise<void> {
  await sql.begin(async (tx) => {
    // The staging schema is not in use yet. The commit that replaces the target schema waits for the disk, and
    // so also covers this one.
    await tx`set local synchronous_commit = off`;
    await prepareToFill(tx, stored);
    for (const { name: table, columns } of stored.tables) {
      const head = await frames.next();
      if (head?.kind !== "json" || (head.value as Part).part !== "table")
        throw new Error(`the rows of ${table} are missing`);
      await importRows(tx, table, columns, readChunks(frames));
    }
    await setSequences(tx, stored.sequences);
  });
}

async function* readChunks(frames: FrameReader): AsyncGenerator<Buffer> {
  for (;;) {
    const next = await frames.peek();
    if (next?.kind !== "data") return;
    await frames.next();
    yield next.chunk;
  }
}

/** A backup may be older than this release, but not newer. */
async function assertKnownMigrations({ name, kind, stored }: SchemaPart): Promise<void> {
  const known = (await readMigrations(kind)).map((migration) => migration.name);
  const unknown = stored.migrations.find((migration, index) => known[index] !== migration);
  if (unknown === undefined) return;
  throw new BackupError(
    `The backup's ${name} has the migration ${unknown}, which this release does not know. Use the release that made the backup.`,
  );
}
