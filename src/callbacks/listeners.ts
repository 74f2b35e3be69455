/**
 * How much of us a listener gets: what keeps a dead one from holding up the others.
 *
 * Each gets a few calls at a time. One that failed several times in a row gets one, a probe: whatever else
 * waits for it waits in the queue, and costs nobody anything.
 */
import { LRUCache } from "lru-cache";

/** Calls at a time for one listener, for this server. */
const eachMax = 8;
const failuresBeforeProbing = 5;
/** Calls at a time for all listeners of a rail. */
const allMax = 512;
/** When less than this many times what is left would do, each listener gets less. */
const roomFor = 32;
/** Listeners that are remembered for having failed. */
const rememberedMax = 10_000;

export interface Allowance {
  readonly each: number;
  readonly free: Readonly<Record<string, number>>;
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
  const calls = new Map<string, number>();
  const failures = new LRUCache<string, number>({ max: rememberedMax });
  let busy = 0;

  return {
    allowance({ probing }) {
      const most = allMax - busy;
      const each = Math.max(1, Math.min(eachMax, Math.floor(most / roomFor)));
      const free: Record<string, number> = {};
      if (probing) {
        for (const [listener, count] of failures.entries()) {
          if (count >= failuresBeforeProbing) free[listener] = 1;
        }
      }
      for (const [listener, count] of calls) free[listener] = Math.max(0, (free[listener] ?? each) - count);
      return { each, free, most };
    },
    begin(listener) {
      busy += 1;
      calls.set(listener, (calls.get(listener) ?? 0) + 1);
    },
    end(listener, told) {
      busy -= 1;
      const left = (calls.get(listener) ?? 1) - 1;
      if (left === 0) calls.delete(listener);
      else calls.set(listener, left);
      if (told === true) failures.delete(listener);
      if (told === false) failures.set(listener, (failures.get(listener) ?? 0) + 1);
    },
    get busy() {
      return busy;
    },
  };
}
