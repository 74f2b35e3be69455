/** Reads the rows and the blocks of the request log. */
import { idTimestamp, minIdAt } from "../../core/ids.ts";
import { msPerMinute } from "../../core/clock.ts";
import { toArrayLiteral } from "../driver/array-columns.ts";
import type { Sql } from "../driver/connect.ts";
import { seriesColumns, type SeriesRow } from "./series.ts";

export interface LogRow extends SeriesRow {
  readonly requestId: bigint;
  readonly block: bigint;
  readonly segment: number;
  readonly ordinal: number;
  readonly amountMinor: bigint | null;
  readonly latencyUs: number;
  readonly madePayment: boolean;
}

/** Ids from `from` up to and without `before`. */
export interface IdRange {
  readonly from: bigint;
  readonly before: bigint;
}

/** The greatest possible id. */
export const greatestId = 2n ** 62n;

/** The newest rows of a range. */
export function readNewestRows(sql: Sql, { from, before }: IdRange, limit: number): Promise<LogRow[]> {
  return sql<LogRow[]>`
    select ${rowColumns(sql)} from (
      select * from request_log where id >= ${from} and id < ${before} order by id desc limit ${limit}) r
    join request_log_series s on s.id = r.series order by r.id desc`;
}

/**
 * The newest rows of some series. The roll-ups say in which minutes there are any, so that the rows of other minutes are
 * not read, and the log needs no index by series.
 */
export async function readNewestRowsBySeries(
  sql: Sql,
  series: readonly number[],
  range: IdRange,
  limit: number,
): Promise<LogRow[]> {
  const wanted = toArrayLiteral(series);
  const [oldest] = await sql<{ id: bigint | null }[]>`select min(id) as id from request_log`;
  if (oldest?.id == null) return [];
  const from = oldest.id > range.from ? oldest.id : range.from;
  const toMinute = (id: bigint): number => Math.floor(idTimestamp(id) / msPerMinute);
  // The newest minute may have only rows after the range: one more than the limit is enough.
  const minutes = await sql<{ minute: number }[]>`
    select starts_at as minute from request_log_rollups
    where resolution = 1 and series = any(${wanted}::integer[])
      and starts_at between ${toMinute(from)} and ${Math.min(toMinute(range.before), 0x7fffffff)}
    group by starts_at order by starts_at desc limit ${limit + 1}`;
  const lower = minutes.map(({ minute }) => selectGreater(minIdAt(minute * msPerMinute), from));
  const upper = minutes.map(({ minute }) => selectLesser(minIdAt((minute + 1) * msPerMinute), range.before));
  return sql<LogRow[]>`
    select ${rowColumns(sql)} from (
      select l.* from unnest(${toArrayLiteral(lower)}::bigint[], ${toArrayLiteral(upper)}::bigint[]) as m (lower, upper)
      cross join lateral (
        select * from request_log
        where id >= m.lower and id < m.upper and series = any(${wanted}::integer[]) order by id desc limit ${limit}) l
      order by l.id desc limit ${limit}) r
    join request_log_series s on s.id = r.series order by r.id desc`;
}

const selectGreater = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const selectLesser = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** The rows of requests whose ids are known; of these series only, unless null. */
export function readRowsById(
  sql: Sql,
  ids: readonly bigint[],
  series: readonly number[] | null,
  { from, before }: IdRange,
  limit: number,
): Promise<LogRow[]> {
  const wanted = series === null ? null : toArrayLiteral(series);
  return sql<LogRow[]>`
    select ${rowColumns(sql)} from request_log r join request_log_series s on s.id = r.series
    where r.id = any(${toArrayLiteral(ids)}::bigint[]) and r.id >= ${from} and r.id < ${before}
      and (${wanted}::integer[] is null or r.series = any(${wanted}::integer[]))
    order by r.id desc limit ${limit}`;
}

const rowColumns = (sql: Sql) => sql`
  r.id as "requestId", r.block, r.segment, r.ordinal, r.amount_minor as "amountMinor", r.latency_us as "latencyUs",
  r.made_payment as "madePayment", ${seriesColumns(sql)}`;

export interface StoredBlock {
  readonly id: bigint;
  readonly data: Uint8Array;
}

export function readBlocks(
  sql: Sql,
  blocks: readonly { readonly block: bigint; readonly segment: number }[],
): Promise<StoredBlock[]> {
  return sql<StoredBlock[]>`
    select b.id, b.data
    from unnest(${toArrayLiteral(blocks.map(({ block }) => block))}::bigint[],
                ${toArrayLiteral(blocks.map(({ segment }) => segment))}::integer[]) as w (id, segment)
    join request_log_blocks b on b.id = w.id and b.segment = w.segment`;
}

/** The newest blocks with a request without a payment that named this. */
export function findBlocksByName(
  sql: Sql,
  name: bigint,
  { from, before }: IdRange,
  limit: number,
): Promise<StoredBlock[]> {
  return sql<StoredBlock[]>`
    select id, data from request_log_blocks
    where names @> array[${name}::bigint] and id >= ${from} and first_id < ${before}
    order by id desc limit ${limit}`;
}

/** The newest blocks with a request for this customer. Looks at every block of the range. */
export function findBlocksByCustomer(
  sql: Sql,
  customer: number,
  { from, before }: IdRange,
  limit: number,
): Promise<StoredBlock[]> {
  return sql<StoredBlock[]>`
    select id, data from request_log_blocks
    where ${customer}::integer = any(customers) and id >= ${from} and first_id < ${before}
    order by id desc limit ${limit}`;
}

/** The payments that were made under these keys of references. */
export async function findPaymentsByKeys(sql: Sql, keys: readonly string[]): Promise<bigint[]> {
  const rows = await sql<{ id: bigint }[]>`
    select payment_id as id from idempotency_keys where key = any(${toArrayLiteral(keys)}::uuid[])`;
  return rows.map(({ id }) => id);
}
