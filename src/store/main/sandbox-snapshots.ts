/**
 * Snapshots of the sandbox: copies of its rows in schemas of their own, beside the ones that they were taken
 * of, so that PostgreSQL copies them and nothing leaves the database.
 *
 * Every function works in a transaction whose search path names the schema that is copied (`workIn`).
 */
import { toArrayLiteral } from "../driver/array-columns.ts";
import type { Sql, Transaction } from "../driver/connect.ts";
import {
  prepareToFill,
  readStoredSchema,
  type StoredSchema,
  type StoredTable,
} from "../schema/schema-contents.ts";

/** The schema that holds a snapshot's copy of a market's rail, or of the directory (`pesarail`). */
export const snapshotSchemaName = (schema: string, name: string): string => `snapshot_${schema}_${name}`;

/** What a rail's snapshot leaves out: what people read about the past, and decides nothing. */
const excludedTables: ReadonlySet<string> = new Set(["request_log", "delivery_attempts"]);

/**
 * The tables in which a batch of payments takes its first locks, in its order (`payments/post-batch.ts`):
 * whoever locks whole tables in the same order waits for batches, and they for it, but never both.
 */
const firstLockedTables = [
  "payment_references",
  "payments",
  "mandates",
  "accounts",
  "usage",
  "mandate_periods",
];

/** What belongs to the sandbox in the directory, in an order in which it can be filled. */
const sandboxRowConditions: Readonly<Record<string, string>> = {
  applications: "environment = 'sandbox'",
  sessions: "environment = 'sandbox'",
  callback_secrets: "application_id in (select id from applications where environment = 'sandbox')",
  sandbox_network: "true",
};

export interface SnapshotRow {
  readonly name: string;
  readonly takenAt: Date;
  /** Where the sandbox's clock was, and whether it stood there. */
  readonly businessAt: Date;
  readonly frozen: boolean;
  readonly mainVersion: number;
  readonly railVersion: number;
}

const columns = (sql: Sql | Transaction) => sql`
  name, taken_at as "takenAt", business_at as "businessAt", frozen, main_version as "mainVersion",
  rail_version as "railVersion"`;

/** The snapshots that are there, the newest first. A backup has their names and not their rows. */
export function readSnapshots(main: Sql): Promise<SnapshotRow[]> {
  return main<SnapshotRow[]>`
    select ${columns(main)} from snapshots
    where to_regclass(format('%I.facts', ${snapshotSchemaName("pesarail", "")} || name)) is not null order by taken_at desc`;
}

/** A snapshot's row, which nobody deletes until the transaction ends. */
export async function lockSnapshot(tx: Transaction, name: string): Promise<SnapshotRow | undefined> {
  const rows = await tx<SnapshotRow[]>`select ${columns(tx)} from snapshots where name = ${name} for update`;
  return rows[0];
}

export async function insertSnapshot(tx: Transaction, snapshot: SnapshotRow): Promise<void> {
  await tx`
    insert into snapshots (name, taken_at, business_at, frozen, main_version, rail_version)
    values (${snapshot.name}, ${snapshot.takenAt}, ${snapshot.businessAt}, ${snapshot.frozen}, ${snapshot.mainVersion}, ${snapshot.railVersion})`;
}

export async function deleteSnapshot(tx: Transaction, name: string): Promise<boolean> {
  const { count } = await tx`delete from snapshots where name = ${name}`;
  return count > 0;
}

/** Which database a pool is connected to, and as whom: equal for pools whose work one transaction can do. */
export async function readDatabaseKey(sql: Sql): Promise<string> {
  const [row] = await sql<{ key: string }[]>`
    select concat_ws(' ', pg_postmaster_start_time(), inet_server_addr(), inet_server_port(), current_database(),
                     current_user) as key`;
  return row?.key ?? "";
}

/** Has the transaction's statements mean this schema from now on. */
export async function setSearchPath(tx: Transaction, schema: string): Promise<void> {
  await tx`select set_config('search_path', ${`"${schema}"`}, true)`;
}

/** For work on whole tables, whatever the pool is otherwise for: it waits briefly for locks, and long for nothing else. */
export async function setBulkTimeouts(tx: Transaction, lockTimeoutMs: number): Promise<void> {
  const settings = {
    lock_timeout: `${lockTimeoutMs}ms`,
    idle_in_transaction_session_timeout: "0",
    statement_timeout: "0",
  };
  for (const [name, value] of Object.entries(settings)) await tx`select set_config(${name}, ${value}, true)`;
}

export async function readSchemaVersion(tx: Transaction): Promise<number> {
  const [row] = await tx<{ version: number }[]>`select max(version)::int as version from migrations`;
  return row?.version ?? 0;
}

/** Keeps everybody from writing a rail's tables, or from reading them too, until the transaction ends. */
export async function lockRail(tx: Transaction, blockedAccess: "writes" | "all"): Promise<void> {
  // Nobody makes partitions meanwhile: they would wait for us, and we for the tables that they made.
  await tx`lock table migrations in share row exclusive mode`;
  const stored = await readStoredSchema(tx);
  const remainingTables = stored.tables
    .map(({ name }) => name)
    .filter((name) => !excludedTables.has(name) && !firstLockedTables.includes(name));
  const tables = tx([...firstLockedTables, ...remainingTables]);
  await (blockedAccess === "writes"
    ? tx`lock table ${tables} in share mode`
    : tx`lock table ${tables} in access exclusive mode`);
}

/** Copies a rail, which is locked, into a new schema. What was there under its name is gone. */
export async function copyRail(tx: Transaction, copy: string, takenAt: Date): Promise<void> {
  const stored = await readStoredSchema(tx);
  const included = {
    ...stored,
    tables: stored.tables.filter(({ name }) => !excludedTables.has(name)),
    partitions: stored.partitions.filter(({ parent }) => !excludedTables.has(parent)),
  };
  await createCopy(tx, copy, { takenAt, stored: included, conditions: {} });
}

/** Copies what is the sandbox's in the directory. */
export async function copySandboxRows(tx: Transaction, copy: string, takenAt: Date): Promise<void> {
  const stored = await readStoredSchema(tx);
  const tables = stored.tables.filter(({ name }) => name in sandboxRowConditions);
  await createCopy(tx, copy, {
    takenAt,
    stored: { ...stored, tables, partitions: [], sequences: [] },
    conditions: sandboxRowConditions,
  });
}

async function createCopy(
  tx: Transaction,
  copy: string,
  {
    takenAt,
    stored,
    conditions,
  }: { takenAt: Date; stored: StoredSchema; conditions: Readonly<Record<string, string>> },
): Promise<void> {
  await dropCopy(tx, copy);
  // Statements that are sent once are not worth preparing: the connection would remember each for ever.
  await tx`create schema ${tx(copy)}`.simple();
  for (const { name } of stored.tables) {
    const condition = tx.unsafe(conditions[name] ?? "true");
    await tx`create table ${tx(copy)}.${tx(name)} as select * from ${tx(name)} where ${condition}`.simple();
  }
  await tx`create table ${tx(copy)}.facts (taken_at timestamptz not null, stored jsonb not null)`.simple();
  await tx`insert into ${tx(copy)}.facts values (${takenAt}, ${tx.json(stored as never)})`;
}

export async function dropCopy(tx: Transaction, copy: string): Promise<void> {
  await tx`drop schema if exists ${tx(copy)} cascade`.simple();
}

/** What a copy is of, or undefined where there is none, or one of another time under the same name. */
export async function readCopy(
  tx: Transaction,
  copy: string,
  takenAt: Date,
): Promise<StoredSchema | undefined> {
  const [row] = await tx<{ there: boolean }[]>`
    select to_regclass(${`"${copy}".facts`}) is not null as there`;
  if (row?.there !== true) return undefined;
  const rows = await tx<{ stored: StoredSchema }[]>`
    select stored from ${tx(copy)}.facts where taken_at = ${takenAt}`;
  return rows[0]?.stored;
}

/** Puts a copy's rows in the place of a rail's, which is locked against everybody. */
export async function restoreRailRows(tx: Transaction, copy: string, stored: StoredSchema): Promise<void> {
  await prepareToFill(tx, stored);
  await fillTables(tx, copy, stored.tables);
  // Not `setval`, which would stay although everything else were rolled back.
  for (const { name, last, called } of stored.sequences) {
    await tx`alter sequence ${tx(name)} restart with ${tx.unsafe(String(BigInt(last) + (called ? 1n : 0n)))}`;
  }
}

/**
 * Puts what a copy holds of the directory in the place of what is the sandbox's there. Whether an
 * application's results are collected stays as it is: whoever listens now listens to a town that is restored.
 */
export async function restoreSandboxRows(
  tx: Transaction,
  copy: string,
  { tables }: StoredSchema,
): Promise<void> {
  const before = await tx<{ id: bigint; relay: boolean }[]>`
    select id, relay from applications where environment = 'sandbox'`;
  for (const [table, condition] of Object.entries(sandboxRowConditions).toReversed()) {
    await tx`delete from ${tx(table)} where ${tx.unsafe(condition)}`;
  }
  await fillTables(tx, copy, tables);
  const pullApplicationIds = before.filter(({ relay }) => relay).map(({ id }) => id);
  await tx`
    update applications set relay = id = any(${toArrayLiteral(pullApplicationIds)}::bigint[])
    where id = any(${toArrayLiteral(before.map(({ id }) => id))}::bigint[])
      and relay <> (id = any(${toArrayLiteral(pullApplicationIds)}::bigint[]))`;
}

async function fillTables(tx: Transaction, copy: string, tables: readonly StoredTable[]): Promise<void> {
  for (const { name, columns } of tables) {
    await tx`
      insert into ${tx(name)} (${tx([...columns])}) overriding system value
      select ${tx([...columns])} from ${tx(copy)}.${tx(name)}`.simple();
  }
}
