/**
 * The sandbox's business clock: wall time plus an offset, or a fixed time while it is frozen. It is the same on every
 * server of an installation, because wall time is the database's (`core/shared-time.ts`): each read of the row is a sample.
 *
 * Its state is a row in the database (`store/main/sandbox-clock.ts`). Each server reads the row ten times a second; the
 * server that changes it applies the change at once. A server that reads the row late stops its clock until it has read
 * it, so that its clock is never later than a change that it does not know. While the database is unavailable, the clock
 * continues with the last known state.
 */
import { msPerSecond, type Clock } from "../core/clock.ts";
import type { Environment } from "../core/markets.ts";
import { createPoller } from "../core/poller.ts";
import { createSharedTime, type SharedTime } from "../core/shared-time.ts";
import type { Sql } from "../store/driver/connect.ts";
import { readSandboxClock, unfreezeClock, freezeClock, type ClockRow } from "../store/main/sandbox-clock.ts";

/** A clock that can be frozen and advanced. */
export interface SandboxClock extends Clock {
  moving(): boolean;
  reading(): ClockReading;
  /** Applies a row, unless it is older than the current one. */
  follow(row: ClockRow): void;
  /** Reads the row now, so that the clock afterwards is at least as new as this call. */
  refresh(): Promise<void>;
}

export interface ClockReading {
  /** Business time, in milliseconds since 1970. */
  readonly now: number;
  readonly frozen: boolean;
  /** Wall time, in milliseconds since 1970. */
  readonly wall: number;
}

/** The clock cannot be changed now. The message is one sentence. */
export class ClockBusy extends Error {
  constructor() {
    super("Another request is advancing the clock or restoring a snapshot. Try again when it has finished.");
  }
}

const pollIntervalMs = 100;

/** A running clock is at most this much later than the start of its server's last read. */
const maxStaleMs = 150;

/**
 * How far ahead a clock is frozen, so that no server's clock has to go back: `maxStaleMs`, and the time that the change
 * takes to be committed.
 */
export const propagationMs = 250;

/** A running clock that goes back by less than this repeats its last time instead. */
const maxWaitMs = 2 * msPerSecond;

/** The business time of a row at this wall time. */
export function clockTime({ movingAt, frozenAt, offsetMs }: ClockRow, wall: number): number {
  return movingAt ?? frozenAt ?? wall + offsetMs;
}

/** The clocks of both environments with the current state, for a command. They do not follow later changes. */
export async function readClocksOnce(main: Sql): Promise<Readonly<Record<Environment, Clock>>> {
  const time = createSharedTime();
  const row = await readRow(main, time);
  return { sandbox: { now: () => clockTime(row, time.now()) }, live: time };
}

/** Reads the row, and adds its reading of the database's clock to the estimate. */
async function readRow(main: Sql, time: SharedTime): Promise<ClockRow> {
  const startedAt = performance.now();
  const row = await readSandboxClock(main);
  time.add({ startedAt, endedAt: performance.now(), databaseAt: row.databaseAt });
  return row;
}

/** `time` is kept up to date by the clock's own reads, for whatever else of this server needs it. */
export async function createSandboxClock(
  main: Sql,
  time: SharedTime = createSharedTime(),
): Promise<SandboxClock & { close(): Promise<void> }> {
  let isReachable = true;
  let row = await readRow(main, time);
  let readStartedAt = time.now();
  let lastReading = clockTime(row, readStartedAt);

  function now(): number {
    const wall = time.now();
    const at = clockTime(row, isReachable ? Math.min(wall, readStartedAt + maxStaleMs) : wall);
    const isRunning = row.movingAt === null && row.frozenAt === null;
    if (!isRunning || at >= lastReading || lastReading - at > maxWaitMs) lastReading = at;
    return lastReading;
  }

  function follow(newer: ClockRow): void {
    if (newer.revision >= row.revision) row = newer;
  }

  async function refresh(): Promise<void> {
    const startedAt = time.now();
    follow(await readRow(main, time));
    readStartedAt = Math.max(readStartedAt, startedAt);
    isReachable = true;
  }

  const poller = createPoller({
    work: refresh,
    intervalMs: pollIntervalMs,
    onError: () => {
      isReachable = false;
    },
  });

  return {
    now,
    moving: () => row.movingAt !== null,
    reading: () => ({
      now: now(),
      frozen: row.frozenAt !== null,
      wall: time.now(),
    }),
    follow,
    refresh,
    close() {
      isReachable = false;
      return poller.stop();
    },
  };
}

/** Freezes the clock at its current time, or lets it run from there. Throws `ClockBusy` while it is locked. */
export async function setFrozen(main: Sql, clock: SandboxClock, frozen: boolean): Promise<void> {
  await clock.refresh();
  const changed = frozen ? await freezeClock(main, clock.now() + propagationMs) : await unfreezeClock(main);
  const row = changed ?? (await readSandboxClock(main));
  clock.follow(row);
  if (changed === undefined && (row.movingAt !== null || (row.frozenAt !== null) !== frozen))
    throw new ClockBusy();
}
