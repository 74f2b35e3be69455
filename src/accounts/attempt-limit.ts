/**
 * Limits how often something is tried by one key, such as a source or an e-mail address. Each server counts by itself.
 *
 * The memory is bounded. A key that was forgotten starts at zero, which needs more sources than one attacker has: the keys of
 * sources and of addresses are in memories of their own.
 */
import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";

export interface AttemptLimit {
  /** Counts an attempt. Returns in how many milliseconds the next one is allowed; 0 if this one is. */
  count(key: string): number;
}

const maxKeys = 20_000;

export function createAttemptLimit(
  max: number,
  windowMs: number,
  now: () => number = Date.now,
): AttemptLimit {
  const counts = new LRUCache<string, { attempts: number; readonly endsAt: number }>({ max: maxKeys });
  return {
    count(key) {
      // Keys can be long, and can be addresses of people.
      const name = hash("sha256", key, "base64");
      const at = now();
      const known = counts.get(name);
      if (known === undefined || known.endsAt <= at) {
        counts.set(name, { attempts: 1, endsAt: at + windowMs });
        return 0;
      }
      known.attempts += 1;
      return known.attempts <= max ? 0 : known.endsAt - at;
    },
  };
}
