/**
 * The sandbox's clock as all servers share it: one row, wall time and an offset or the moment at which it
 * stands still.
 *
 * Whoever moves it holds it by a lease of wall time, so that a mover that died is forgotten when the lease is
 * over. Each of a mover's statements names the revision that it wrote last: one whose lease ran out, and who
 * has not noticed, changes nothing any more.
 */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toTimestamp } from "../driver/array-columns.ts";

export interface ClockRow {
  /** What is added to wall time while the clock runs, in milliseconds. */
  readonly offsetMs: number;
  /** Where it stands, or null while it runs: business time, in milliseconds since 1970. */
  readonly frozenAt: number | null;
  /** Where a mover has it stand, or null when nobody moves it. */
  readonly movingAt: number | null;
  /** Grows with every change: a later row is a newer one. */
  readonly revision: bigint;
}

interface StoredClockRow {
  offsetMs: bigint;
  frozenAt: Date | null;
  movingAt: Date | null;
  revision: bigint;
}

const columns = (sql: Sql | Transaction) => sql`
  offset_ms as "offsetMs", frozen_at as "frozenAt",
  case when moving_until > clock_timestamp() then moving_at end as "movingAt", revision`;

const toClockRow = ({ offsetMs, frozenAt, movingAt, revision }: StoredClockRow): ClockRow => ({
  offsetMs: Number(offsetMs),
  frozenAt: frozenAt?.getTime() ?? null,
  movingAt: movingAt?.getTime() ?? null,
  revision,
});

const firstRow = (rows: readonly StoredClockRow[]): ClockRow | undefined =>
  rows[0] === undefined ? undefined : toClockRow(rows[0]);

export async function readSandboxClock(sql: Sql | Transaction): Promise<ClockRow> {
  const row = firstRow(await sql<StoredClockRow[]>`select ${columns(sql)} from sandbox_clock`);
  if (row === undefined) throw new Error("the sandbox's clock has no row");
  return row;
}

/** The same, kept as it is until the transaction ends: nobody begins to move it. */
export async function lockSandboxClockRow(tx: Transaction): Promise<ClockRow> {
  await tx`select 1 from sandbox_clock for update`;
  return readSandboxClock(tx);
}

/** Stops a clock that runs, and that nobody moves. Undefined where there was nothing to stop. */
export async function freezeClock(sql: Sql, at: number): Promise<ClockRow | undefined> {
  return firstRow(
    await sql<StoredClockRow[]>`
      update sandbox_clock set frozen_at = ${toTimestamp(at)}, revision = revision + 1
      where frozen_at is null and moving_until <= clock_timestamp()
      returning ${columns(sql)}`,
  );
}

/** Lets a clock run on that stands, and that nobody moves. Undefined where there was nothing to start. */
export async function unfreezeClock(sql: Sql, wallTimeMs: number): Promise<ClockRow | undefined> {
  return firstRow(
    await sql<StoredClockRow[]>`
      update sandbox_clock
      set offset_ms = round(extract(epoch from frozen_at) * 1000) - ${wallTimeMs}::bigint, frozen_at = null,
          revision = revision + 1
      where frozen_at is not null and moving_until <= clock_timestamp()
      returning ${columns(sql)}`,
  );
}

/** Takes the clock into a mover's hand, and has it stand. Undefined where another was first, or it was changed. */
export async function acquireClockLock(
  sql: Sql,
  { revision, at, leaseMs }: { revision: bigint; at: number; leaseMs: number },
): Promise<ClockRow | undefined> {
  return firstRow(
    await sql<StoredClockRow[]>`
      update sandbox_clock
      set moving_at = ${toTimestamp(at)}, moving_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond',
          revision = revision + 1
      where revision = ${revision} and moving_until <= clock_timestamp()
      returning ${columns(sql)}`,
  );
}

export interface ClockStep {
  /** What this mover wrote last. */
  readonly revision: bigint;
  /** Where the clock stands from now on: business time, in milliseconds. */
  readonly at: number;
  readonly wallTimeMs: number;
  readonly leaseMs: number;
}

/**
 * Has the clock stand at a later moment. Where the mover dies, it goes on from there: running if it ran.
 * Undefined for a mover who has lost it.
 */
export async function advanceLockedClock(
  sql: Sql,
  { revision, at, wallTimeMs, leaseMs }: ClockStep,
): Promise<ClockRow | undefined> {
  return firstRow(
    await sql<StoredClockRow[]>`
      update sandbox_clock
      set moving_at = ${toTimestamp(at)}, moving_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond',
          frozen_at = case when frozen_at is not null then ${toTimestamp(at)}::timestamptz end,
          offset_ms = case when frozen_at is null then ${at}::bigint - ${wallTimeMs}::bigint else offset_ms end,
          revision = revision + 1
      where revision = ${revision} and moving_until > clock_timestamp()
      returning ${columns(sql)}`,
  );
}

/** Goes on holding it. Finding nothing to change is no loss: the step that got there first renewed it too. */
export async function renewClockLock(sql: Sql, revision: bigint, leaseMs: number): Promise<void> {
  await sql`
    update sandbox_clock set moving_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
    where revision = ${revision} and moving_until > clock_timestamp()`;
}

/** Lets go of it, where it stands now. Undefined for a mover who has lost it. */
export async function unlockClock(
  sql: Sql | Transaction,
  { revision, wallTimeMs }: { revision: bigint; wallTimeMs: number },
): Promise<ClockRow | undefined> {
  return firstRow(
    await sql<StoredClockRow[]>`
      update sandbox_clock
      set offset_ms = case when frozen_at is null then round(extract(epoch from moving_at) * 1000) - ${wallTimeMs}::bigint
                           else offset_ms end,
          moving_at = null, moving_until = '-infinity', revision = revision + 1
      where revision = ${revision} and moving_until > clock_timestamp()
      returning ${columns(sql)}`,
  );
}

/** Lets go of it as it was when it was claimed. */
export async function discardClockLock(sql: Sql, revision: bigint): Promise<ClockRow | undefined> {
  return firstRow(
    await sql<StoredClockRow[]>`
      update sandbox_clock set moving_at = null, moving_until = '-infinity', revision = revision + 1
      where revision = ${revision}
      returning ${columns(sql)}`,
  );
}

/**
 * Puts it to another moment, standing or running, and lets go of it: for what a snapshot holds. Undefined for
 * a mover who has lost it.
 */
export async function setClock(
  tx: Transaction,
  { revision, at, frozen, wallTimeMs }: { revision: bigint; at: number; frozen: boolean; wallTimeMs: number },
): Promise<ClockRow | undefined> {
  return firstRow(
    await tx<StoredClockRow[]>`
      update sandbox_clock
      set frozen_at = ${frozen ? toTimestamp(at) : null}, offset_ms = ${frozen ? 0 : at - wallTimeMs}::bigint,
          moving_at = null, moving_until = '-infinity', revision = revision + 1
      where revision = ${revision} and moving_until > clock_timestamp()
      returning ${columns(tx)}`,
  );
}
