/**
 * Posts one batch, again while the database is unavailable, until each instruction has its response or its deadline.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { isOutOfResources, isTransient } from "../../store/driver/connect.ts";
import type { Instruction, Outcome } from "../instruction.ts";
import { DatabaseUnavailable } from "./database-unavailable.ts";
import { postBatch, type BatchContext } from "./post-batch.ts";

export interface QueuedInstruction {
  readonly instruction: Instruction;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
  /** Of `performance.now()`. */
  readonly deadline: number;
}

/** Removes the detail of a PostgreSQL error: it contains the row, with the customer's number, which must not be logged. */
export function removeRowDetail(error: unknown): void {
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
export async function postWithRetries(
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
