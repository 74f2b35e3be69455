/**
 * Holding the clock: for whoever moves it, or restores the town, nobody else changes it meanwhile.
 *
 * It is held by a lease of wall time that is renewed while the holder lives. A holder that dies is forgotten
 * when the lease is over, and the clock goes on from where it stood last.
 */
import { msPerSecond } from "../core/clock.ts";
import type { Sql } from "../store/driver/connect.ts";
import {
  discardClockLock,
  acquireClockLock,
  readSandboxClock,
  unlockClock,
  renewClockLock,
  advanceLockedClock,
  type ClockRow,
} from "../store/main/sandbox-clock.ts";
import { ClockBusy, clockTime, propagationMs, type SandboxClock } from "./clock.ts";

export const leaseMs = 5 * msPerSecond;
const renewMs = leaseMs / 4;

/** The lease ran out, because this server or the database stood still for longer than that. */
export class ClockLockLost extends Error {
  constructor() {
    super(
      "The clock was lost: nothing was heard of this server for too long, and the clock went on by itself.",
    );
  }
}

export interface ClockLock {
  /** Where it stands: business time, in milliseconds. */
  at(): number;
  /** Where it would be if nobody had taken it, and whether it stood then. */
  readonly before: { readonly at: number; readonly frozen: boolean };
  /** What `putClock` has to name. */
  revision(): bigint;
  /** Has it stand at another moment, for every server. Throws `ClockLost`. */
  setTo(at: number): Promise<void>;
  /** Lets go: it goes on from where it stands, running if it ran. Throws `ClockLost`. */
  release(): Promise<void>;
  /** Lets go of it as it was before it was taken. */
  abandon(): Promise<void>;
  /** Stops renewing the lease: for a transaction that lets go of it (`putClock`). */
  stopRenewing(): void;
}

/**
 * Takes the clock, and has it stand where it is, or at the moment that is asked for. Throws `ClockBusy` where
 * somebody else has it.
 *
 * A clock that ran stands a moment ahead of now, since other servers run on until they see that it stands.
 */
export async function lockClock(
  main: Sql,
  clock: SandboxClock,
  setToMs: number | null = null,
): Promise<ClockLock> {
  const current = await readSandboxClock(main);
  clock.follow(current);
  const frozen = current.frozenAt !== null;
  const before = { at: frozen ? clock.now() : clock.now() + propagationMs, frozen };
  const locked =
    current.movingAt === null
      ? await acquireClockLock(main, { revision: current.revision, at: setToMs ?? before.at, leaseMs })
      : undefined;
  if (locked === undefined) throw new ClockBusy();
  let row = locked;
  clock.follow(row);

  const renewal = setInterval(() => {
    renewClockLock(main, row.revision, leaseMs).catch(() => {});
  }, renewMs).unref();
  const stopRenewing = (): void => clearInterval(renewal);

  const apply = (updated: ClockRow | undefined): void => {
    if (updated === undefined) throw new ClockLockLost();
    row = updated;
    clock.follow(updated);
  };
  return {
    at: () => clockTime(row, Date.now()),
    before,
    revision: () => row.revision,
    setTo: async (at) =>
      apply(await advanceLockedClock(main, { revision: row.revision, at, wallTimeMs: Date.now(), leaseMs })),
    async release() {
      stopRenewing();
      apply(await unlockClock(main, { revision: row.revision, wallTimeMs: Date.now() }));
    },
    async abandon() {
      stopRenewing();
      apply(await discardClockLock(main, row.revision));
    },
    stopRenewing,
  };
}
