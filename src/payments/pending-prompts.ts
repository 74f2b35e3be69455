/**
 * The waiting room: where a synchronous caller waits until a customer has answered their handset.
 *
 * Whatever this server commits is heard at once; a prompt that is answered through another server is
 * noticed by looking, a few times a second, for all who wait in one question. The hold decides and not
 * the wait: who stops waiting changes nothing.
 */
import type { Id } from "../core/ids.ts";
import type { Sql } from "../store/driver/connect.ts";
import { readPaymentsWithoutPrompt, type PaymentRow } from "../store/rail/payments.ts";
import type { CommitEvents } from "./commit-events.ts";

const pollIntervalMs = 200;

export interface PendingPrompts {
  /** The payment once its prompt has been answered or has ended; null if that takes longer than `ms` of wall time. */
  waitForReply(id: Id, timeoutMs: number): Promise<PaymentRow | null>;
  /** Lets everybody who waits go, unanswered, and nobody wait again. */
  close(): void;
}

type ResolveWait = (payment: PaymentRow | null) => void;

export function createPendingPrompts(sql: Sql, commitEvents: CommitEvents): PendingPrompts {
  const waitsByPayment = new Map<Id, Set<ResolveWait>>();
  let closed = false;
  let polling = false;
  let timer: NodeJS.Timeout | undefined;

  function schedulePoll(delayMs: number): void {
    clearTimeout(timer);
    if (!closed && waitsByPayment.size > 0) timer = setTimeout(() => void poll(), delayMs);
  }

  /** Looks for some of them, or for everybody who waits. */
  async function resolveAnswered(ids: readonly Id[]): Promise<void> {
    for (const payment of await readPaymentsWithoutPrompt(sql, ids)) {
      for (const resolveWait of waitsByPayment.get(payment.id) ?? []) resolveWait(payment);
    }
  }

  async function poll(): Promise<void> {
    if (polling) return;
    polling = true;
    // The database may be away: they go on waiting, and are let go when their time is up.
    await resolveAnswered([...waitsByPayment.keys()]).catch(() => {});
    polling = false;
    schedulePoll(pollIntervalMs);
  }

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
        // It may have ended between its commit and now.
        if (waitsByPayment.size === 1) schedulePoll(0);
      });
    },
    close() {
      closed = true;
      stopListening();
      clearTimeout(timer);
      for (const resolveWait of [...waitsByPayment.values()].flatMap((waits) => [...waits]))
        resolveWait(null);
    },
  };
}
