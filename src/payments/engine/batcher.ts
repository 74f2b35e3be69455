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
import { isOutOfResources, isTransient } from "../../store/driver/connect.ts";
import type { Instruction, Outcome } from "../instruction.ts";
import { postBatch, type BatchContext } from "./post-batch.ts";

const maxConcurrentBatches = 2;
const maxBatchSize = 512;
/** With fewer instructions, the overhead of a second batch outweighs its gain. 96 was measured and was no faster. */
const secondBatchMin = 32;
/** With a longer queue callers would time out anyway, so further instructions are rejected at once. */
const maxQueueLength = 20_000;
/** When an instruction gets its response at the latest, from the time it was queued. Wall time. */
const responseTimeoutMs = 10 * msPerSecond;

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
  /** Of `performance.now()`. */
  readonly deadline: number;
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
  let queueTimer: NodeJS.Timeout | undefined;

  /** Rejects the instructions that waited too long: nothing of them was sent. */
  function rejectExpired(): void {
    clearTimeout(queueTimer);
    queueTimer = undefined;
    const now = performance.now();
    const index = queue.findIndex(({ deadline }) => deadline > now);
    const expired = queue.splice(0, index === -1 ? queue.length : index);
    for (const { reject } of expired)
      reject(new DatabaseUnavailable(false, new Error("The database is slow.")));
    const [oldest] = queue;
    if (oldest !== undefined) queueTimer = setTimeout(rejectExpired, oldest.deadline - now);
  }

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
      clearTimeout(queueTimer);
      queueTimer = undefined;
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
        queue.push({ instruction, resolve, reject, deadline: performance.now() + responseTimeoutMs });
        queueTimer ??= setTimeout(rejectExpired, responseTimeoutMs);
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
  const failure = await postWithRetries(context, batch);
  if (failure === null) return;
  const { unsettled, error } = failure;
  if (unsettled.length === 1) {
    removeRowDetail(error);
    for (const { reject } of unsettled) reject(error);
  } else {
    // One instruction makes the whole batch fail. Posted one by one, only that one fails.
    for (const queued of unsettled) await runBatch(context, [queued]);
  }
}

/** Removes the detail of a PostgreSQL error: it contains the row, with the customer's number, which must not be logged. */
function removeRowDetail(error: unknown): void {
  if (error instanceof Error && "detail" in error) delete error.detail;
}

/** Whether PostgreSQL rolled the attempt back. A fatal error may arrive after the commit. */
function isRolledBack(error: unknown): boolean {
  return error instanceof Error && "severity" in error && error.severity === "ERROR";
}

/** One attempt to post instructions. */
interface Attempt {
  commitSent: boolean;
  /** It must not send its commit any more, because some of its instructions were rejected. */
  abandoned: boolean;
}

/**
 * Posts the instructions and settles their promises. Retries while the error is transient, for each instruction until
 * its deadline. This is safe: `postBatch` recognises instructions that an earlier attempt committed. Returns an error
 * that one of the unsettled instructions may have caused.
 */
async function postWithRetries(
  context: BatchContext,
  batch: readonly QueuedInstruction[],
): Promise<{ unsettled: readonly QueuedInstruction[]; error: unknown } | null> {
  let mayHaveCommitted = false;
  let waiting = batch;
  const reject = (expired: readonly QueuedInstruction[], error: unknown): void => {
    removeRowDetail(error);
    for (const queued of expired) queued.reject(new DatabaseUnavailable(mayHaveCommitted, error));
    waiting = waiting.filter((queued) => !expired.includes(queued));
  };
  for (let tries = 0; waiting.length > 0; tries += 1) {
    const attempt: Attempt = { commitSent: false, abandoned: false };
    const posted = waiting;
    const stopTimer = callAtDeadlines(posted, (expired) => {
      mayHaveCommitted ||= attempt.commitSent;
      attempt.abandoned = true;
      reject(expired, new Error("The database did not answer in time."));
    });
    try {
      const outcomes = await postAttempt(context, posted, attempt);
      posted.forEach(({ resolve }, index) => resolve(outcomes[index] as Outcome));
      return null;
    } catch (error) {
      mayHaveCommitted ||= attempt.commitSent && !isRolledBack(error);
      const waitMs = Math.min(20 * 2 ** tries, 500);
      if (isOutOfResources(error)) reject(waiting, error);
      else if (isTransient(error)) reject(findExpired(waiting, waitMs), error);
      else if (!attempt.abandoned) {
        // An earlier commit without a response may have succeeded, unless PostgreSQL refused this attempt's.
        if (!mayHaveCommitted || isRolledBack(error)) return { unsettled: waiting, error };
        reject(waiting, error);
      }
      if (waiting.length > 0) await sleep(waitMs);
    } finally {
      stopTimer();
    }
  }
  return null;
}

function postAttempt(
  context: BatchContext,
  batch: readonly QueuedInstruction[],
  attempt: Attempt,
): Promise<Outcome[]> {
  const instructions = batch.map(({ instruction }) => instruction);
  return postBatch(context, instructions, {
    beforeWrite() {
      // Its callers got the response that nothing was done, so that must stay true.
      if (attempt.abandoned) throw new Error("the batch was abandoned");
    },
    onCommit: () => (attempt.commitSent = true),
  });
}

const findExpired = (batch: readonly QueuedInstruction[], withinMs: number): readonly QueuedInstruction[] => {
  const now = performance.now();
  return batch.filter(({ deadline }) => deadline <= now + withinMs);
};

/** Calls back with the instructions whose deadline has come, until the returned function is called. */
function callAtDeadlines(
  batch: readonly QueuedInstruction[],
  onExpired: (expired: readonly QueuedInstruction[]) => void,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let left = batch;
  const wait = (): void => {
    const [oldest] = left;
    if (oldest !== undefined) timer = setTimeout(expire, Math.max(oldest.deadline - performance.now(), 0));
  };
  const expire = (): void => {
    // The margin makes instructions of one event-loop turn expire together.
    const expired = findExpired(left, 10);
    left = left.filter((queued) => !expired.includes(queued));
    if (expired.length > 0) onExpired(expired);
    wait();
  };
  wait();
  return () => clearTimeout(timer);
}
