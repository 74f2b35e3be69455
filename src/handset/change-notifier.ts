/**
 * Watching: a page hears when its handset may show something else.
 *
 * What this server does is looked at within the moment; what another did is noticed by asking a few times a
 * second, once for all the numbers that anybody watches here.
 */
import type { Sql } from "../store/driver/connect.ts";
import { readHandsetVersions } from "../store/rail/handsets.ts";

const pollIntervalMs = 250;

export interface ChangeNotifier {
  watch(msisdn: string, onChange: () => void): () => void;
  /** Something may have changed on this server: look now. */
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
        // Also for a number that is looked at for the first time: it may have changed since its watcher read it.
        if (previous.get(msisdn) !== versions.get(msisdn)) {
          for (const listener of listeners) listener();
        }
      }
    } catch {
      // The database is away: the next look finds what was missed.
    }
    polling = false;
    schedulePoll(pollAgain ? 0 : pollIntervalMs);
  }

  return {
    watch(msisdn, onChange) {
      const listeners = listenersByMsisdn.get(msisdn) ?? new Set();
      // Each call is a listener of its own, even with the same function.
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
