/**
 * Remembers the applications whose instructions made a batch fail, and queues what they send apart from the others.
 *
 * A row that PostgreSQL refuses fails all instructions of its batch. If its sender repeats that, every batch would be
 * posted several times, and all other payments would be slow. So for a minute its instructions wait for batches of their
 * own.
 */
import { LRUCache } from "lru-cache";
import { msPerMinute } from "../../core/clock.ts";
import type { Instruction } from "../instruction.ts";

const suspicionMs = msPerMinute;
const maxSuspects = 1000;
/** How many instructions of one suspected application may wait. */
const maxQueuedPerSender = 500;
/** Small, because each of them may fail the others. */
export const maxSuspectBatchSize = 8;

export interface Suspects<T extends { readonly instruction: Instruction }> {
  /** Suspects the sender of an instruction. The platform's own instructions have no sender. */
  add(instruction: Instruction): void;
  /** Queues the instructions whose senders are suspected, and returns the others. `reject` gets what the queue cannot hold. */
  divert(batch: readonly T[], reject: (queued: T) => void): readonly T[];
  /** Takes the next batch: instructions of one sender. The senders take turns. Empty if none waits. */
  take(): readonly T[];
  /** Removes and returns the waiting instructions that match. */
  remove(matches: (queued: T) => boolean): readonly T[];
}

export function createSuspects<T extends { readonly instruction: Instruction }>(): Suspects<T> {
  const senders = new LRUCache<bigint, true>({ max: maxSuspects, ttl: suspicionMs });
  const queues = new Map<bigint, T[]>();

  /** Returns whether the instruction is not to be posted with the others. */
  function queueIfSuspected(queued: T, reject: (queued: T) => void): boolean {
    const sender = queued.instruction.origin?.applicationId;
    if (sender === undefined || !senders.has(sender)) return false;
    const queue = queues.get(sender);
    if (queue === undefined) queues.set(sender, [queued]);
    else if (queue.length < maxQueuedPerSender) queue.push(queued);
    else reject(queued);
    return true;
  }

  return {
    add({ origin }) {
      if (origin !== null) senders.set(origin.applicationId, true);
    },
    divert(batch, reject) {
      if (senders.size === 0) return batch;
      return batch.filter((queued) => !queueIfSuspected(queued, reject));
    },
    take() {
      const [next] = queues;
      if (next === undefined) return [];
      const [sender, queue] = next;
      const batch = queue.splice(0, maxSuspectBatchSize);
      // Last, so that the other senders come first.
      queues.delete(sender);
      if (queue.length > 0) queues.set(sender, queue);
      return batch;
    },
    remove(matches) {
      const removed: T[] = [];
      for (const [sender, queue] of queues) {
        removed.push(...queue.filter(matches));
        const left = queue.filter((queued) => !matches(queued));
        if (left.length > 0) queues.set(sender, left);
        else queues.delete(sender);
      }
      return removed;
    },
  };
}
