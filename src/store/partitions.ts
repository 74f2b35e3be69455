/**
 * Partitions: the tables that grow for ever are cut by time, so that a new row always lands in a small,
 * recent piece, and old days can be dropped instead of deleted row by row.
 *
 * Made ahead of need by every server, at start and every hour; dropping is for what has a retention.
 */
import { day } from "../clock.ts";
import { idFloor } from "../ids.ts";
import type { Sql } from "./connect.ts";
import type { SchemaKind } from "./migrate.ts";

interface Cut {
  readonly table: string;
  readonly days: number;
  /** Free space left in each page, for rows that are updated in place. */
  readonly fillPercent: number;
}

const requestLog: Cut = { table: "request_log", days: 1, fillPercent: 100 };

const deliveryAttempts: Cut = { table: "delivery_attempts", days: 1, fillPercent: 100 };

const usageCut: Cut = { table: "usage", days: 7, fillPercent: 70 };

/** The tables of each kind of schema; all but usage are cut by id, which is a time. */
const cuts: Readonly<Record<SchemaKind, readonly Cut[]>> = {
  main: [requestLog],
  rail: [
    { table: "payments", days: 7, fillPercent: 95 },
    { table: "moves", days: 7, fillPercent: 100 },
    { table: "outbox", days: 7, fillPercent: 90 },
    requestLog,
    deliveryAttempts,
    usageCut,
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
  const wanted = cuts[kind].flatMap((cut) => {
    const at = cut === usageCut ? businessNow : now;
    return slices(cut, at - day, at + aheadDays * day).map((slice) => ({ ...slice, cut }));
  });
  const [existing, tables] = await Promise.all([partitionNames(sql), partitionedTables(sql)]);
  const missing = wanted.filter(
    ({ cut, from }) => tables.has(cut.table) && !existing.has(`${cut.table}_${stamp(from)}`),
  );
  if (missing.length === 0) return;
  await sql.begin(async (tx) => {
    await tx`lock table migrations in share row exclusive mode`;
    for (const { cut, from, upto } of missing) {
      const [lower, upper] =
        cut === usageCut ? [BigInt(stamp(from)), BigInt(stamp(upto))] : [idFloor(from), idFloor(upto)];
      await tx`select make_partition(${cut.table}, ${stamp(from)}, ${lower}, ${upper}, ${cut.fillPercent})`;
    }
  });
}

/** From when on rows are kept, in milliseconds since 1970. */
export interface KeepFrom {
  /** Wall time. */
  readonly requests: number;
  readonly callbacks: number;
  /** Business time: a sandbox whose clock stands counts in a week that is long past on the wall. */
  readonly usage: number;
}

/** Drops the logs' days, and usage's weeks, that ended before they are kept from. Returns their names. */
export async function dropOldPartitions(sql: Sql, keepFrom: KeepFrom): Promise<string[]> {
  const limits = new Map([
    [requestLog, keepFrom.requests],
    [deliveryAttempts, keepFrom.callbacks],
    [usageCut, keepFrom.usage],
  ]);
  const old = [...(await partitionNames(sql))].filter((name) => {
    const [, table = "", from = ""] = /^(.+)_(\d{8})$/.exec(name) ?? [];
    const cut = cuts.rail.find((candidate) => candidate.table === table);
    const limit = cut === undefined ? undefined : limits.get(cut);
    return cut !== undefined && limit !== undefined && dayOfStamp(from) + cut.days * day < limit;
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
async function partitionedTables(sql: Sql): Promise<Set<string>> {
  const rows = await sql<{ name: string }[]>`
    select relname as name from pg_class
    where relnamespace = (select oid from pg_namespace where nspname = current_schema()) and relkind = 'p'`;
  return new Set(rows.map((row) => row.name));
}

async function partitionNames(sql: Sql): Promise<Set<string>> {
  const rows = await sql<{ name: string }[]>`
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where c.relnamespace = (select oid from pg_namespace where nspname = current_schema()) and c.relkind = 'r'`;
  return new Set(rows.map((row) => row.name));
}

/** The slices of `cut.days` that cover [from, upto]. */
function slices(cut: Cut, from: number, upto: number): { from: number; upto: number }[] {
  const lengthMs = cut.days * day;
  const made = [];
  for (let at = Math.floor(from / lengthMs) * lengthMs; at <= upto; at += lengthMs) {
    made.push({ from: at, upto: at + lengthMs });
  }
  return made;
}

/** `20261121`, in UTC. */
const stamp = (at: number): string => new Date(at).toISOString().slice(0, 10).replaceAll("-", "");

const dayOfStamp = (text: string): number =>
  Date.parse(`${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}T00:00:00Z`);
