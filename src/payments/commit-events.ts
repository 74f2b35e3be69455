/** Notifies the other parts of this server of each committed batch, so that they can send what it queued. */
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
}

export function createCommitEvents(): CommitEvents {
  const events = createEmitter<{ committed: [CommitEvent] }>();
  return {
    subscribe: (listener) => subscribe(events, "committed", listener),
    publish: (event) => void events.emit("committed", event),
  };
}
