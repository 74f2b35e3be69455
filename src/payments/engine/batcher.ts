/**
 * Groups instructions into batches.
 *
 * While one batch commits, new instructions queue. If no batch is running, an instruction starts one at
 * once, so a single payment has no added latency. With two concurrent batches the server decides one while
 * PostgreSQL commits the other. The second starts only when enough instructions are queued, because two
 * small batches cost more than one.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { msPerSecond } from "../../core/clock.ts";
import { isTransient } from "../../store/driver/connect.ts";
import type { Instruction, Outcome } from "../instruction.ts";
import { postBatch, type BatchContext } from "./post-batch.ts";

const maxConcurrentBatches = 2;
const maxBatchSize = 512;
/** With fewer instructions, the overhead of a second batch outweighs its gain. 96 was measured and was no faster. */
const secondBatchMin = 32;
/** With a longer queue callers would time out anyway, so further instructions are rejected at once. */
const maxQueueLength = 20_000;
/** How long a batch is retried while the database is unavailable. Wall time. */
const retryTimeoutMs = 10 * msPerSecond;

/**
 * The database is unavailable. If `mayHaveCommitted` is true, a commit was sent without a response: the
 * outcome is unknown until the payment's status is queried.
 */
export class DatabaseUnavailable extends Error {
  readonly mayHaveCommitted: boolean;

  constructor(mayHaveCommitted: boolean, cause: unknown) {
    super("The database is unavailable.", { cause });
    this.mayHaveCommitted = mayHaveCommitted;
  }
}

interface QueuedInstruction {
  readonly instruction: Instruction;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

export interface Batcher {
  /** Posts an instruction in the next batch. Rejects with `DatabaseUnavailable`, or with the error of a bug. */
  post(instruction: Instruction): Promise<Outcome>;
  /** Resolves when all queued instructions have their outcomes. */
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
        return Promise.reject(new DatabaseUnavailable(false, new Error("The payment queue is full.")));
      }
      return new Promise((resolve, reject) => {
        queue.push({ instruction, resolve, reject });
        // Instructions of the same event-loop turn go into the same batch.
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

/** Posts one batch and settles the promises of its instructions. Never rejects. */
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
      // One instruction makes the whole batch fail. Posted one by one, only that one fails.
      for (const queued of batch) await runBatch(context, [queued]);
    }
  }
}

/** Removes the detail of a PostgreSQL error: it contains the row, with the customer's number, which must not be logged. */
function removeRowDetail(error: unknown): void {
  if (error instanceof Error && "detail" in error) delete error.detail;
}

/** Whether PostgreSQL rejected the attempt whose commit was sent, so that nothing was committed. */
function isRejectedByDatabase(error: unknown, commitSent: boolean): boolean {
  return commitSent && error instanceof Error && "severity" in error;
}

/**
 * Retries while the error is transient. This is safe: `postBatch` recognises instructions that an earlier
 * attempt committed.
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
        // An earlier commit without a response may have succeeded, whatever this error is.
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
