/**
 * Limits the number of simultaneous calls, so that a listener that is down does not delay the others.
 *
 * Each listener gets a few calls at a time. After several failures in a row it gets one, as a probe; its other
 * messages stay in the queue, where they have no cost.
 *
 * An application can use any number of listeners, so its calls are limited too. The last quarter of the
 * capacity is reserved: there, an application starts a call only if it has fewer than four in progress. That is
 * enough for listeners that respond quickly, and an application that floods the server already has more.
 */
import { LRUCache } from "lru-cache";
import { getApplicationKey } from "../store/rail/deliveries.ts";

/** Simultaneous calls per listener and server. */
const maxPerListener = 8;
const failuresBeforeProbing = 5;
/** Simultaneous calls per rail. */
const maxCalls = 512;
/** Part of `maxCalls`, for applications with few calls in progress. */
const reservedCalls = maxCalls / 4;
/** When little capacity remains, each listener gets fewer calls, so that this many listeners get some. */
const minListenersServed = 32;
/** Simultaneous calls per application and server. */
const maxPerApplication = 64;
const reservedPerApplication = 4;
/** Failed listeners to keep track of. Every claim sends all of them to the database. */
const maxTrackedFailures = 400;

/** See `Claim` in the store. */
export interface ConcurrencyBudget {
  readonly perListener: number;
  readonly freeByListener: Readonly<Record<string, number>>;
  readonly perApplication: number;
  readonly freeByApplication: Readonly<Record<string, number>>;
  readonly limit: number;
}

export interface ConcurrencyLimiter {
  /** How many more calls may start. `probing: false` gives failed listeners as many as the others. */
  getBudget(options: { readonly probing: boolean }): ConcurrencyBudget;
  begin(listener: string): void;
  /** `delivered` is null if the result gives no information about the listener. */
  end(listener: string, delivered: boolean | null): void;
  /** Calls in progress. */
  readonly activeCalls: number;
}

export function createConcurrencyLimiter(): ConcurrencyLimiter {
  const callsByListener = new CallCounter();
  const callsByApplication = new CallCounter();
  const failures = new LRUCache<string, number>({ max: maxTrackedFailures });
  let activeCalls = 0;

  return {
    getBudget({ probing }) {
      const remaining = maxCalls - activeCalls;
      const nearlyFull = remaining <= reservedCalls;
      const limit = nearlyFull ? remaining : remaining - reservedCalls;
      const perListener = Math.max(1, Math.min(maxPerListener, Math.floor(remaining / minListenersServed)));
      const perApplication = nearlyFull ? reservedPerApplication : maxPerApplication;
      const freeByListener: Record<string, number> = {};
      if (probing) {
        for (const [listener, count] of failures.entries()) {
          if (count >= failuresBeforeProbing) freeByListener[listener] = 1;
        }
      }
      for (const [listener, count] of callsByListener)
        freeByListener[listener] = Math.max(0, (freeByListener[listener] ?? perListener) - count);
      const freeByApplication: Record<string, number> = {};
      for (const [application, count] of callsByApplication)
        freeByApplication[application] = Math.max(0, perApplication - count);
      return { perListener, freeByListener, perApplication, freeByApplication, limit };
    },
    begin(listener) {
      activeCalls += 1;
      callsByListener.add(listener, 1);
      callsByApplication.add(getApplicationKey(listener), 1);
    },
    end(listener, delivered) {
      activeCalls -= 1;
      callsByListener.add(listener, -1);
      callsByApplication.add(getApplicationKey(listener), -1);
      if (delivered === true) failures.delete(listener);
      if (delivered === false) failures.set(listener, (failures.get(listener) ?? 0) + 1);
    },
    get activeCalls() {
      return activeCalls;
    },
  };
}

/** Counts by name. Names with count zero are removed. */
class CallCounter extends Map<string, number> {
  add(name: string, by: 1 | -1): void {
    const count = (this.get(name) ?? 0) + by;
    if (count === 0) this.delete(name);
    else this.set(name, count);
  }
}
