/**
 * Segments of the request log: partitions that are opened when the last one is full or a day old. Old ones are dropped
 * whole, because they are past the retention or because the log has reached its size.
 */
import { errorCode, type Sql, type Transaction } from "../driver/connect.ts";

/** A log has this many segments when it is full, so dropping one frees that part of it. */
const segmentsPerLog = 16;

const lockNotAvailable = "55P03";

const tables = ["request_log", "request_log_blocks"] as const;

/** The newest segment, which is opened if there is none. */
export async function readSegment(sql: Sql): Promise<number> {
  const [newest] = await sql<{ number: number }[]>`
    select number from request_log_segments order by number desc limit 1`;
  return newest?.number ?? createSegment(sql, null);
}

/** Opens a segment after `last`, unless another server has. Returns the newest one. */
async function createSegment(sql: Sql, last: number | null): Promise<number> {
  return sql.begin(async (tx) => {
    // Snapshots and other partitions take this lock too.
    await tx`lock table migrations in share row exclusive mode`;
    const [newest] = await tx<{ number: number }[]>`
      select number from request_log_segments order by number desc limit 1`;
    if (newest !== undefined && newest.number !== last) return newest.number;
    const [opened] = await tx<{ number: number }[]>`
      insert into request_log_segments default values returning number`;
    const number = opened?.number ?? 0;
    for (const table of tables)
      await tx`select create_partition(${table}, ${String(number)}, ${number}::bigint, ${number + 1}::bigint, 100)`;
    return number;
  });
}

export interface SegmentLimits {
  /** The size of all segments together. */
  readonly maxBytes: number;
  /** A segment that was opened before this time, in milliseconds since 1970, gets no more rows. */
  readonly openedAfter: number;
  /** A segment that got its last row before this time is dropped. */
  readonly keepFrom: number;
}

interface SegmentSize {
  readonly number: number;
  readonly openedAt: Date;
  readonly bytes: number;
}

export interface LogSize {
  readonly bytes: number;
  readonly segments: number;
  readonly dropped: number;
}

/** Opens a new segment if the newest is full or old, and drops the oldest ones that the limits do not allow. */
export async function maintainSegments(sql: Sql, limits: SegmentLimits): Promise<LogSize> {
  let segments = await readSegmentSizes(sql);
  const newest = segments.at(-1);
  const segmentBytes = limits.maxBytes / segmentsPerLog;
  if (
    newest !== undefined &&
    (newest.bytes >= segmentBytes || newest.openedAt.getTime() < limits.openedAfter)
  ) {
    await createSegment(sql, newest.number);
    segments = await readSegmentSizes(sql);
  }
  let bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  let dropped = 0;
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    // Its last row was written when the next segment was opened, or a little later.
    const isPast = next !== undefined && next.openedAt.getTime() < limits.keepFrom;
    if (next === undefined || !(isPast || bytes > limits.maxBytes - segmentBytes)) break;
    if (!(await tryToDropSegment(sql, segment.number))) break;
    bytes -= segment.bytes;
    dropped += 1;
  }
  return { bytes, segments: segments.length - dropped, dropped };
}

/** Drops the oldest segment, even if the log is smaller than its limit: for a disk that is full. */
export async function dropOldestSegment(sql: Sql): Promise<boolean> {
  const [oldest, next] = await readSegmentSizes(sql);
  if (oldest === undefined) return false;
  // New rows need somewhere to go.
  if (next === undefined) await createSegment(sql, oldest.number);
  await dropSegment(sql, oldest.number);
  return true;
}

/** Oldest first, with indexes and everything else that belongs to them. */
async function readSegmentSizes(sql: Sql): Promise<SegmentSize[]> {
  const rows = await sql<{ number: number; openedAt: Date; bytes: bigint }[]>`
    select s.number, s.opened_at as "openedAt",
           coalesce((select sum(pg_total_relation_size(to_regclass(format('%I.%I', current_schema(), t || '_' || s.number))))
                     from unnest(${[...tables]}::text[]) as t), 0)::bigint as bytes
    from request_log_segments s order by s.number`;
  return rows.map((row) => ({ ...row, bytes: Number(row.bytes) }));
}

/** Returns false while a reader holds the segment. */
async function tryToDropSegment(sql: Sql, number: number): Promise<boolean> {
  try {
    await dropSegment(sql, number);
    return true;
  } catch (error) {
    if (errorCode(error) === lockNotAvailable) return false;
    throw error;
  }
}

async function dropSegment(sql: Sql, number: number): Promise<void> {
  await sql.begin(async (tx) => {
    // Dropping waits for all readers of the log, and new readers then wait for it. It gives up early and is retried.
    await tx`set local lock_timeout = '500ms'`;
    await tx`lock table migrations in share row exclusive mode`;
    await noteDroppedRows(tx, number);
    for (const table of tables) await tx`drop table if exists ${tx(`${table}_${number}`)}`;
    await tx`delete from request_log_segments where number = ${number}`;
  });
}

/** Notes up to which id rows are missing now: roll-ups of that time have more requests than the log. */
async function noteDroppedRows(tx: Transaction, segment: number): Promise<void> {
  await tx`
    update request_log_state
    set dropped_through = greatest(dropped_through, coalesce((select max(id) from request_log where segment = ${segment}), 0))`;
}
