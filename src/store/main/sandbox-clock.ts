/**
 * The sandbox clock, shared by all servers: one row with an offset to wall time, or the time at which the clock
 * is frozen. Wall time is here the clock of this database, because the servers' own clocks differ.
 *
 * A server that advances the clock holds a lock with a lease in wall time. If the server dies, the lock ends
 * with the lease. Each statement of the lock holder names the revision that it wrote last, so a holder whose
 * lease ran out cannot change the clock.
 */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toTimestamp } from "../driver/array-columns.ts";

export interface ClockRow {
  /** Added to wall time while the clock runs, in milliseconds. */
  readonly offsetMs: number;
  /** The time at which it is frozen, or null while it runs: business time, in milliseconds since 1970. */
  readonly frozenAt: number | null;
  /** The current time while a server advances the clock, else null. */
  readonly movingAt: number | null;
  /** Whether a client wants the advance to end. */
  readonly abortRequested: boolean;
  /** Increases with every change. */
  readonly revision: bigint;
  /** The database's clock when it was read, in milliseconds since 1970. */
  readonly databaseAt: number;
}

interface StoredClockRow {
  offsetMs: bigint;
  frozenAt: Date | null;
  movingAt: Date | null;
  abortRequested: boolean;
  revision: bigint;
  databaseAt: number;
}

const columns = (sql: Sql | Transaction) => sql`
  offset_ms as "offsetMs", frozen_at as "frozenAt",
  case when locked_until > clock_timestamp() then advancing_at end as "movingAt", revision,
  coalesce(abort_requested, false) and locked_until > clock_timestamp() as "abortRequested",
  (extract(epoch from clock_timestamp()) * 1000)::float8 as "databaseAt"`;

/** The offset with which a clock runs from this time on. */
const offsetFrom = (sql: Sql | Transaction, at: number) => sql`
  ${at}::bigint - round(extract(epoch from clock_timestamp()) * 1000)::bigint`;

const toClockRow = ({ offsetMs, frozenAt, movingAt, ...row }: StoredClockRow): ClockRow => ({
  ...row,
  offsetMs: Number(offsetMs),
  frozenAt: frozenAt?.getTime() ?? null,
  movingAt: movingAt?.getTime() ?? null,
});

const firstRow = (rows: readonly StoredClockRow[]): ClockRow | undefined =>
  rows[0] === undefined ? undefined : toClockRow(rows[0]);

export async function readSandboxClock(sql: Sql | Transaction): Promise<ClockRow> {
  const row = firstRow(await sql<StoredClockRow[]>`select ${columns(sql)} from sandbox_clock`);
  if (row === undefined) throw new Error("the table sandbox_clock has no row");
  return row;
}

/** The same, locked until the transaction ends: no server can start to advance the clock. */
export async function lockSandboxClockRow(tx: Transaction): Promise<ClockRow> {
  await tx`select 1 from sandbox_clock for update`;
  return readSandboxClock(tx);
}

/** Freezes a running clock. Undefined if it is frozen already or is being advanced. */
export async function freezeClock(sql: Sql, at: number): Promise<ClockRow | undefined> {
  return firstRow(
    await sql<StoredClockRow[]>`
      update sandbox_clock set frozen_at = ${toTimestamp(at)}, revision = revision + 1
      where frozen_at is null and locked_until <= clock_timestamp()
      returning ${columns(sql)}`,
  );
}

/** Starts a frozen clock again. Undefined if it runs already or is being advanced. */
export async function unfreezeClock(sql: Sql): Promise<ClockRow | undefined> {
  return firstRow(
    await sql<StoredClockRow[]>`
      update sandbox_clock
      set offset_ms = round(extract(epoch from frozen_at - clock_timestamp()) * 1000), frozen_at = null,
          revision = revision + 1
      where frozen_at is not null and locked_until <= clock_timestamp()
      returning ${columns(sql)}`,
  );
}

export interface ClockLockRequest {
  readonly revision: bigint;
  readonly at: number;
  readonly leaseMs: number;
  /** Whether clients may abort what the lock is for. */
  readonly mayBeAborted: boolean;
}

/** Acquires the lock and stops the clock. Undefined if another server was first or the row has changed. */
export async function acquireClockLock(
  sql: Sql,
  { revision, at, leaseMs, mayBeAborted }: ClockLockRequest,
): Promise<ClockRow | undefined> {
  return firstRow(
    await sql<StoredClockRow[]>`
      update sandbox_clock
      set advancing_at = ${toTimestamp(at)}, locked_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond',
          abort_requested = ${mayBeAborted ? false : null}::boolean, revision = revision + 1
      where revision = ${revision} and locked_until <= clock_timestamp()
      returning ${columns(sql)}`,
  );
}

export interface ClockStep {
  /** The revision that this lock holder wrote last. */
  readonly revision: bigint;
  /** The new time of the clock: business time, in milliseconds. */
  readonly at: number;
  readonly leaseMs: number;
}

/**
 * Sets the clock to a later time. If the lock holder dies, the clock continues from there (running if it ran
 * before). Undefined if the lock was lost.
 */
export async function advanceLockedClock(
  sql: Sql,
  { revision, at, leaseMs }: ClockStep,
): Promise<ClockRow | undefined> {
  return firstRow(
    await sql<StoredClockRow[]>`
      update sandbox_clock
      set advancing_at = ${toTimestamp(at)}, locked_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond',
          frozen_at = case when frozen_at is not null then ${toTimestamp(at)}::timestamptz end,
          offset_ms = case when frozen_at is null then ${offsetFrom(sql, at)} else offset_ms end,
          revision = revision + 1
      where revision = ${revision} and locked_until > clock_timestamp()
      returning ${columns(sql)}`,
  );
}

/** Extends the lease. It is fine if no row matches: a step that was written in between has also renewed it. */
export async function renewClockLock(
  sql: Sql,
  revision: bigint,
  leaseMs: number,
): Promise<ClockRow | undefined> {
  return firstRow(
    await sql<StoredClockRow[]>`
      update sandbox_clock set locked_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
      where revision = ${revision} and locked_until > clock_timestamp()
      returning ${columns(sql)}`,
  );
}

/** Asks the server that advances the clock to end that. Undefined if no server advances it. */
export async function requestClockAbort(sql: Sql): Promise<ClockRow | undefined> {
  return firstRow(
    await sql<StoredClockRow[]>`
      update sandbox_clock set abort_requested = true
      where abort_requested is not null and locked_until > clock_timestamp()
      returning ${columns(sql)}`,
  );
}

/** Releases the lock; the clock keeps the time it has now. Undefined if the lock was lost. */
export async function unlockClock(sql: Sql | Transaction, revision: bigint): Promise<ClockRow | undefined> {
  return firstRow(
    await sql<StoredClockRow[]>`
      update sandbox_clock
      set offset_ms = case when frozen_at is null then round(extract(epoch from advancing_at - clock_timestamp()) * 1000)
                           else offset_ms end,
          advancing_at = null, locked_until = '-infinity', revision = revision + 1
      where revision = ${revision} and locked_until > clock_timestamp()
      returning ${columns(sql)}`,
  );
}

/** Releases the lock; the clock returns to the state from before the lock. */
export async function discardClockLock(sql: Sql, revision: bigint): Promise<ClockRow | undefined> {
  return firstRow(
    await sql<StoredClockRow[]>`
      update sandbox_clock set advancing_at = null, locked_until = '-infinity', revision = revision + 1
      where revision = ${revision}
      returning ${columns(sql)}`,
  );
}

/**
 * Sets the clock to the time of a snapshot, frozen or running, and releases the lock. Undefined if the lock was
 * lost.
 */
export async function setClock(
  tx: Transaction,
  { revision, at, frozen }: { revision: bigint; at: number; frozen: boolean },
): Promise<ClockRow | undefined> {
  return firstRow(
    await tx<StoredClockRow[]>`
      update sandbox_clock
      set frozen_at = ${frozen ? toTimestamp(at) : null}, offset_ms = ${frozen ? 0 : offsetFrom(tx, at)},
          advancing_at = null, locked_until = '-infinity', revision = revision + 1
      where revision = ${revision} and locked_until > clock_timestamp()
      returning ${columns(tx)}`,
  );
}
