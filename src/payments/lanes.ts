/**
 * Lanes: how orders become batches.
 *
 * While one batch commits, the next orders gather; an idle lane takes a lone order at once, so nobody
 * waits for company. Two lanes let the server decide one batch while PostgreSQL commits the other. The
 * second starts only once enough have gathered, since two small batches cost more than one.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { second } from "../clock.ts";
import { isTransient } from "../store/connect.ts";
import type { Order, Outcome } from "./order.ts";
import { postBatch, type BatchContext } from "./post-batch.ts";

const lanesMax = 2;
const batchMax = 512;
/** Below this many, a second batch would mostly carry its own overhead. 96 was tried and did no better. */
const worthASecondLane = 32;
/** More than this many waiting orders is a queue that nobody would wait out: better to say no at once. */
const waitingMax = 20_000;
/** How long a batch keeps trying while the database is away, by wall time. */
const tryingMax = 10 * second;

/**
 * The database could not be reached. `mayHaveCommitted` says whether a commit was on its way: then
 * nobody knows how the payments ended until they are asked for.
 */
export class StoreUnreachable extends Error {
  readonly mayHaveCommitted: boolean;

  constructor(mayHaveCommitted: boolean, cause: unknown) {
    super("the database cannot be reached", { cause });
    this.mayHaveCommitted = mayHaveCommitted;
  }
}

interface Waiting {
  readonly order: Order;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

export interface Lanes {
  /** Posts an order in the next batch. Rejects with `StoreUnreachable`, or with what is a bug. */
  post(order: Order): Promise<Outcome>;
  /** Resolves once every order that was handed in has its outcome. */
  drain(): Promise<void>;
}

export function openLanes(context: BatchContext): Lanes {
  let waiting: Waiting[] = [];
  let busy = 0;
  let drained: (() => void)[] = [];

  function pump(): void {
    while (busy < lanesMax && waiting.length > 0 && (busy === 0 || waiting.length >= worthASecondLane)) {
      const batch = waiting.splice(0, batchMax);
      busy += 1;
      void run(context, batch).finally(() => {
        busy -= 1;
        pump();
      });
    }
    if (busy === 0 && waiting.length === 0) {
      for (const done of drained) done();
      drained = [];
    }
  }

  return {
    post(order) {
      if (waiting.length >= waitingMax) {
        return Promise.reject(new StoreUnreachable(false, new Error("too many payments are waiting")));
      }
      return new Promise((resolve, reject) => {
        waiting.push({ order, resolve, reject });
        // The orders of one turn of the event loop start together.
        if (waiting.length === 1 || waiting.length === worthASecondLane) setImmediate(pump);
      });
    },
    drain() {
      return new Promise((resolve) => {
        drained.push(resolve);
        setImmediate(pump);
      });
    },
  };
}

/** Posts one batch and tells everybody in it. Never rejects. */
async function run(context: BatchContext, batch: readonly Waiting[]): Promise<void> {
  try {
    const outcomes = await postUntilDone(
      context,
      batch.map(({ order }) => order),
    );
    batch.forEach(({ resolve }, index) => resolve(outcomes[index] as Outcome));
  } catch (error) {
    if (error instanceof StoreUnreachable || batch.length === 1) {
      forgetRow(error);
      for (const { reject } of batch) reject(error);
    } else {
      // One of them is poison: alone, it fails alone, and the others go through.
      for (const one of batch) await run(context, [one]);
    }
  }
}

/** PostgreSQL repeats the row that it refused, a customer's number among its values: nothing for a log. */
function forgetRow(error: unknown): void {
  if (error instanceof Error && "detail" in error) delete error.detail;
}

/** Whether PostgreSQL itself answered the only try whose commit was sent: then nothing of it stands. */
function isRefused(error: unknown, commitSentNow: boolean): boolean {
  return commitSentNow && error instanceof Error && "severity" in error;
}

/**
 * Tries again while the database is away or asks for it. Safe, because a batch that did commit is
 * recognised when it is posted again (`postBatch`).
 */
async function postUntilDone(context: BatchContext, orders: readonly Order[]): Promise<Outcome[]> {
  const giveUpAt = Date.now() + tryingMax;
  let mayHaveCommitted = false;
  for (let attempt = 0; ; attempt += 1) {
    let commitSent = false;
    try {
      return await postBatch(context, orders, () => (commitSent = true));
    } catch (error) {
      mayHaveCommitted ||= commitSent;
      if (!isTransient(error)) {
        // Whatever else went wrong since, a commit that was sent and not answered may stand.
        if (mayHaveCommitted && !isRefused(error, commitSent)) throw new StoreUnreachable(true, error);
        throw error;
      }
      const waitMs = Math.min(20 * 2 ** attempt, 500);
      if (Date.now() + waitMs > giveUpAt) throw new StoreUnreachable(mayHaveCommitted, error);
      await sleep(waitMs);
    }
  }
}
