/**
 * Partitions: the tables that grow for ever are cut by time, so that a new row always lands in a small,
 * recent piece, and old days can be dropped instead of deleted row by row.
 *
 * Made ahead of need by every server, at start and every hour; dropping is for what has a retention.
 */
import { msPerDay } from "../../core/clock.ts";
import { minIdAt } from "../../core/ids.ts";
import type { Sql } from "../driver/connect.ts";
import type { SchemaKind } from "./migrate.ts";

interface PartitionedTable {
  readonly table: string;
  readonly days: number;
  /** Free space left in each page, for rows that are updated in place. */
  readonly fillPercent: number;
}

const requestLogTable: PartitionedTable = { table: "request_log", days: 1, fillPercent: 100 };

const deliveryAttemptsTable: PartitionedTable = { table: "delivery_attempts", days: 1, fillPercent: 100 };

const usageTable: PartitionedTable = { table: "usage", days: 7, fillPercent: 70 };

/** The tables of each kind of schema; all but usage are cut by id, which is a time. */
const tablesByKind: Readonly<Record<SchemaKind, readonly PartitionedTable[]>> = {
  main: [requestLogTable],
  rail: [
    { table: "payments", days: 7, fillPercent: 95 },
    { table: "moves", days: 7, fillPercent: 100 },
    { table: "outbox", days: 7, fillPercent: 90 },
    requestLogTable,
    deliveryAttemptsTable,
    usageTable,
  ],
};

/** How far ahead partitions are made: a server that cannot reach its database has this long to be mended. */
const aheadDays = 9;

/**
 * Makes what is missing around `now` (wall time) and, for usage, around `businessNow`, which a sandbox
 * may have moved. Idempotent, and safe beside other servers.
 */
export async function makePartitions(
  sql: Sql,
  kind: SchemaKind,
  now: number,
  businessNow: number,
): Promise<void> {
  const wanted = tablesByKind[kind].flatMap((partitionedTable) => {
    const at = partitionedTable === usageTable ? businessNow : now;
    return coveringRanges(partitionedTable, at - msPerDay, at + aheadDays * msPerDay).map((slice) => ({
      ...slice,
      cut: partitionedTable,
    }));
  });
  const [existing, tables] = await Promise.all([readPartitionNames(sql), readPartitionedTables(sql)]);
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
      await tx`select make_partition(${partitionedTable.table}, ${formatDay(from)}, ${lower}, ${upper}, ${partitionedTable.fillPercent})`;
    }
  });
}

/** From when on rows are kept, in milliseconds since 1970. */
export interface RetentionCutoffs {
  /** Wall time. */
  readonly requests: number;
  readonly callbacks: number;
  /** Business time: a sandbox whose clock stands counts in a week that is long past on the wall. */
  readonly usage: number;
}

/** Drops the logs' days, and usage's weeks, that ended before they are kept from. Returns their names. */
export async function dropOldPartitions(sql: Sql, cutoffs: RetentionCutoffs): Promise<string[]> {
  const limits = new Map([
    [requestLogTable, cutoffs.requests],
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
      // Dropping waits for everybody who reads the parent, and everybody else waits behind it. Rather not
      // today than a queue: the next hour tries again.
      await tx`set local lock_timeout = '200ms'`;
      await tx`drop table if exists ${tx(name)}`;
    });
  }
  return old;
}

/** The tables that are cut. A schema that is on its way to this release has fewer of them. */
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

/** The slices of `cut.days` that cover [from, upto]. */
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
