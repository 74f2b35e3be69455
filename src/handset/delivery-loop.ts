/**
 * The loops that deliver prompts and messages to the handsets of one rail, and send automatic replies.
 *
 * A commit on this server starts them at once. Polling four times a second, or once in a quiet rail, finds commits of other
 * servers and work that becomes due by time. Prompts and messages have separate loops, so that prompts never wait for messages. Any
 * number of servers may run these loops at the same time.
 */
import type { Clock } from "../core/clock.ts";
import { createPoller } from "../core/poller.ts";
import type { CommitEvents } from "../payments/commit-events.ts";
import type { Sql } from "../store/driver/connect.ts";
import { readPendingHandsetWork } from "../store/rail/prompts.ts";
import type { HandsetTransport } from "./transport.ts";

const pollIntervalMs = 250;

export interface DeliveryLoop {
  /** Delivers now everything that can be delivered. */
  deliverNow(): Promise<void>;
  close(): Promise<void>;
}

export interface DeliveryLoopContext {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly commitEvents: CommitEvents;
  readonly transport: HandsetTransport;
  readonly sendDueAutoReplies: () => Promise<unknown>;
  readonly onError: (error: unknown) => void;
}

export function createDeliveryLoop({
  sql,
  clock,
  commitEvents,
  transport,
  sendDueAutoReplies,
  onError,
}: DeliveryLoopContext): DeliveryLoop {
  const prompts = createPoller({ work: () => transport.deliverPrompts(), onError });
  const messages = createPoller({ work: () => transport.deliverMessages(), onError });
  const autoReplies = createPoller({ work: sendDueAutoReplies, onError });
  const intervalMs = commitEvents.pollInterval(pollIntervalMs);
  const poller = createPoller({ work: findWork, intervalMs, onError });

  async function findWork(): Promise<void> {
    // While the clock is being advanced, the code that advances it runs all due work and reports it as events.
    if (clock.moving?.() === true) return;
    const work = await readPendingHandsetWork(sql, clock.now());
    if (work.prompts) prompts.notify();
    if (work.messages) messages.notify();
    // Checked again after the query: automatic replies must appear among the events of the clock advance.
    if (work.autoReplies && clock.moving?.() !== true) autoReplies.notify();
  }

  const unsubscribe = commitEvents.subscribe(({ promptsCreated, messagesQueued }) => {
    if (promptsCreated) prompts.notify();
    if (messagesQueued) messages.notify();
  });

  return {
    async deliverNow() {
      await prompts.flush();
      await messages.flush();
    },
    async close() {
      unsubscribe();
      await poller.stop();
      await Promise.all([prompts.stop(), messages.stop(), autoReplies.stop()]);
      await transport.close();
    },
  };
}
