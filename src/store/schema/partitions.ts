/**
 * Partitions: tables that grow without limit are partitioned by time, so that inserts go to a small, recent
 * partition and old data is dropped instead of deleted row by row.
 *
 * Every server creates partitions in advance, at start and every hour. Partitions with a retention are dropped. The
 * request log has partitions of its own kind (`store/request-log/segments.ts`).
 */
import { msPerDay } from "../../core/clock.ts";
import { minIdAt } from "../../core/ids.ts";
import type { Sql } from "../driver/connect.ts";
import type { SchemaKind } from "./migrate.ts";

interface PartitionedTable {
  readonly table: string;
  readonly days: number;
  /** How far in advance partitions are created: a server can fail to create them for this long without harm. */
  readonly aheadDays: number;
  /** The fill factor: the rest of each page is free for updated rows. */
  readonly fillPercent: number;
}

const aheadDays = 9;
/** Daily partitions are many files, and each new database has them. */
const logAheadDays = 3;

const deliveryAttemptsTable: PartitionedTable = {
  table: "delivery_attempts",
  days: 1,
  aheadDays: logAheadDays,
  fillPercent: 100,
};

const usageTable: PartitionedTable = { table: "usage", days: 7, aheadDays, fillPercent: 70 };

/** The tables of each kind of schema with partitions by time. All but `usage` are partitioned by id, which contains it. */
const tablesByKind: Readonly<Record<SchemaKind, readonly PartitionedTable[]>> = {
  main: [],
  rail: [
    { table: "payments", days: 7, aheadDays, fillPercent: 95 },
    { table: "postings", days: 7, aheadDays, fillPercent: 100 },
    { table: "notifications", days: 7, aheadDays, fillPercent: 90 },
    deliveryAttemptsTable,
    usageTable,
  ],
};

/**
 * Creates the missing partitions around `now` (wall time) and, for usage, around `businessNow`, which differs in
 * a sandbox. Idempotent, and safe if several servers do it at the same time.
 */
export async function makePartitions(
  sql: Sql,
  kind: SchemaKind,
  now: number,
  businessNow: number,
): Promise<void> {
  const wanted = tablesByKind[kind].flatMap((partitionedTable) => {
    const at = partitionedTable === usageTable ? businessNow : now;
    return coveringRanges(partitionedTable, at - msPerDay, at + partitionedTable.aheadDays * msPerDay).map(
      (slice) => ({
        ...slice,
        cut: partitionedTable,
      }),
    );
  });
  // One after the other: a new server would open a second connection for each rail.
  const existing = await readPartitionNames(sql);
  const tables = await readPartitionedTables(sql);
  const missing = wanted.filter(
    ({ cut: partitionedTable, from }) =>
      tables.has(partitionedTable.table) && !existing.has(`${partitionedTable.table}_${formatDay(from)}`),
  );
  if (missing.length === 0) return;
  await sql.begin(async (tx) => {
    await tx`lock table migrations in share row exclusive mode`;
    for (const { cut: partitionedTable, from, until } of missing) {
      const [lower, upper] =
        partitionedTable === usageTable
          ? [BigInt(formatDay(from)), BigInt(formatDay(until))]
          : [minIdAt(from), minIdAt(until)];
      await tx`select create_partition(${partitionedTable.table}, ${formatDay(from)}, ${lower}, ${upper}, ${partitionedTable.fillPercent})`;
    }
  });
}

/** Rows before these times are deleted, in milliseconds since 1970. */
export interface RetentionCutoffs {
  /** Wall time. */
  readonly callbacks: number;
  /** Business time: a sandbox with a frozen clock writes usage of a week that is long past in wall time. */
  readonly usage: number;
}

/** Drops partitions of the callbacks' log and of usage that end before the cutoffs. Returns their names. */
export async function dropOldPartitions(sql: Sql, cutoffs: RetentionCutoffs): Promise<string[]> {
  const limits = new Map([
    [deliveryAttemptsTable, cutoffs.callbacks],
    [usageTable, cutoffs.usage],
  ]);
  const old = [...(await readPartitionNames(sql))].filter((name) => {
    const [, table = "", from = ""] = /^(.+)_(\d{8})$/.exec(name) ?? [];
    const partitionedTable = tablesByKind.rail.find((candidate) => candidate.table === table);
    const limit = partitionedTable === undefined ? undefined : limits.get(partitionedTable);
    return (
      partitionedTable !== undefined &&
      limit !== undefined &&
      parseDay(from) + partitionedTable.days * msPerDay < limit
    );
  });
  for (const name of old) {
    await sql.begin(async (tx) => {
      // Dropping waits for all readers of the parent, and new readers then wait for it. It gives up early
      // and is retried in the next hour.
      await tx`set local lock_timeout = '200ms'`;
      await tx`drop table if exists ${tx(name)}`;
    });
  }
  return old;
}

/** The partitioned tables that exist. A schema that is not fully migrated has fewer. */
async function readPartitionedTables(sql: Sql): Promise<Set<string>> {
  const rows = await sql<{ name: string }[]>`
    select relname as name from pg_class
    where relnamespace = (select oid from pg_namespace where nspname = current_schema()) and relkind = 'p'`;
  return new Set(rows.map((row) => row.name));
}

async function readPartitionNames(sql: Sql): Promise<Set<string>> {
  const rows = await sql<{ name: string }[]>`
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where c.relnamespace = (select oid from pg_namespace where nspname = current_schema()) and c.relkind = 'r'`;
  return new Set(rows.map((row) => row.name));
}

/** The ranges of `days` length that cover [from, until]. */
function coveringRanges(
  partitionedTable: PartitionedTable,
  from: number,
  until: number,
): { from: number; until: number }[] {
  const lengthMs = partitionedTable.days * msPerDay;
  const ranges = [];
  for (let at = Math.floor(from / lengthMs) * lengthMs; at <= until; at += lengthMs) {
    ranges.push({ from: at, until: at + lengthMs });
  }
  return ranges;
}

/** `20261121`, in UTC. */
const formatDay = (at: number): string => new Date(at).toISOString().slice(0, 10).replaceAll("-", "");

const parseDay = (text: string): number =>
  Date.parse(`${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}T00:00:00Z`);
