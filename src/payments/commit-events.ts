/** News: what a batch that was just committed leaves to be carried on, for whoever in this server does that. */
import type { Id } from "../core/ids.ts";

export interface CommitEvent {
  /** Endings were written to the outbox. */
  readonly deliveriesQueued: boolean;
  /** Prompts were placed. */
  readonly promptsCreated: boolean;
  /** Messages were written for handsets. */
  readonly messagesQueued: boolean;
  /** Payments that were open before and have now ended, or had their prompt answered. */
  readonly endedPaymentIds: readonly Id[];
}

export interface CommitEvents {
  /** Hears of every commit of this server from now on. Returns what stops that. Listeners must not throw. */
  subscribe(listener: (event: CommitEvent) => void): () => void;
  publish(event: CommitEvent): void;
}

export function createCommitEvents(): CommitEvents {
  const listeners = new Set<(event: CommitEvent) => void>();
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    publish(event) {
      for (const listener of listeners) listener(event);
    },
  };
}
