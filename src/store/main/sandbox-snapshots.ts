/**
 * Snapshots of the sandbox: copies of its rows in separate schemas of the same database. PostgreSQL copies the
 * rows; nothing leaves the database.
 *
 * Every function runs in a transaction whose search path is the copied schema (`setSearchPath`).
 */
import { msPerMinute } from "../../core/clock.ts";
import { toArrayLiteral } from "../driver/array-columns.ts";
import type { Sql, Transaction } from "../driver/connect.ts";
import { allowLongStatements } from "../driver/statement-deadlines.ts";
import { requestLogTables } from "../request-log/tables.ts";
import {
  prepareToFill,
  readStoredSchema,
  type StoredSchema,
  type StoredTable,
} from "../schema/schema-contents.ts";

/** The name of the schema that holds a snapshot's copy of a rail or of the main schema (`pesarail`). */
export const snapshotSchemaName = (schema: string, name: string): string => `snapshot_${schema}_${name}`;

/** Tables that a snapshot of a rail leaves out: logs that no decision depends on. */
const excludedTables: ReadonlySet<string> = new Set([...requestLogTables, "delivery_attempts"]);

/**
 * The tables that a batch of payments locks first, in the order of `post-batch.ts`. Locking whole tables in the
 * same order prevents deadlocks with batches.
 */
const firstLockedTables = [
  "idempotency_keys",
  "payments",
  "mandates",
  "accounts",
  "usage",
  "mandate_periods",
];

/** The rows of the main schema that belong to the sandbox, in an order that satisfies the foreign keys. */
const sandboxRowConditions: Readonly<Record<string, string>> = {
  applications: "environment = 'sandbox'",
  api_operators: "environment = 'sandbox'",
  credentials: `organisation_environment = 'sandbox'
    or application_id in (select id from applications where environment = 'sandbox')
    or api_operator_id in (select id from api_operators where environment = 'sandbox')`,
  callback_urls: `organisation_environment = 'sandbox'
    or application_id in (select id from applications where environment = 'sandbox')`,
  access_tokens: "environment = 'sandbox'",
  application_versions: "application_id in (select id from applications where environment = 'sandbox')",
  sandbox_network: "true",
  request_faults: "true",
};

export interface SnapshotRow {
  readonly name: string;
  readonly takenAt: Date;
  /** The time of the sandbox clock, and whether it was frozen. */
  readonly businessAt: Date;
  readonly frozen: boolean;
  readonly mainVersion: number;
  readonly railVersion: number;
}

const columns = (sql: Sql | Transaction) => sql`
  name, taken_at as "takenAt", business_at as "businessAt", frozen, main_version as "mainVersion",
  rail_version as "railVersion"`;

/** The snapshots whose copies exist, newest first. A restored backup has snapshot names without copies. */
export function readSnapshots(main: Sql): Promise<SnapshotRow[]> {
  return main<SnapshotRow[]>`
    select ${columns(main)} from snapshots
    where to_regclass(format('%I.facts', ${snapshotSchemaName("pesarail", "")} || name)) is not null order by taken_at desc`;
}

/** Reads a snapshot's row and locks it until the transaction ends. */
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

/** Identifies the database and user of a pool. Pools with equal keys can share one transaction. */
export async function readDatabaseKey(sql: Sql): Promise<string> {
  const [row] = await sql<{ key: string }[]>`
    select concat_ws(' ', pg_postmaster_start_time(), inet_server_addr(), inet_server_port(), current_database(),
                     current_user) as key`;
  return row?.key ?? "";
}

/** Makes the transaction's statements use this schema from now on. */
export async function setSearchPath(tx: Transaction, schema: string): Promise<void> {
  await tx`select set_config('search_path', ${`"${schema}"`}, true)`;
}

/** Timeouts for work on whole tables: a short one for locks, none for statements. They override the pool's settings. */
export async function setBulkTimeouts(tx: Transaction, lockTimeoutMs: number): Promise<void> {
  await tx`select set_config('lock_timeout', ${`${lockTimeoutMs}ms`}, true)`;
  await allowLongStatements(tx, bulkTimeoutMs);
}

/** Copying a sandbox of a million payments takes about a minute. */
const bulkTimeoutMs = 10 * msPerMinute;

export async function readSchemaVersion(tx: Transaction): Promise<number> {
  const [row] = await tx<{ version: number }[]>`select max(version)::int as version from migrations`;
  return row?.version ?? 0;
}

/** Blocks writes to a rail's tables, or reads as well, until the transaction ends. */
export async function lockRail(tx: Transaction, blockedAccess: "writes" | "all"): Promise<void> {
  // Creating partitions takes this lock too. Without it, both transactions could wait for each other.
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

/** Copies a locked rail into a new schema. A schema of that name is dropped first. */
export async function copyRail(tx: Transaction, copy: string, takenAt: Date): Promise<void> {
  const stored = await readStoredSchema(tx);
  const included = {
    ...stored,
    tables: stored.tables.filter(({ name }) => !excludedTables.has(name)),
    partitions: stored.partitions.filter(({ parent }) => !excludedTables.has(parent)),
  };
  await createCopy(tx, copy, { takenAt, stored: included, conditions: {} });
}

/** Copies the sandbox's rows of the main schema. */
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
  // Simple queries: the connection would keep a prepared statement for each of these for ever.
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

/** The contents of a copy. Undefined if there is none, or if it is of another snapshot of the same name. */
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

/** Replaces the rows of a rail with those of a copy. The rail must be locked against reads and writes. */
export async function restoreRailRows(tx: Transaction, copy: string, stored: StoredSchema): Promise<void> {
  await prepareToFill(tx, stored);
  await fillTables(tx, copy, stored.tables);
  // Not `setval`, which a rollback does not undo.
  for (const { name, last, called } of stored.sequences) {
    // The numbers behind receipts: servers hold blocks of them, so none may be given twice.
    if (name === "receipt_numbers") continue;
    await tx`alter sequence ${tx(name)} restart with ${tx.unsafe(String(BigInt(last) + (called ? 1n : 0n)))}`;
  }
}

/**
 * Replaces the sandbox's rows of the main schema with those of a copy. Whether an application's callbacks are
 * pulled stays as it is, so that `pesarail listen` keeps working after a restore.
 */
export async function restoreSandboxRows(
  tx: Transaction,
  copy: string,
  { tables }: StoredSchema,
): Promise<void> {
  const before = await tx<{ id: bigint; pullEnabled: boolean }[]>`
    select id, pull_delivery as "pullEnabled" from applications where environment = 'sandbox'`;
  for (const [table, condition] of Object.entries(sandboxRowConditions).toReversed()) {
    await tx`delete from ${tx(table)} where ${tx.unsafe(condition)}`;
  }
  await fillTables(tx, copy, tables);
  const pullApplicationIds = before.filter(({ pullEnabled }) => pullEnabled).map(({ id }) => id);
  await tx`
    update applications set pull_delivery = id = any(${toArrayLiteral(pullApplicationIds)}::bigint[])
    where id = any(${toArrayLiteral(before.map(({ id }) => id))}::bigint[])
      and pull_delivery <> (id = any(${toArrayLiteral(pullApplicationIds)}::bigint[]))`;
}

async function fillTables(tx: Transaction, copy: string, tables: readonly StoredTable[]): Promise<void> {
  for (const { name, columns } of tables) {
    await tx`
      insert into ${tx(name)} (${tx([...columns])}) overriding system value
      select ${tx([...columns])} from ${tx(copy)}.${tx(name)}`.simple();
  }
}
