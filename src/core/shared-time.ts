/**
 * The wall time that all servers of an installation share: the clock of their main database.
 *
 * Each server estimates it from statements that it sends anyway (`sandbox/clock.ts`). The database read its clock between
 * the start and the end of the statement, so half of that time is the largest error. Between two statements the server
 * counts by its monotonic clock, which no correction of the machine's date moves. So two servers agree within a few
 * milliseconds, however far apart their machines' dates are.
 */
import type { Clock } from "./clock.ts";

/** One reading of the database's clock. `startedAt` and `endedAt` are on the clock of `performance.now()`. */
export interface TimeSample {
  readonly startedAt: number;
  readonly endedAt: number;
  /** Milliseconds since 1970. */
  readonly databaseAt: number;
}

export interface SharedTime extends Clock {
  add(sample: TimeSample): void;
}

/** How much an estimate loses in a second: more than two machines' clocks drift apart, so that a good estimate is kept for a while. */
const errorPerMs = 1 / 1_000;

/** Time that would go back by less than this repeats its last value instead. More than that is a correction of the database's clock. */
const maxRepeatMs = 2_000;

/**
 * How far a server's business time may be behind that of another one: their estimates differ by milliseconds, but the
 * sandbox's clock waits for its next read of the database, and a machine without processor time reads late.
 */
export const maxTimeErrorMs = 30_000;

/** Until the first sample, it is the machine's own time. */
export function createSharedTime(monotonic: () => number = () => performance.now()): SharedTime {
  let estimate: { readonly offsetMs: number; readonly errorMs: number; readonly at: number } | null = null;
  let last = 0;

  return {
    add({ startedAt, endedAt, databaseAt }) {
      const sample = {
        offsetMs: databaseAt - (startedAt + endedAt) / 2,
        errorMs: (endedAt - startedAt) / 2,
        at: endedAt,
      };
      const errorNowMs =
        estimate === null ? Infinity : estimate.errorMs + (endedAt - estimate.at) * errorPerMs;
      // The two cannot both be right if the database's clock was set, or this machine slept.
      const contradicts =
        estimate !== null && Math.abs(sample.offsetMs - estimate.offsetMs) > sample.errorMs + errorNowMs;
      if (contradicts || sample.errorMs <= errorNowMs) estimate = sample;
    },
    now() {
      const at = estimate === null ? Date.now() : Math.floor(monotonic() + estimate.offsetMs);
      if (at >= last || last - at > maxRepeatMs) last = at;
      return last;
    },
  };
}
