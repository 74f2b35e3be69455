/**
 * The sandbox's business clock: wall time and an offset, or a moment at which it stands still. Every server
 * of an installation shows the same.
 *
 * A row in the database says what it shows (`store/sandbox-clock.ts`); each server reads it ten times a
 * second, and the one that was asked to change it follows at once. While the database is away, the clock goes
 * on with what it knows.
 */
import { msPerSecond, type Clock } from "../core/clock.ts";
import type { Sql } from "../store/driver/connect.ts";
import { readSandboxClock, unfreezeClock, freezeClock, type ClockRow } from "../store/main/sandbox-clock.ts";

/** A clock that can be stopped and moved. */
export interface SandboxClock extends Clock {
  moving(): boolean;
  reading(): ClockReading;
  /** Shows what the row says, unless it is older than what is shown. */
  follow(row: ClockRow): void;
  /** Looks for changes now: what it shows afterwards is no older than this call. */
  refresh(): Promise<void>;
}

export interface ClockReading {
  /** Business time, as of all of these but `wall`, in milliseconds since 1970. */
  readonly now: number;
  readonly frozen: boolean;
  readonly wall: number;
}

/** The clock cannot be changed now. One sentence for whoever asked. */
export class ClockBusy extends Error {
  constructor() {
    super("The clock is being moved, or the town restored, by somebody else: wait until that is done.");
  }
}

const pollMs = 100;

/**
 * How long the slowest server takes to see a change. A clock that is stopped stands this far ahead, so that no
 * server has to go back to where it stands.
 */
export const propagationMs = 250;

/** A running clock that is put back by less than this waits instead: servers' wall clocks differ by so much. */
const maxWaitMs = 2 * msPerSecond;

/** What a row says at this wall time. */
export function clockTime({ movingAt, frozenAt, offsetMs }: ClockRow, wall: number): number {
  return movingAt ?? frozenAt ?? wall + offsetMs;
}

/** The clock as it is now, for a command: it does not hear of later changes. */
export async function readClockOnce(main: Sql): Promise<Clock> {
  const row = await readSandboxClock(main);
  return { now: () => clockTime(row, Date.now()) };
}

export async function createSandboxClock(main: Sql): Promise<SandboxClock & { close(): void }> {
  let row = await readSandboxClock(main);
  let lastReading = clockTime(row, Date.now());

  function now(): number {
    const at = clockTime(row, Date.now());
    const isRunning = row.movingAt === null && row.frozenAt === null;
    if (!isRunning || at >= lastReading || lastReading - at > maxWaitMs) lastReading = at;
    return lastReading;
  }

  function follow(newer: ClockRow): void {
    if (newer.revision >= row.revision) row = newer;
  }

  const refresh = async (): Promise<void> => follow(await readSandboxClock(main));

  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const schedulePoll = (): void => {
    timer = setTimeout(() => {
      refresh()
        .catch(() => {})
        .finally(() => {
          if (!stopped) schedulePoll();
        });
    }, pollMs).unref();
  };
  schedulePoll();

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
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** Stops the clock where it is, or lets it go on from there. Throws `ClockBusy` while somebody moves it. */
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
