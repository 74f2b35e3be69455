/**
 * Work after a response, such as a mail: how long it takes must not say whether an address is known.
 *
 * It runs in order, one at a time, and the queue is bounded.
 */
import { setTimeout as sleep } from "node:timers/promises";
import PQueue from "p-queue";
import { msPerSecond } from "../core/clock.ts";

export interface BackgroundWork {
  /** Runs `work` later. Work beyond the bound of the queue is dropped, and reported. */
  add(work: () => Promise<void>): void;
  /** Takes no more work, and resolves when the rest has ended, or after five seconds. */
  close(): Promise<void>;
}

const maxWaiting = 500;
const timeoutMs = 30 * msPerSecond;
const closeTimeoutMs = 5 * msPerSecond;

export function createBackgroundWork(onError: (error: unknown) => void): BackgroundWork {
  const queue = new PQueue({ concurrency: 1, timeout: timeoutMs });
  let isClosed = false;
  return {
    add(work) {
      if (isClosed) return;
      if (queue.size >= maxWaiting) return onError(new Error("too many mails are waiting; one was dropped"));
      // Not in this turn of the event loop: the response goes first.
      void queue.add(() => new Promise<void>((resolve) => setImmediate(resolve)).then(work)).catch(onError);
    },
    async close() {
      isClosed = true;
      // A database that is away must not delay the stop.
      await Promise.race([queue.onIdle(), sleep(closeTimeoutMs, undefined, { ref: false })]);
      queue.clear();
    },
  };
}
