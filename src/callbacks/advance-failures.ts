/**
 * Finds the listeners that an advance of the clock stops calling: those that failed many times in a row during it.
 *
 * An advance waits for all calls on its way. With thousands of callbacks for a dead listener, it would make a call and a step of
 * the clock for each of them. Their deliveries are not changed: they stay due, and are sent when the advance has ended, as
 * they would be after an outage.
 */
import { getApplicationKey } from "../store/rail/deliveries.ts";

/** More than the attempts of ten whole schedules. */
const maxFailuresPerListener = 100;
/** An application may use any number of listeners. */
const maxFailuresPerApplication = 500;

/** Names of listeners and of applications (see `getApplicationKey`). */
export interface SkippedQueues {
  readonly listeners: readonly string[];
  readonly applications: readonly string[];
}

export interface AdvanceFailures {
  /** Starts to count. */
  begin(): void;
  /** Stops counting. No listener is skipped any more. */
  end(): void;
  /** `delivered` is null if the result gives no information about the listener. */
  count(listener: string, delivered: boolean | null): void;
  /** What is skipped now. Empty unless the clock is being advanced by this server. */
  getSkipped(): SkippedQueues;
}

export function createAdvanceFailures(): AdvanceFailures {
  const failures = new Map<string, number>();
  const listeners = new Set<string>();
  const applications = new Set<string>();
  let isAdvancing = false;

  function clear(): void {
    for (const state of [failures, listeners, applications]) state.clear();
  }

  function addFailure(name: string, limit: number, skipped: Set<string>): void {
    const count = (failures.get(name) ?? 0) + 1;
    failures.set(name, count);
    if (count >= limit) skipped.add(name);
  }

  return {
    begin() {
      clear();
      isAdvancing = true;
    },
    end() {
      isAdvancing = false;
      clear();
    },
    count(listener, delivered) {
      if (!isAdvancing || delivered === null) return;
      const application = getApplicationKey(listener);
      if (delivered) {
        for (const name of [listener, application]) failures.delete(name);
        return;
      }
      addFailure(listener, maxFailuresPerListener, listeners);
      addFailure(application, maxFailuresPerApplication, applications);
    },
    getSkipped: () => ({ listeners: [...listeners], applications: [...applications] }),
  };
}
