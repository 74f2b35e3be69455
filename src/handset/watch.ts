/**
 * Watching: a page hears when its handset may show something else.
 *
 * What this server does is looked at within the moment; what another did is noticed by asking a few times a
 * second, once for all the numbers that anybody watches here.
 */
import type { Sql } from "../store/connect.ts";
import { handsetVersions } from "../store/handsets.ts";

const lookEveryMs = 250;

export interface Watching {
  watch(msisdn: string, changed: () => void): () => void;
  /** Something may have changed on this server: look now. */
  look(): void;
  close(): void;
}

export function openWatching(sql: Sql): Watching {
  const watched = new Map<string, Set<() => void>>();
  let seen: ReadonlyMap<string, string> = new Map();
  let timer: NodeJS.Timeout | undefined;
  let looking = false;
  let lookAgain = false;
  let closed = false;

  function lookIn(ms: number): void {
    clearTimeout(timer);
    if (!closed && watched.size > 0) timer = setTimeout(() => void look(), ms).unref();
  }

  async function look(): Promise<void> {
    lookAgain = looking;
    if (looking) return;
    looking = true;
    try {
      const before = seen;
      seen = await handsetVersions(sql, [...watched.keys()]);
      for (const [msisdn, listeners] of watched) {
        // Also for a number that is looked at for the first time: it may have changed since its watcher read it.
        if (before.get(msisdn) !== seen.get(msisdn)) {
          for (const changed of listeners) changed();
        }
      }
    } catch {
      // The database is away: the next look finds what was missed.
    }
    looking = false;
    lookIn(lookAgain ? 0 : lookEveryMs);
  }

  return {
    watch(msisdn, changed) {
      const listeners = watched.get(msisdn) ?? new Set();
      // Each call is a listener of its own, even with the same function.
      const listener = (): void => changed();
      watched.set(msisdn, listeners.add(listener));
      lookIn(0);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && watched.get(msisdn) === listeners) watched.delete(msisdn);
      };
    },
    look: () => lookIn(0),
    close() {
      closed = true;
      clearTimeout(timer);
      watched.clear();
    },
  };
}
