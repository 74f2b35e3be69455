/**
 * How much of us a listener gets: what keeps a dead one from holding up the others.
 *
 * Each gets a few calls at a time. One that failed several times in a row gets one, a probe: whatever else
 * waits for it waits in the queue, and costs nobody anything.
 *
 * An application may name any number of listeners, so what it gets is limited too. And the last quarter of
 * the room is for those who have little: there an application begins no call unless it has fewer than four
 * under way. Whoever has listeners that answer needs no more for a while; whoever floods us has them already.
 */
import { LRUCache } from "lru-cache";
import { getApplicationKey } from "../store/rail/deliveries.ts";

/** Calls at a time for one listener, for this server. */
const maxPerListener = 8;
const failuresBeforeProbing = 5;
/** Calls at a time for all listeners of a rail. */
const maxCalls = 512;
/** Of them the last ones, for applications that have little. */
const reservedCalls = maxCalls / 4;
/** When less than this many times what is left would do, each listener gets less. */
const minListenersServed = 32;
/** Calls at a time for all listeners of an application, for this server. */
const maxPerApplication = 64;
const reservedPerApplication = 4;
/** Listeners that are remembered for having failed lately: all of them travel with every claim. */
const maxTrackedFailures = 400;

/** See `Claim`. */
export interface ConcurrencyBudget {
  readonly perListener: number;
  readonly freeByListener: Readonly<Record<string, number>>;
  readonly perApplication: number;
  readonly freeByApplication: Readonly<Record<string, number>>;
  readonly limit: number;
}

export interface ConcurrencyLimiter {
  /** How many more calls may be begun. `probing: false` lets listeners that failed have as many as the others. */
  getBudget(options: { readonly probing: boolean }): ConcurrencyBudget;
  begin(listener: string): void;
  /** `told` is null for a call that says nothing about the listener. */
  end(listener: string, delivered: boolean | null): void;
  /** Calls under way. */
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

/** Counts by name, without those that are nought. */
class CallCounter extends Map<string, number> {
  add(name: string, by: 1 | -1): void {
    const count = (this.get(name) ?? 0) + by;
    if (count === 0) this.delete(name);
    else this.set(name, count);
  }
}
