/**
 * Notifies pages when their handset may have changed.
 *
 * A change on this server triggers a check at once. Changes on other servers are found by polling a few times a second,
 * with one query for all watched numbers.
 */
import type { Sql } from "../store/driver/connect.ts";
import { readHandsetVersions } from "../store/rail/handsets.ts";

const pollIntervalMs = 250;

export interface ChangeNotifier {
  watch(msisdn: string, onChange: () => void): () => void;
  /** Checks now, because something may have changed on this server. */
  notify(): void;
  close(): void;
}

export function createChangeNotifier(sql: Sql): ChangeNotifier {
  const listenersByMsisdn = new Map<string, Set<() => void>>();
  let versions: ReadonlyMap<string, string> = new Map();
  let timer: NodeJS.Timeout | undefined;
  let polling = false;
  let pollAgain = false;
  let closed = false;

  function schedulePoll(ms: number): void {
    clearTimeout(timer);
    if (!closed && listenersByMsisdn.size > 0) timer = setTimeout(() => void poll(), ms).unref();
  }

  async function poll(): Promise<void> {
    pollAgain = polling;
    if (polling) return;
    polling = true;
    try {
      const previous = versions;
      versions = await readHandsetVersions(sql, [...listenersByMsisdn.keys()]);
      for (const [msisdn, listeners] of listenersByMsisdn) {
        // True also for a number on its first check: it may have changed since its watcher read it.
        if (previous.get(msisdn) !== versions.get(msisdn)) {
          for (const listener of listeners) listener();
        }
      }
    } catch {
      // The database cannot be reached. The next poll finds the changes.
    }
    polling = false;
    schedulePoll(pollAgain ? 0 : pollIntervalMs);
  }

  return {
    watch(msisdn, onChange) {
      const listeners = listenersByMsisdn.get(msisdn) ?? new Set();
      // Wrapped, so that two calls with the same function are two listeners.
      const listener = (): void => onChange();
      listenersByMsisdn.set(msisdn, listeners.add(listener));
      schedulePoll(0);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && listenersByMsisdn.get(msisdn) === listeners)
          listenersByMsisdn.delete(msisdn);
      };
    },
    notify: () => schedulePoll(0),
    close() {
      closed = true;
      clearTimeout(timer);
      listenersByMsisdn.clear();
    },
  };
}
