/**
 * Whether payments can be made, by a recent check of the databases.
 *
 * The check runs at most once a second, for all requests together, and every request gets its response within the
 * timeout, also if a database does not respond.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { msPerSecond } from "../core/clock.ts";

export interface DatabaseCheck {
  /** Whether payments can be made. */
  readonly ready: boolean;
  /** The rails that cannot make any. */
  readonly away: readonly string[];
}

export interface Readiness {
  check(): Promise<DatabaseCheck>;
}

export interface ReadinessOptions {
  /** Checks the databases. May take long, or forever. */
  readonly probe: () => Promise<DatabaseCheck>;
  /** How long a result is used. */
  readonly maxAgeMs?: number;
  /** A check that takes longer counts as failed. */
  readonly timeoutMs?: number;
}

/** A check that has not ended after this time is given up, and the next one starts. */
const abandonAfterMs = 10 * msPerSecond;

const failed: DatabaseCheck = { ready: false, away: [] };

export function createReadiness(options: ReadinessOptions): Readiness {
  const { probe, maxAgeMs = msPerSecond, timeoutMs = 2 * msPerSecond } = options;
  let last: {
    readonly result: Promise<DatabaseCheck>;
    readonly startedAt: number;
    isRunning: boolean;
  } | null = null;

  function getCheck(): Promise<DatabaseCheck> {
    const now = performance.now();
    const maxMs = last?.isRunning === true ? abandonAfterMs : maxAgeMs;
    if (last !== null && now - last.startedAt < maxMs) return last.result;
    const started = {
      result: probe().then(
        (result) => {
          started.isRunning = false;
          return result;
        },
        () => {
          started.isRunning = false;
          return failed;
        },
      ),
      startedAt: now,
      isRunning: true,
    };
    last = started;
    return started.result;
  }

  return {
    async check() {
      const timer = new AbortController();
      const timeout = sleep(timeoutMs, failed, { signal: timer.signal }).catch(() => failed);
      try {
        return await Promise.race([getCheck(), timeout]);
      } finally {
        timer.abort();
      }
    },
  };
}
