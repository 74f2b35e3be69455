/**
 * Notifies the other parts of this server of each committed batch, so that they can send what it queued.
 *
 * A server has twelve rails, and most are quiet: nothing is paid there. Polling them all several times a second took a
 * tenth of a core, so quiet rails are polled more rarely.
 */
import { msPerMinute } from "../core/clock.ts";
import { createEmitter, subscribe } from "../core/events.ts";
import type { Id } from "../core/ids.ts";

export interface CommitEvent {
  /** Notifications were written. */
  readonly deliveriesQueued: boolean;
  /** Prompts were created. */
  readonly promptsCreated: boolean;
  /** Messages to handsets were queued. */
  readonly messagesQueued: boolean;
  /** Payments wait for the answer of an organisation's server. */
  readonly validationsQueued: boolean;
  /** Payments that are no longer open, or whose prompt was answered. */
  readonly endedPaymentIds: readonly Id[];
}

export interface CommitEvents {
  /** Calls the listener after every commit of this server. Returns the function that unsubscribes. Listeners must not throw. */
  subscribe(listener: (event: CommitEvent) => void): () => void;
  publish(event: CommitEvent): void;
  /**
   * How often a loop of this rail polls: every `intervalMs`, and more rarely while the rail is quiet. It then finds later
   * only what other servers commit, which they also deliver themselves, and what becomes due after minutes.
   */
  pollInterval(intervalMs: number): () => number;
}

/** A rail is quiet until the first commit of this server, and after this time without one. More than a prompt lives. */
const quietAfterMs = 5 * msPerMinute;
const quietFactor = 4;

export function createCommitEvents(): CommitEvents {
  const events = createEmitter<{ committed: [CommitEvent] }>();
  let committedAt = -Infinity;
  const isQuiet = (): boolean => performance.now() - committedAt > quietAfterMs;
  return {
    subscribe: (listener) => subscribe(events, "committed", listener),
    publish(event) {
      committedAt = performance.now();
      events.emit("committed", event);
    },
    pollInterval: (intervalMs) => () => (isQuiet() ? quietFactor * intervalMs : intervalMs),
  };
}
