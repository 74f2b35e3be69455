/**
 * The sandbox's business clock: wall time plus an offset, or a fixed time while it is frozen. It is the same on every
 * server of an installation.
 *
 * Its state is a row in the database (`store/main/sandbox-clock.ts`). Each server reads the row ten times a second; the
 * server that changes it applies the change at once. A server that reads the row late stops its clock until it has read
 * it, so that its clock is never later than a change that it does not know. While the database is unavailable, the clock
 * continues with the last known state.
 */
import { msPerSecond, type Clock } from "../core/clock.ts";
import { createPoller } from "../core/poller.ts";
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

/** A running clock that goes back by less than this repeats its last time instead: servers' wall clocks differ by that much. */
const maxWaitMs = 2 * msPerSecond;

/** The business time of a row at this wall time. */
export function clockTime({ movingAt, frozenAt, offsetMs }: ClockRow, wall: number): number {
  return movingAt ?? frozenAt ?? wall + offsetMs;
}

/** A clock with the current state, for a command. It does not follow later changes. */
export async function readClockOnce(main: Sql): Promise<Clock> {
  const row = await readSandboxClock(main);
  return { now: () => clockTime(row, Date.now()) };
}

export async function createSandboxClock(main: Sql): Promise<SandboxClock & { close(): Promise<void> }> {
  let readStartedAt = Date.now();
  let isReachable = true;
  let row = await readSandboxClock(main);
  let lastReading = clockTime(row, Date.now());

  function now(): number {
    const wall = Date.now();
    const at = clockTime(row, isReachable ? Math.min(wall, readStartedAt + maxStaleMs) : wall);
    const isRunning = row.movingAt === null && row.frozenAt === null;
    if (!isRunning || at >= lastReading || lastReading - at > maxWaitMs) lastReading = at;
    return lastReading;
  }

  function follow(newer: ClockRow): void {
    if (newer.revision >= row.revision) row = newer;
  }

  async function refresh(): Promise<void> {
    const startedAt = Date.now();
    follow(await readSandboxClock(main));
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
      wall: Date.now(),
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
  const changed = frozen
    ? await freezeClock(main, clock.now() + propagationMs)
    : await unfreezeClock(main, Date.now());
  const row = changed ?? (await readSandboxClock(main));
  clock.follow(row);
  if (changed === undefined && (row.movingAt !== null || (row.frozenAt !== null) !== frozen))
    throw new ClockBusy();
}
