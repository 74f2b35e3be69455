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
import { applicationOf } from "../store/deliveries.ts";

/** Calls at a time for one listener, for this server. */
const eachMax = 8;
const failuresBeforeProbing = 5;
/** Calls at a time for all listeners of a rail. */
const allMax = 512;
/** Of them the last ones, for applications that have little. */
const lastOnes = allMax / 4;
/** When less than this many times what is left would do, each listener gets less. */
const roomFor = 32;
/** Calls at a time for all listeners of an application, for this server. */
const eachApplicationMax = 64;
const fewForApplication = 4;
/** Listeners that are remembered for having failed lately: all of them travel with every claim. */
const rememberedMax = 400;

/** See `Claim`. */
export interface Allowance {
  readonly each: number;
  readonly free: Readonly<Record<string, number>>;
  readonly eachApplication: number;
  readonly freeOf: Readonly<Record<string, number>>;
  readonly most: number;
}

export interface Listeners {
  /** How many more calls may be begun. `probing: false` lets listeners that failed have as many as the others. */
  allowance(options: { readonly probing: boolean }): Allowance;
  begin(listener: string): void;
  /** `told` is null for a call that says nothing about the listener. */
  end(listener: string, told: boolean | null): void;
  /** Calls under way. */
  readonly busy: number;
}

export function openListeners(): Listeners {
  const calls = new Tally();
  const callsOf = new Tally();
  const failures = new LRUCache<string, number>({ max: rememberedMax });
  let busy = 0;

  return {
    allowance({ probing }) {
      const left = allMax - busy;
      const crowded = left <= lastOnes;
      const most = crowded ? left : left - lastOnes;
      const each = Math.max(1, Math.min(eachMax, Math.floor(left / roomFor)));
      const eachApplication = crowded ? fewForApplication : eachApplicationMax;
      const free: Record<string, number> = {};
      if (probing) {
        for (const [listener, count] of failures.entries()) {
          if (count >= failuresBeforeProbing) free[listener] = 1;
        }
      }
      for (const [listener, count] of calls) free[listener] = Math.max(0, (free[listener] ?? each) - count);
      const freeOf: Record<string, number> = {};
      for (const [application, count] of callsOf) freeOf[application] = Math.max(0, eachApplication - count);
      return { each, free, eachApplication, freeOf, most };
    },
    begin(listener) {
      busy += 1;
      calls.add(listener, 1);
      callsOf.add(applicationOf(listener), 1);
    },
    end(listener, told) {
      busy -= 1;
      calls.add(listener, -1);
      callsOf.add(applicationOf(listener), -1);
      if (told === true) failures.delete(listener);
      if (told === false) failures.set(listener, (failures.get(listener) ?? 0) + 1);
    },
    get busy() {
      return busy;
    },
  };
}

/** Counts by name, without those that are nought. */
class Tally extends Map<string, number> {
  add(name: string, by: 1 | -1): void {
    const count = (this.get(name) ?? 0) + by;
    if (count === 0) this.delete(name);
    else this.set(name, count);
  }
}
