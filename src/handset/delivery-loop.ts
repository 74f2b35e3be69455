/**
 * The loops that bring what waits to the handsets of one rail: prompts, messages, and the answers that
 * handsets give by themselves.
 *
 * A commit of this server wakes them at once; what another server committed, or what only time brings, is
 * noticed by asking four times a second. Prompts never wait for messages. Any number of servers may do it.
 */
import type { Clock } from "../core/clock.ts";
import type { CommitEvents } from "../payments/commit-events.ts";
import type { Sql } from "../store/driver/connect.ts";
import { readPendingHandsetWork } from "../store/rail/prompts.ts";
import type { HandsetTransport } from "./transport.ts";

const pollIntervalMs = 250;

export interface DeliveryLoop {
  /** Carries now what can be carried. */
  deliverNow(): Promise<void>;
  close(): Promise<void>;
}

export interface DeliveryLoopContext {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly commitEvents: CommitEvents;
  readonly transport: HandsetTransport;
  /** Gives the answers that are due. */
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
  const prompts = createWorker(() => transport.deliverPrompts(), onError);
  const messages = createWorker(() => transport.deliverMessages(), onError);
  const autoReplies = createWorker(async () => {
    await sendDueAutoReplies();
    return false;
  }, onError);
  let closed = false;
  let polling: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;

  async function poll(): Promise<void> {
    // Whoever moves the clock brings what its time brings, and lists it.
    if (clock.moving?.() === true) {
      if (!closed) schedulePoll();
      return;
    }
    try {
      const work = await readPendingHandsetWork(sql, clock.now());
      if (work.prompts) prompts.notify();
      if (work.messages) messages.notify();
      // Whoever moves the clock has those given that are due on its way, and lists them.
      if (work.autoReplies && clock.moving?.() !== true) autoReplies.notify();
    } catch (error) {
      onError(error);
    }
    if (!closed) schedulePoll();
  }
  function schedulePoll(): void {
    timer = setTimeout(() => {
      polling = poll();
    }, pollIntervalMs).unref();
  }
  schedulePoll();

  const unsubscribe = commitEvents.subscribe(({ promptsCreated: prompted, messagesQueued: messaged }) => {
    if (prompted) prompts.notify();
    if (messaged) messages.notify();
  });

  return {
    async deliverNow() {
      await prompts.flush();
      await messages.flush();
    },
    async close() {
      closed = true;
      unsubscribe();
      clearTimeout(timer);
      await polling;
      await Promise.all([prompts.close(), messages.close(), autoReplies.close()]);
      await transport.close();
    },
  };
}

interface Worker {
  /** Works until there is no more; once more if woken meanwhile. */
  notify(): void;
  /** Works now, and waits until that is done: all that was there when it was called. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

function createWorker(work: () => Promise<boolean>, onError: (error: unknown) => void): Worker {
  let running: Promise<void> | null = null;
  let runAgain = false;
  let closed = false;

  async function runOnce(): Promise<void> {
    runAgain = false;
    try {
      if (await work()) runAgain = true;
    } catch (error) {
      onError(error);
    }
  }

  function notify(): void {
    runAgain = true;
    if (closed || running !== null) return;
    running = runOnce().finally(() => {
      running = null;
      if (runAgain) notify();
    });
  }

  return {
    notify,
    async flush() {
      notify();
      // What was under way when we came may have looked too early; what follows it did not.
      await running;
      await running;
    },
    async close() {
      closed = true;
      await running;
    },
  };
}
