/**
 * The loops that deliver prompts and messages to the handsets of one rail, and send automatic replies.
 *
 * A commit on this server starts them at once. Polling four times a second finds commits of other servers and work
 * that becomes due by time. Prompts and messages have separate loops, so that prompts never wait for messages. Any
 * number of servers may run these loops at the same time.
 */
import type { Clock } from "../core/clock.ts";
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
    // While the clock is being advanced, the code that advances it runs all due work and reports it as events.
    if (clock.moving?.() === true) {
      if (!closed) schedulePoll();
      return;
    }
    try {
      const work = await readPendingHandsetWork(sql, clock.now());
      if (work.prompts) prompts.notify();
      if (work.messages) messages.notify();
      // Checked again after the query: automatic replies must appear among the events of the clock advance.
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
  /** Runs until there is no more work. A notification during a run causes one more run. */
  notify(): void;
  /** Runs now and waits until all work that existed at the time of the call is done. */
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
      // A run that had already started may have queried too early. The run after it has not.
      await running;
      await running;
    },
    async close() {
      closed = true;
      await running;
    },
  };
}
