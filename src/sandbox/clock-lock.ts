/**
 * The lock on the sandbox clock. Its owner advances the clock or restores a snapshot, and no other request can change
 * the clock meanwhile.
 *
 * The lock is a lease of wall time that its owner renews. If the owner dies, the lease expires and the clock continues
 * from the last time that it was set to.
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
import { ClockBusy, propagationMs, type SandboxClock } from "./clock.ts";

export const leaseMs = 5 * msPerSecond;
/** Renewing also reads whether a client wants to abort, so it is frequent. */
const renewMs = leaseMs / 10;

/** The lease expired, because this server or the database did not respond for longer than the lease. */
export class ClockLockLost extends Error {
  constructor() {
    super(
      "The lock on the clock expired, because this server could not renew it in time. The clock continued by itself.",
    );
  }
}

export interface ClockLock {
  /** The time that the locked clock shows: business time, in milliseconds. */
  at(): number;
  /** The time that the clock would show without the lock, and whether it was frozen. */
  readonly before: { readonly at: number; readonly frozen: boolean };
  /** Aborted when a client wants the advance to end. */
  readonly abortRequested: AbortSignal;
  /** The revision that `setClock` needs. */
  revision(): bigint;
  /** Sets the locked clock to another time, for every server. Throws `ClockLockLost`. */
  setTo(at: number): Promise<void>;
  /** Releases the lock. The clock continues from its current time if it ran before. Throws `ClockLockLost`. */
  release(): Promise<void>;
  /** Releases the lock and restores the clock as it was before. */
  abandon(): Promise<void>;
  /** Stops renewing the lease, for a transaction that releases the lock itself (`setClock`). */
  stopRenewing(): void;
}

/**
 * Locks the clock at its current time, or at the given time. Throws `ClockBusy` if it is locked already.
 *
 * A running clock is set slightly ahead, because other servers' clocks run on until they read the change.
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
      ? await acquireClockLock(main, {
          revision: current.revision,
          at: setToMs ?? before.at,
          leaseMs,
          mayBeAborted: setToMs === null,
        })
      : undefined;
  if (locked === undefined) throw new ClockBusy();
  let row = locked;
  clock.follow(row);

  const abortRequest = new AbortController();
  const checkAbort = (read: ClockRow | undefined): void => {
    if (read?.abortRequested === true) abortRequest.abort("A client aborted the advance.");
  };
  const renewal = setInterval(() => {
    renewClockLock(main, row.revision, leaseMs).then(checkAbort, () => {});
  }, renewMs).unref();
  const stopRenewing = (): void => clearInterval(renewal);

  const apply = (updated: ClockRow | undefined): void => {
    if (updated === undefined) throw new ClockLockLost();
    row = updated;
    clock.follow(updated);
    checkAbort(updated);
  };
  return {
    at: () => row.movingAt ?? clock.now(),
    before,
    abortRequested: abortRequest.signal,
    revision: () => row.revision,
    setTo: async (at) => apply(await advanceLockedClock(main, { revision: row.revision, at, leaseMs })),
    async release() {
      stopRenewing();
      apply(await unlockClock(main, row.revision));
    },
    async abandon() {
      stopRenewing();
      apply(await discardClockLock(main, row.revision));
    },
    stopRenewing,
  };
}
