/**
 * Groups instructions into batches.
 *
 * While one batch commits, new instructions queue. If no batch is running, an instruction starts one at
 * once, so a single payment has no added latency. With two concurrent batches the server decides one while
 * PostgreSQL commits the other. The second starts only when enough instructions are queued, because two
 * small batches cost more than one.
 *
 * A batch that PostgreSQL refuses is halved until the instruction that it refuses is alone. `suspects.ts` keeps further
 * instructions of the same sender away from the others.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { msPerSecond } from "../../core/clock.ts";
import { isTransient } from "../../store/driver/connect.ts";
import type { Instruction, Outcome } from "../instruction.ts";
import { postBatch, type BatchContext } from "./post-batch.ts";
import { createSuspects } from "./suspects.ts";

const maxConcurrentBatches = 2;
const maxBatchSize = 512;
/** With fewer instructions, the overhead of a second batch outweighs its gain. 96 was measured and was no faster. */
const secondBatchMin = 32;
/** With a longer queue callers would time out anyway, so further instructions are rejected at once. */
const maxQueueLength = 20_000;
/** After a batch of a suspected sender failed, the next one waits for this many times the failed batch's duration. */
const suspectPauseFactor = 3;
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
  /** How many batches failed for another reason than an unavailable database, and had to be split. */
  readonly failedBatches: number;
}

export function createBatcher(context: BatchContext): Batcher {
  let queue: QueuedInstruction[] = [];
  let runningBatches = 0;
  let isSuspectBatchRunning = false;
  let failedBatches = 0;
  let drainCallbacks: (() => void)[] = [];
  const suspects = createSuspects<QueuedInstruction>();

  /** Posts a batch. Returns whether all of it was posted at once. */
  async function run(batch: readonly QueuedInstruction[], divert: Divert): Promise<boolean> {
    const isPosted = await runBatch({ context, divert, suspect: (culprit) => suspects.add(culprit) }, batch);
    if (!isPosted) failedBatches += 1;
    return isPosted;
  }
  const divertSuspected: Divert = (batch) => suspects.divert(batch, rejectAsFull);

  function drainQueue(): void {
    while (
      runningBatches < maxConcurrentBatches &&
      queue.length > 0 &&
      (runningBatches === 0 || queue.length >= secondBatchMin)
    ) {
      const batch = divertSuspected(queue.splice(0, maxBatchSize));
      if (batch.length === 0) continue;
      runningBatches += 1;
      void run(batch, divertSuspected).finally(() => {
        runningBatches -= 1;
        drainQueue();
      });
    }
    if (!isSuspectBatchRunning) void drainSuspects();
    if (runningBatches === 0 && queue.length === 0 && !isSuspectBatchRunning) {
      for (const resolveDrain of drainCallbacks) resolveDrain();
      drainCallbacks = [];
    }
  }

  /** Posts the instructions of suspected senders, one batch at a time. */
  async function drainSuspects(): Promise<void> {
    let batch = suspects.take();
    if (batch.length === 0) return;
    isSuspectBatchRunning = true;
    for (; batch.length > 0; batch = suspects.take()) {
      const startedAt = performance.now();
      const isPosted = await run(batch, (rest) => rest);
      const isStopping = drainCallbacks.length > 0;
      if (!isPosted && !isStopping) await sleep((performance.now() - startedAt) * suspectPauseFactor);
    }
    isSuspectBatchRunning = false;
    drainQueue();
  }

  return {
    post(instruction) {
      return new Promise((resolve, reject) => {
        const queued = { instruction, resolve, reject };
        if (queue.length >= maxQueueLength) {
          rejectAsFull(queued);
          return;
        }
        queue.push(queued);
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
    get failedBatches() {
      return failedBatches;
    },
  };
}

/** Takes instructions that are to be posted elsewhere out of a batch. */
type Divert = (batch: readonly QueuedInstruction[]) => readonly QueuedInstruction[];

interface BatchRun {
  readonly context: BatchContext;
  /** Called for the second half of a batch: the sender may have been found in the first. */
  readonly divert: Divert;
  readonly suspect: (culprit: Instruction) => void;
}

const rejectAsFull = ({ reject }: QueuedInstruction): void =>
  reject(new DatabaseUnavailable(false, new Error("The payment queue is full.")));

/**
 * Posts one batch and settles the promises of its instructions. Never rejects.
 *
 * Returns false if it failed because of an instruction. Then its halves are posted, and their halves, until that
 * instruction is alone: of 512 instructions, this posts each of the others about twice.
 */
async function runBatch(run: BatchRun, batch: readonly QueuedInstruction[]): Promise<boolean> {
  try {
    const outcomes = await postWithRetries(
      run.context,
      batch.map(({ instruction }) => instruction),
    );
    batch.forEach(({ resolve }, index) => resolve(outcomes[index] as Outcome));
    return true;
  } catch (error) {
    if (error instanceof DatabaseUnavailable || batch.length === 1) {
      removeRowDetail(error);
      for (const { reject } of batch) reject(error);
      if (error instanceof DatabaseUnavailable) return true;
      for (const { instruction } of batch) run.suspect(instruction);
      return false;
    }
    const middle = Math.ceil(batch.length / 2);
    await runBatch(run, batch.slice(0, middle));
    const rest = run.divert(batch.slice(middle));
    if (rest.length > 0) await runBatch(run, rest);
    return false;
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
