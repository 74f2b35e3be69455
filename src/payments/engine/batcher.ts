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
import type { Instruction, Outcome } from "../instruction.ts";
import { DatabaseUnavailable } from "./database-unavailable.ts";
import { postWithRetries, removeRowDetail, type QueuedInstruction } from "./post-attempts.ts";
import type { BatchContext } from "./post-batch.ts";
import { createSuspects } from "./suspects.ts";

const maxConcurrentBatches = 2;
const maxBatchSize = 512;
/** With fewer instructions, the overhead of a second batch outweighs its gain. 96 was measured and was no faster. */
const secondBatchMin = 32;
/** With a longer queue callers would time out anyway, so further instructions are rejected at once. */
const maxQueueLength = 20_000;
/** After a batch of a suspected sender failed, the next one waits for this many times the failed batch's duration. */
const suspectPauseFactor = 3;
/** When an instruction gets its response at the latest, from the time it was queued. Wall time. */
const responseTimeoutMs = 10 * msPerSecond;
/** How often the queues are searched for instructions that waited too long. */
const expiryCheckMs = msPerSecond;

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
  let expiryTimer: NodeJS.Timeout | undefined;
  const suspects = createSuspects<QueuedInstruction>();

  /** Rejects the instructions that waited too long: nothing of them was sent. */
  function rejectExpired(): void {
    const now = performance.now();
    const isExpired = ({ deadline }: QueuedInstruction): boolean => deadline <= now;
    const index = queue.findIndex((queued) => !isExpired(queued));
    const expired = queue.splice(0, index === -1 ? queue.length : index);
    for (const { reject } of [...expired, ...suspects.remove(isExpired)])
      reject(new DatabaseUnavailable(false, new Error("The database is slow.")));
  }

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
      clearInterval(expiryTimer);
      expiryTimer = undefined;
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
        const queued = { instruction, resolve, reject, deadline: performance.now() + responseTimeoutMs };
        if (queue.length >= maxQueueLength) {
          rejectAsFull(queued);
          return;
        }
        queue.push(queued);
        expiryTimer ??= setInterval(rejectExpired, expiryCheckMs);
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
  const failure = await postWithRetries(run.context, batch);
  if (failure === null) return true;
  const { unsettled, error } = failure;
  const [first] = unsettled;
  if (first === undefined) return true;
  if (unsettled.length === 1) {
    removeRowDetail(error);
    first.reject(error);
    run.suspect(first.instruction);
    return false;
  }
  const middle = Math.ceil(unsettled.length / 2);
  await runBatch(run, unsettled.slice(0, middle));
  const rest = run.divert(unsettled.slice(middle));
  if (rest.length > 0) await runBatch(run, rest);
  return false;
}
