/** News: what a batch that was just committed leaves to be carried on, for whoever in this server does that. */
import type { Id } from "../ids.ts";

export interface News {
  /** Endings were written to the outbox. */
  readonly toTell: boolean;
  /** Prompts were placed. */
  readonly prompted: boolean;
  /** Messages were written for handsets. */
  readonly messaged: boolean;
  /** Payments that were open before and have now ended, or had their prompt answered. */
  readonly ended: readonly Id[];
}

export interface Newsroom {
  /** Hears of every commit of this server from now on. Returns what stops that. Listeners must not throw. */
  onNews(listener: (news: News) => void): () => void;
  publish(news: News): void;
}

export function openNewsroom(): Newsroom {
  const listeners = new Set<(news: News) => void>();
  return {
    onNews(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    publish(news) {
      for (const listener of listeners) listener(news);
    },
  };
}
