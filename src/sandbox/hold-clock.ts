/**
 * Holding the clock: for whoever moves it, or restores the town, nobody else changes it meanwhile.
 *
 * It is held by a lease of wall time that is renewed while the holder lives. A holder that dies is forgotten
 * when the lease is over, and the clock goes on from where it stood last.
 */
import { second } from "../clock.ts";
import type { Sql } from "../store/connect.ts";
import {
  abandonClock,
  claimClock,
  readSandboxClock,
  releaseClock,
  renewClock,
  stepClock,
  type ClockRow,
} from "../store/sandbox-clock.ts";
import { ClockBusy, clockTime, settleMs, type SandboxClock } from "./clock.ts";

export const leaseMs = 5 * second;
const renewMs = leaseMs / 4;

/** The lease ran out, because this server or the database stood still for longer than that. */
export class ClockLost extends Error {
  constructor() {
    super(
      "The clock was lost: nothing was heard of this server for too long, and the clock went on by itself.",
    );
  }
}

export interface ClockHold {
  /** Where it stands: business time, in milliseconds. */
  at(): number;
  /** Where it would be if nobody had taken it, and whether it stood then. */
  readonly before: { readonly at: number; readonly frozen: boolean };
  /** What `putClock` has to name. */
  revision(): bigint;
  /** Has it stand at another moment, for every server. Throws `ClockLost`. */
  stand(at: number): Promise<void>;
  /** Lets go: it goes on from where it stands, running if it ran. Throws `ClockLost`. */
  release(): Promise<void>;
  /** Lets go of it as it was before it was taken. */
  abandon(): Promise<void>;
  /** Stops renewing the lease: for a transaction that lets go of it (`putClock`). */
  forget(): void;
}

/**
 * Takes the clock, and has it stand where it is, or at the moment that is asked for. Throws `ClockBusy` where
 * somebody else has it.
 *
 * A clock that ran stands a moment ahead of now, since other servers run on until they see that it stands.
 */
export async function holdClock(
  main: Sql,
  clock: SandboxClock,
  standAt: number | null = null,
): Promise<ClockHold> {
  const found = await readSandboxClock(main);
  clock.follow(found);
  const frozen = found.frozenAt !== null;
  const before = { at: frozen ? clock.now() : clock.now() + settleMs, frozen };
  const claimed =
    found.movingAt === null
      ? await claimClock(main, { revision: found.revision, at: standAt ?? before.at, leaseMs })
      : undefined;
  if (claimed === undefined) throw new ClockBusy();
  let row = claimed;
  clock.follow(row);

  const renewing = setInterval(() => {
    renewClock(main, row.revision, leaseMs).catch(() => {});
  }, renewMs).unref();
  const forget = (): void => clearInterval(renewing);

  const changed = (newer: ClockRow | undefined): void => {
    if (newer === undefined) throw new ClockLost();
    row = newer;
    clock.follow(newer);
  };
  return {
    at: () => clockTime(row, Date.now()),
    before,
    revision: () => row.revision,
    stand: async (at) =>
      changed(await stepClock(main, { revision: row.revision, at, wall: Date.now(), leaseMs })),
    async release() {
      forget();
      changed(await releaseClock(main, { revision: row.revision, wall: Date.now() }));
    },
    async abandon() {
      forget();
      changed(await abandonClock(main, row.revision));
    },
    forget,
  };
}
