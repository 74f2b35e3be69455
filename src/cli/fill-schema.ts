/** One schema of a backup, loaded under another name beside the one that it will replace. */
import type { Sql } from "../store/connect.ts";
import { copyIn } from "../store/copy.ts";
import { migrate, readMigrations } from "../store/migrate.ts";
import { makePartitions } from "../store/partitions.ts";
import { dropSchema, prepareToFill, setSequences } from "../store/snapshot.ts";
import { inSchema } from "../store/stores.ts";
import type { Frame } from "./backup-file.ts";
import type { Part } from "./backup-parts.ts";
import { Refused } from "./command-error.ts";
import type { SchemaAt } from "./databases.ts";

const prefix = "restoring_";

/** What a schema is called while it is filled, and back. */
export const draftName = (schema: string): string => prefix + schema;
export const placeName = (draft: string): string => draft.slice(prefix.length);

type SchemaPart = Extract<Part, { part: "schema" }>;

/** Frames with a place in them: whoever takes the next one goes on where the last stopped. */
export interface Frames {
  /** The frame that is next, or undefined at the end; it stays next. */
  peek(): Promise<Frame | undefined>;
  take(): Promise<Frame | undefined>;
}

export function framesOf(frames: AsyncGenerator<Frame>): Frames {
  let next: Promise<Frame | undefined> | null = null;
  const peek = (): Promise<Frame | undefined> =>
    (next ??= frames.next().then(({ done, value }) => (done === true ? undefined : value)));
  return {
    peek,
    take() {
      const taken = peek();
      next = null;
      return taken;
    },
  };
}

/**
 * Makes the draft at the version of the backup, fills it from the frames that follow `part`, and brings
 * it up to date. Whatever an earlier restore left under that name is removed first.
 */
export async function fillSchema(
  { name, kind, place }: SchemaAt,
  part: SchemaPart,
  frames: Frames,
): Promise<SchemaAt> {
  const draft = draftName(name);
  const { stored } = part;
  await refuseUnknown(part);
  await inSchema(
    place,
    draft,
    async (sql) => {
      await dropSchema(sql, draft);
      await migrate(sql, draft, kind, stored.migrations.length);
      await fill(sql, part, frames);
      await migrate(sql, draft, kind);
      await makePartitions(sql, kind, Date.now(), Date.now());
      // The planner has seen none of this, and the proof that follows asks big questions.
      await sql.unsafe("analyze");
    },
    "pesarail restore",
  );
  return { name: draft, kind, place };
}

async function fill(sql: Sql, { stored }: SchemaPart, frames: Frames): Promise<void> {
  await sql.begin(async (tx) => {
    // The draft is nobody's yet; the commit that puts it in its place waits for the disk, and so for this.
    await tx`set local synchronous_commit = off`;
    await prepareToFill(tx, stored);
    for (const { name: table, columns } of stored.tables) {
      const head = await frames.take();
      if (head?.kind !== "json" || (head.value as Part).part !== "table")
        throw new Error(`the rows of ${table} are missing`);
      await copyIn(tx, table, columns, piecesOf(frames));
    }
    await setSequences(tx, stored.sequences);
  });
}

async function* piecesOf(frames: Frames): AsyncGenerator<Buffer> {
  for (;;) {
    const next = await frames.peek();
    if (next?.kind !== "data") return;
    await frames.take();
    yield next.piece;
  }
}

/** The backup may be older than this code, and not newer. */
async function refuseUnknown({ name, kind, stored }: SchemaPart): Promise<void> {
  const known = (await readMigrations(kind)).map((migration) => migration.name);
  const unknown = stored.migrations.find((migration, index) => known[index] !== migration);
  if (unknown === undefined) return;
  throw new Refused(
    `The backup's ${name} has the migration ${unknown}, which this code does not know: use the release that made it.`,
  );
}
