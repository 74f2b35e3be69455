/**
 * Lanes: how orders become batches.
 *
 * While one batch commits, the next orders gather; an idle lane takes a lone order at once, so nobody
 * waits for company. Two lanes let the server decide one batch while PostgreSQL commits the other. The
 * second starts only once enough have gathered, since two small batches cost more than one.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { msPerSecond } from "../../core/clock.ts";
import { isTransient } from "../../store/driver/connect.ts";
import type { Instruction, Outcome } from "../instruction.ts";
import { postBatch, type BatchContext } from "./post-batch.ts";

const maxConcurrentBatches = 2;
const maxBatchSize = 512;
/** Below this many, a second batch would mostly carry its own overhead. 96 was tried and did no better. */
const secondBatchMin = 32;
/** More than this many waiting orders is a queue that nobody would wait out: better to say no at once. */
const maxQueueLength = 20_000;
/** How long a batch keeps trying while the database is away, by wall time. */
const retryTimeoutMs = 10 * msPerSecond;

/**
 * The database could not be reached. `mayHaveCommitted` says whether a commit was on its way: then
 * nobody knows how the payments ended until they are asked for.
 */
export class DatabaseUnavailable extends Error {
  readonly mayHaveCommitted: boolean;

  constructor(mayHaveCommitted: boolean, cause: unknown) {
    super("the database cannot be reached", { cause });
    this.mayHaveCommitted = mayHaveCommitted;
  }
}

interface QueuedInstruction {
  readonly instruction: Instruction;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

export interface Batcher {
  /** Posts an order in the next batch. Rejects with `StoreUnreachable`, or with what is a bug. */
  post(instruction: Instruction): Promise<Outcome>;
  /** Resolves once every order that was handed in has its outcome. */
  drain(): Promise<void>;
}

export function createBatcher(context: BatchContext): Batcher {
  let queue: QueuedInstruction[] = [];
  let runningBatches = 0;
  let drainCallbacks: (() => void)[] = [];

  function drainQueue(): void {
    while (
      runningBatches < maxConcurrentBatches &&
      queue.length > 0 &&
      (runningBatches === 0 || queue.length >= secondBatchMin)
    ) {
      const batch = queue.splice(0, maxBatchSize);
      runningBatches += 1;
      void runBatch(context, batch).finally(() => {
        runningBatches -= 1;
        drainQueue();
      });
    }
    if (runningBatches === 0 && queue.length === 0) {
      for (const resolveDrain of drainCallbacks) resolveDrain();
      drainCallbacks = [];
    }
  }

  return {
    post(instruction) {
      if (queue.length >= maxQueueLength) {
        return Promise.reject(new DatabaseUnavailable(false, new Error("too many payments are waiting")));
      }
      return new Promise((resolve, reject) => {
        queue.push({ instruction, resolve, reject });
        // The orders of one turn of the event loop start together.
        if (queue.length === 1 || queue.length === secondBatchMin) setImmediate(drainQueue);
      });
    },
    drain() {
      return new Promise((resolve) => {
        drainCallbacks.push(resolve);
        setImmediate(drainQueue);
      });
    },
  };
}

/** Posts one batch and tells everybody in it. Never rejects. */
async function runBatch(context: BatchContext, batch: readonly QueuedInstruction[]): Promise<void> {
  try {
    const outcomes = await postWithRetries(
      context,
      batch.map(({ instruction }) => instruction),
    );
    batch.forEach(({ resolve }, index) => resolve(outcomes[index] as Outcome));
  } catch (error) {
    if (error instanceof DatabaseUnavailable || batch.length === 1) {
      removeRowDetail(error);
      for (const { reject } of batch) reject(error);
    } else {
      // One of them is poison: alone, it fails alone, and the others go through.
      for (const queued of batch) await runBatch(context, [queued]);
    }
  }
}

/** PostgreSQL repeats the row that it refused, a customer's number among its values: nothing for a log. */
function removeRowDetail(error: unknown): void {
  if (error instanceof Error && "detail" in error) delete error.detail;
}

/** Whether PostgreSQL itself answered the only try whose commit was sent: then nothing of it stands. */
function isRejectedByDatabase(error: unknown, commitSent: boolean): boolean {
  return commitSent && error instanceof Error && "severity" in error;
}

/**
 * Tries again while the database is away or asks for it. Safe, because a batch that did commit is
 * recognised when it is posted again (`postBatch`).
 */
async function postWithRetries(
  context: BatchContext,
  instructions: readonly Instruction[],
): Promise<Outcome[]> {
  const deadline = Date.now() + retryTimeoutMs;
  let mayHaveCommitted = false;
  for (let attempt = 0; ; attempt += 1) {
    let commitSent = false;
    try {
      return await postBatch(context, instructions, () => (commitSent = true));
    } catch (error) {
      mayHaveCommitted ||= commitSent;
      if (!isTransient(error)) {
        // Whatever else went wrong since, a commit that was sent and not answered may stand.
        if (mayHaveCommitted && !isRejectedByDatabase(error, commitSent))
          throw new DatabaseUnavailable(true, error);
        throw error;
      }
      const waitMs = Math.min(20 * 2 ** attempt, 500);
      if (Date.now() + waitMs > deadline) throw new DatabaseUnavailable(mayHaveCommitted, error);
      await sleep(waitMs);
    }
  }
}
