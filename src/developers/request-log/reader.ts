/**
 * Searches the request log.
 *
 * A request that made a payment has the payment's id and is found as the payment is, by its references. What other
 * requests named is in the log itself, as keyed hashes.
 */
import { idTimestamp, minIdAt } from "../../core/ids.ts";
import { protocolScope, toReferenceKey } from "../../payments/idempotency-keys.ts";
import type { Sql } from "../../store/driver/connect.ts";
import {
  findBlocksByCustomer,
  findBlocksByName,
  findPaymentsByKeys,
  greatestId,
  readBlocks,
  readNewestRows,
  readNewestRowsBySeries,
  readRowsById,
  type IdRange,
  type LogRow,
  type StoredBlock,
} from "../../store/request-log/read-rows.ts";
import { findSeries, type SeriesFilter, type StoredSeries } from "../../store/request-log/series.ts";
import { readBlock, type BlockRow } from "./block.ts";
import { hashMsisdn, hashName } from "./keyed-hash.ts";

/** What to look for; null is everything. */
export interface RequestFilter extends SeriesFilter {
  /** Only requests older than this id, for paging. */
  readonly before: bigint | null;
  /** Wall time, in milliseconds since 1970; `until` is not part of it. */
  readonly from: number | null;
  readonly until: number | null;
  /** The caller's own reference. */
  readonly reference: string | null;
  /** Any reference or id that a request named. */
  readonly name: string | null;
  /** The ids that `name` may stand for. */
  readonly namedIds: readonly bigint[];
  readonly msisdn: string | null;
  readonly limit: number;
}

/** Where to search: the schema, the key of its hashes, and whether it has payments. */
export interface SearchedLog {
  readonly sql: Sql;
  readonly hashKey: Uint8Array;
  readonly hasPayments: boolean;
}

/** A request as the log has it: every MSISDN is masked. */
export interface StoredRequest extends LogRow {
  readonly at: Date;
  readonly source: string;
  readonly method: string;
  readonly path: string;
  readonly apiKeyHint: string | null;
  readonly organisation: string | null;
  readonly reference: string | null;
  readonly msisdnMasked: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON, as text; not always valid, because masking may have changed it. */
  readonly requestBody: string;
  readonly responseBody: string;
  readonly reason: string;
}

/** The search by a name looks at the newest of these many blocks, and of this many references. */
const maxBlocks = 1000;
const maxReferenceKeys = 20_000;

/** Finds requests, newest first. */
export async function findRequests(log: SearchedLog, filter: RequestFilter): Promise<StoredRequest[]> {
  return readTexts(log, await findRequestRows(log, filter));
}

/** Finds requests, newest first, without their texts, which are compressed. */
export async function findRequestRows(log: SearchedLog, filter: RequestFilter): Promise<LogRow[]> {
  const range = toIdRange(filter);
  const filtersSeries = [
    filter.environment,
    filter.applicationIds,
    filter.credentialId,
    filter.protocol,
    filter.operation,
    filter.code,
    filter.httpStatus,
  ].some((value) => value !== null);
  const needsSeries = filtersSeries || filter.reference !== null || filter.name !== null;
  const series = needsSeries ? await findSeries(log.sql, filter) : null;
  const numbers = filtersSeries ? (series ?? []).map(({ id }) => id) : null;
  const ids = await findIds(log, filter, series ?? [], range);
  return readRows(log.sql, ids, numbers, range, filter.limit);
}

/** One request by its id. */
export async function readRequest(log: SearchedLog, id: bigint): Promise<StoredRequest | null> {
  const rows = await readRowsById(log.sql, [id], null, { from: id, before: id + 1n }, 1);
  return (await readTexts(log, rows))[0] ?? null;
}

function readRows(
  sql: Sql,
  ids: readonly bigint[] | null,
  series: readonly number[] | null,
  range: IdRange,
  limit: number,
): Promise<LogRow[]> {
  if (ids !== null) return readRowsById(sql, ids, series, range, limit);
  return series === null
    ? readNewestRows(sql, range, limit)
    : readNewestRowsBySeries(sql, series, range, limit);
}

function toIdRange({ before, from, until }: RequestFilter): IdRange {
  const end = until === null ? greatestId : minIdAt(until);
  return {
    from: from === null ? 0n : minIdAt(from),
    before: before === null || end < before ? end : before,
  };
}

/** The ids that have what the filter names, or null if it names nothing. */
async function findIds(
  log: SearchedLog,
  filter: RequestFilter,
  series: readonly StoredSeries[],
  range: IdRange,
): Promise<readonly bigint[] | null> {
  const { reference, name, msisdn } = filter;
  const searches: Promise<readonly bigint[]>[] = [];
  if (reference !== null)
    searches.push(findByName(log, reference, series, range, (hashes, hash) => hashes[0] === hash));
  if (name !== null) {
    const named = findByName(log, name, series, range, (hashes, hash) => hashes.includes(hash));
    searches.push(named.then((ids) => [...ids, ...filter.namedIds]));
  }
  if (msisdn !== null) searches.push(findByCustomer(log, msisdn, range));
  if (searches.length === 0) return null;
  const [first = [], ...others] = await Promise.all(searches);
  return first.filter((id) => others.every((ids) => ids.includes(id)));
}

async function findByName(
  log: SearchedLog,
  name: string,
  series: readonly StoredSeries[],
  range: IdRange,
  matches: (hashes: readonly string[], hash: string) => boolean,
): Promise<bigint[]> {
  const hash = hashName(log.hashKey, name);
  const blocks = await findBlocksByName(log.sql, hash, range, maxBlocks);
  const inLog = await readMatchingIds(blocks, ({ texts }) =>
    matches((texts.names ?? "").split(" "), String(hash)),
  );
  if (!log.hasPayments) return inLog;
  const keys = new Set(
    series
      .slice(-maxReferenceKeys)
      .flatMap(({ applicationId, protocol, operation }) =>
        [operation, protocolScope].map((scope) => toReferenceKey(applicationId, protocol, scope, name)),
      ),
  );
  return [...new Set([...inLog, ...(await findPaymentsByKeys(log.sql, [...keys]))])];
}

async function findByCustomer(
  { sql, hashKey }: SearchedLog,
  msisdn: string,
  range: IdRange,
): Promise<bigint[]> {
  const hash = hashMsisdn(hashKey, msisdn);
  return readMatchingIds(
    await findBlocksByCustomer(sql, hash, range, maxBlocks),
    ({ customer }) => customer === hash,
  );
}

async function readMatchingIds(
  blocks: readonly StoredBlock[],
  matches: (row: BlockRow) => boolean,
): Promise<bigint[]> {
  const ids: bigint[] = [];
  // One after another, so that the memory holds one block at a time.
  for (const { data } of blocks)
    ids.push(...(await readBlock(data)).filter((row) => matches(row)).map(({ id }) => id));
  return ids;
}

/** Adds the texts of requests. */
export async function readTexts(
  { sql }: Pick<SearchedLog, "sql">,
  rows: readonly LogRow[],
): Promise<StoredRequest[]> {
  const wanted = new Map(rows.map(({ block, segment }) => [block, { block, segment }]));
  const stored = await readBlocks(sql, [...wanted.values()]);
  const blocks = new Map(
    await Promise.all(
      stored.map(async ({ id, data }): Promise<[bigint, BlockRow[]]> => [id, await readBlock(data)]),
    ),
  );
  return rows.map((row) => {
    const block = blocks.get(row.block)?.[row.ordinal];
    const texts = block?.texts;
    return {
      ...row,
      at: new Date(idTimestamp(row.requestId)),
      source: texts?.source ?? "",
      method: texts?.method ?? "",
      path: texts?.path ?? "",
      apiKeyHint: texts?.apiKeyHint ?? null,
      organisation: texts?.organisation ?? null,
      reference: texts?.reference ?? null,
      msisdnMasked: texts?.msisdnMasked ?? null,
      headers: block?.headers ?? {},
      requestBody: formatRequest(block?.request ?? []),
      responseBody: texts?.responseBody ?? "",
      reason: texts?.reason ?? "",
    };
  });
}

/** The parameters as JSON; a body that was logged as one text as it is. */
function formatRequest(texts: BlockRow["request"]): string {
  if (texts.length === 1) return texts[0] ?? "";
  const fields: [string, string | null][] = [];
  for (let i = 0; i + 1 < texts.length; i += 2) fields.push([texts[i] ?? "", texts[i + 1] ?? null]);
  return JSON.stringify(Object.fromEntries(fields));
}
