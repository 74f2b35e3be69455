/**
 * Lets a synchronous caller wait until a customer replies to a prompt.
 *
 * Commits of this server resolve waits at once. Replies that another server commits are found by polling:
 * one query, several times a second, for all waits. The end of a wait does not affect the payment, which
 * depends only on its hold.
 *
 * A sandbox may be restored to a snapshot in which the payment does not exist. Then no reply can come, so the wait ends.
 */
import type { Id } from "../core/ids.ts";
import { createPoller } from "../core/poller.ts";
import type { Sql } from "../store/driver/connect.ts";
import { readPromptedPayments, type PaymentRow } from "../store/rail/payments.ts";
import type { CommitEvents } from "./commit-events.ts";

const pollIntervalMs = 200;

export interface PendingPrompts {
  /** Resolves with the payment when its prompt is closed, or with `no_reply` after `timeoutMs` of wall time. */
  waitForReply(id: Id, timeoutMs: number): Promise<WaitResult>;
  /** Resolves all waits with `no_reply`, and all later ones at once. */
  close(): Promise<void>;
}

/** `payment_removed`: the payment does not exist any more, because a snapshot was restored. */
export type WaitResult = PaymentRow | "no_reply" | "payment_removed";

type ResolveWait = (result: WaitResult) => void;

export function createPendingPrompts(sql: Sql, commitEvents: CommitEvents): PendingPrompts {
  const waitsByPayment = new Map<Id, Set<ResolveWait>>();
  let closed = false;

  /** Resolves the waits of those payments whose prompts are closed, or which do not exist any more. */
  async function resolveEnded(ids: readonly Id[]): Promise<void> {
    const { answered, unknownIds } = await readPromptedPayments(sql, ids);
    for (const payment of answered) resolveWaits(payment.id, payment);
    for (const id of unknownIds) resolveWaits(id, "payment_removed");
  }

  function resolveWaits(id: Id, result: WaitResult): void {
    for (const resolveWait of waitsByPayment.get(id) ?? []) resolveWait(result);
  }

  const poller = createPoller({
    async work() {
      if (waitsByPayment.size > 0) await resolveEnded([...waitsByPayment.keys()]);
    },
    intervalMs: pollIntervalMs,
    onError: () => {
      // If the database is unavailable, the waits continue until the next poll or their timeout.
    },
  });

  const stopListening = commitEvents.subscribe(({ endedPaymentIds }) => {
    const awaited = endedPaymentIds.filter((id) => waitsByPayment.has(id));
    if (awaited.length > 0) void resolveEnded(awaited).catch(() => {});
  });

  return {
    waitForReply(id, timeoutMs) {
      if (closed) return Promise.resolve("no_reply");
      return new Promise((resolve) => {
        const waits = waitsByPayment.get(id) ?? new Set();
        const resolveWait: ResolveWait = (result) => {
          clearTimeout(timeout);
          waits.delete(resolveWait);
          if (waits.size === 0) waitsByPayment.delete(id);
          resolve(result);
        };
        const timeout = setTimeout(() => resolveWait("no_reply"), timeoutMs);
        waitsByPayment.set(id, waits.add(resolveWait));
        // The prompt may have been closed before this wait started.
        if (waitsByPayment.size === 1) poller.notify();
      });
    },
    async close() {
      closed = true;
      stopListening();
      for (const resolveWait of [...waitsByPayment.values()].flatMap((waits) => [...waits]))
        resolveWait("no_reply");
      await poller.stop();
    },
  };
}
