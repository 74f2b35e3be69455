/**
 * The waiting room: where a synchronous caller waits until a customer has answered their handset.
 *
 * Whatever this server commits is heard at once; a prompt that is answered through another server is
 * noticed by looking, a few times a second, for all who wait in one question. The hold decides and not
 * the wait: who stops waiting changes nothing.
 */
import type { Id } from "../ids.ts";
import type { Sql } from "../store/connect.ts";
import { readAnswered, type PaymentRow } from "../store/payments.ts";
import type { Newsroom } from "./news.ts";

const lookEveryMs = 200;

export interface WaitingRoom {
  /** The payment once its prompt has been answered or has ended; null if that takes longer than `ms` of wall time. */
  untilAnswered(id: Id, ms: number): Promise<PaymentRow | null>;
  /** Lets everybody who waits go, unanswered, and nobody wait again. */
  close(): void;
}

type Leave = (payment: PaymentRow | null) => void;

export function openWaitingRoom(sql: Sql, news: Newsroom): WaitingRoom {
  const waiting = new Map<Id, Set<Leave>>();
  let closed = false;
  let looking = false;
  let timer: NodeJS.Timeout | undefined;

  function lookSoon(ms: number): void {
    clearTimeout(timer);
    if (!closed && waiting.size > 0) timer = setTimeout(() => void lookForAll(), ms);
  }

  /** Looks for some of them, or for everybody who waits. */
  async function look(ids: readonly Id[]): Promise<void> {
    for (const payment of await readAnswered(sql, ids)) {
      for (const leave of waiting.get(payment.id) ?? []) leave(payment);
    }
  }

  async function lookForAll(): Promise<void> {
    if (looking) return;
    looking = true;
    // The database may be away: they go on waiting, and are let go when their time is up.
    await look([...waiting.keys()]).catch(() => {});
    looking = false;
    lookSoon(lookEveryMs);
  }

  const stopListening = news.onNews(({ ended }) => {
    const known = ended.filter((id) => waiting.has(id));
    if (known.length > 0) void look(known).catch(() => {});
  });

  return {
    untilAnswered(id, ms) {
      if (closed) return Promise.resolve(null);
      return new Promise((resolve) => {
        const leaving = waiting.get(id) ?? new Set();
        const leave: Leave = (payment) => {
          clearTimeout(patience);
          leaving.delete(leave);
          if (leaving.size === 0) waiting.delete(id);
          resolve(payment);
        };
        const patience = setTimeout(() => leave(null), ms);
        waiting.set(id, leaving.add(leave));
        // It may have ended between its commit and now.
        if (waiting.size === 1) lookSoon(0);
      });
    },
    close() {
      closed = true;
      stopListening();
      clearTimeout(timer);
      for (const leave of [...waiting.values()].flatMap((leaving) => [...leaving])) leave(null);
    },
  };
}
