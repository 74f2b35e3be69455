/**
 * Notifies pages when their handset may have changed.
 *
 * A change on this server triggers a check at once. Changes on other servers are found by polling a few times a second,
 * with one query for all watched numbers.
 */
import { createEmitter, subscribe } from "../core/events.ts";
import { createPoller } from "../core/poller.ts";
import type { Sql } from "../store/driver/connect.ts";
import { readHandsetVersions } from "../store/rail/handsets.ts";

const pollIntervalMs = 250;
/** So that the many commits of a busy server cause few queries. */
const batchDelayMs = 1;

export interface ChangeNotifier {
  watch(msisdn: string, onChange: () => void): () => void;
  /** Checks now, because something may have changed on this server. */
  notify(): void;
  close(): Promise<void>;
}

export function createChangeNotifier(sql: Sql): ChangeNotifier {
  /** The events are named by MSISDN. */
  const changes = createEmitter<Record<string, []>>();
  const watchedNumbers = (): string[] => changes.eventNames() as string[];
  let versions: ReadonlyMap<string, string> = new Map();

  const poller = createPoller({
    async work() {
      if (watchedNumbers().length === 0) return;
      const previous = versions;
      versions = await readHandsetVersions(sql, watchedNumbers());
      for (const msisdn of watchedNumbers()) {
        // True also for a number on its first check: it may have changed since its watcher read it.
        if (previous.get(msisdn) !== versions.get(msisdn)) changes.emit(msisdn);
      }
    },
    intervalMs: pollIntervalMs,
    batchDelayMs,
    onError: () => {
      // The database cannot be reached. The next poll finds the changes.
    },
  });

  return {
    watch(msisdn, onChange) {
      // Wrapped, so that two calls with the same function are two listeners.
      const stopWatching = subscribe(changes, msisdn, () => onChange());
      poller.notify();
      return stopWatching;
    },
    notify() {
      if (watchedNumbers().length > 0) poller.notify();
    },
    async close() {
      changes.removeAllListeners();
      await poller.stop();
    },
  };
}
