/**
 * Lets a synchronous caller wait until a customer replies to a prompt.
 *
 * Commits of this server resolve waits at once. Replies that another server commits are found by polling:
 * one query, several times a second, for all waits. The end of a wait does not affect the payment, which
 * depends only on its hold.
 */
import type { Id } from "../core/ids.ts";
import { createPoller } from "../core/poller.ts";
import type { Sql } from "../store/driver/connect.ts";
import { readPaymentsWithoutPrompt, type PaymentRow } from "../store/rail/payments.ts";
import type { CommitEvents } from "./commit-events.ts";

const pollIntervalMs = 200;

export interface PendingPrompts {
  /** Resolves with the payment when its prompt is closed, or with null after `timeoutMs` of wall time. */
  waitForReply(id: Id, timeoutMs: number): Promise<PaymentRow | null>;
  /** Resolves all waits with null, and all later ones at once. */
  close(): Promise<void>;
}

type ResolveWait = (payment: PaymentRow | null) => void;

export function createPendingPrompts(sql: Sql, commitEvents: CommitEvents): PendingPrompts {
  const waitsByPayment = new Map<Id, Set<ResolveWait>>();
  let closed = false;

  /** Resolves the waits of those payments whose prompts are closed. */
  async function resolveAnswered(ids: readonly Id[]): Promise<void> {
    for (const payment of await readPaymentsWithoutPrompt(sql, ids)) {
      for (const resolveWait of waitsByPayment.get(payment.id) ?? []) resolveWait(payment);
    }
  }

  const poller = createPoller({
    async work() {
      if (waitsByPayment.size > 0) await resolveAnswered([...waitsByPayment.keys()]);
    },
    intervalMs: pollIntervalMs,
    onError: () => {
      // If the database is unavailable, the waits continue until the next poll or their timeout.
    },
  });

  const stopListening = commitEvents.subscribe(({ endedPaymentIds }) => {
    const awaited = endedPaymentIds.filter((id) => waitsByPayment.has(id));
    if (awaited.length > 0) void resolveAnswered(awaited).catch(() => {});
  });

  return {
    waitForReply(id, timeoutMs) {
      if (closed) return Promise.resolve(null);
      return new Promise((resolve) => {
        const waits = waitsByPayment.get(id) ?? new Set();
        const resolveWait: ResolveWait = (payment) => {
          clearTimeout(timeout);
          waits.delete(resolveWait);
          if (waits.size === 0) waitsByPayment.delete(id);
          resolve(payment);
        };
        const timeout = setTimeout(() => resolveWait(null), timeoutMs);
        waitsByPayment.set(id, waits.add(resolveWait));
        // The prompt may have been closed before this wait started.
        if (waitsByPayment.size === 1) poller.notify();
      });
    },
    async close() {
      closed = true;
      stopListening();
      for (const resolveWait of [...waitsByPayment.values()].flatMap((waits) => [...waits]))
        resolveWait(null);
      await poller.stop();
    },
  };
}
