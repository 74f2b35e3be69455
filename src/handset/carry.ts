/**
 * The loops that bring what waits to the handsets of one rail: prompts, messages, and the answers that
 * handsets give by themselves.
 *
 * A commit of this server wakes them at once; what another server committed, or what only time brings, is
 * noticed by asking four times a second. Prompts never wait for messages. Any number of servers may do it.
 */
import type { Clock } from "../clock.ts";
import type { Newsroom } from "../payments/news.ts";
import type { Sql } from "../store/connect.ts";
import { handsetWork } from "../store/prompts.ts";
import type { Carrier } from "./port.ts";

const askEveryMs = 250;

export interface Carrying {
  /** Carries now what can be carried. */
  now(): Promise<void>;
  close(): Promise<void>;
}

export interface CarryingContext {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly news: Newsroom;
  readonly carrier: Carrier;
  /** Gives the answers that are due. */
  readonly answer: () => Promise<unknown>;
  readonly onError: (error: unknown) => void;
}

export function openCarrying({ sql, clock, news, carrier, answer, onError }: CarryingContext): Carrying {
  const prompts = worker(() => carrier.prompts(), onError);
  const messages = worker(() => carrier.messages(), onError);
  const answers = worker(async () => {
    await answer();
    return false;
  }, onError);
  let closed = false;
  let asking: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;

  async function ask(): Promise<void> {
    // Whoever moves the clock brings what its time brings, and lists it.
    if (clock.moving?.() === true) {
      if (!closed) askLater();
      return;
    }
    try {
      const work = await handsetWork(sql, clock.now());
      if (work.prompts) prompts.wake();
      if (work.messages) messages.wake();
      // Whoever moves the clock has those given that are due on its way, and lists them.
      if (work.answers && clock.moving?.() !== true) answers.wake();
    } catch (error) {
      onError(error);
    }
    if (!closed) askLater();
  }
  function askLater(): void {
    timer = setTimeout(() => {
      asking = ask();
    }, askEveryMs).unref();
  }
  askLater();

  const stopListening = news.onNews(({ prompted, messaged }) => {
    if (prompted) prompts.wake();
    if (messaged) messages.wake();
  });

  return {
    async now() {
      await prompts.pass();
      await messages.pass();
    },
    async close() {
      closed = true;
      stopListening();
      clearTimeout(timer);
      await asking;
      await Promise.all([prompts.close(), messages.close(), answers.close()]);
      await carrier.close();
    },
  };
}

interface Worker {
  /** Works until there is no more; once more if woken meanwhile. */
  wake(): void;
  /** Works now, and waits until that is done: all that was there when it was called. */
  pass(): Promise<void>;
  close(): Promise<void>;
}

function worker(work: () => Promise<boolean>, onError: (error: unknown) => void): Worker {
  let running: Promise<void> | null = null;
  let again = false;
  let closed = false;

  async function once(): Promise<void> {
    again = false;
    try {
      if (await work()) again = true;
    } catch (error) {
      onError(error);
    }
  }

  function wake(): void {
    again = true;
    if (closed || running !== null) return;
    running = once().finally(() => {
      running = null;
      if (again) wake();
    });
  }

  return {
    wake,
    async pass() {
      wake();
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
