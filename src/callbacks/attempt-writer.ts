/**
 * Records the outcomes of delivery attempts in batches: while one transaction commits, the next batch collects.
 *
 * The commits are asynchronous, so that they do not compete with payments for the disk. A crash can lose the
 * last outcomes; their messages are then delivered again, which at-least-once delivery allows.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { msPerSecond } from "../core/clock.ts";
import { createPoller } from "../core/poller.ts";
import { isTransient, type Sql } from "../store/driver/connect.ts";
import { insertAttempts, type AttemptRow } from "../store/rail/delivery-attempts.ts";
import {
  closeDeliveries,
  lockDeliveries,
  reschedule,
  type FailedDelivery,
  type LeasedDelivery,
} from "../store/rail/deliveries.ts";

export interface DeliveryOutcome {
  readonly delivery: LeasedDelivery;
  /** Null if the attempt cannot be stored. The retry schedule continues without it. */
  readonly attempt: AttemptRow | null;
  /** A further attempt with the same message, if a test asked for it. It does not change the schedule. */
  readonly repetition?: AttemptRow | null;
  /** Whether the listener acknowledged the message. */
  readonly delivered: boolean;
  /** The next attempt, in milliseconds of business time; null if the delivery is done or dead-lettered. */
  readonly nextAt: number | null;
}

export interface AttemptWriter {
  /** Resolves when the outcome is recorded. Rejects if it cannot be; the delivery is then claimed again when its lease expires. */
  record(outcome: DeliveryOutcome): Promise<void>;
}

interface PendingOutcome {
  readonly outcome: DeliveryOutcome;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** How long to retry while the database is unavailable. Leases are shorter, so other servers have claimed the deliveries by then. */
const retryTimeoutMs = 30 * msPerSecond;
const maxBatchSize = 512;

export function createAttemptWriter(
  sql: Sql,
  businessNow: () => number,
  onError: (activity: string, error: unknown) => void,
): AttemptWriter {
  const pending: PendingOutcome[] = [];
  const poller = createPoller({
    async work() {
      await writeBatch(pending.splice(0, maxBatchSize));
      return pending.length > 0;
    },
    onError: (error) => onError("recording callback attempts", error),
  });

  /** Never rejects: it resolves or rejects each outcome of the batch. */
  async function writeBatch(batch: readonly PendingOutcome[]): Promise<void> {
    if (batch.length === 0) return;
    try {
      await writeWithRetry(
        sql,
        batch.map(({ outcome }) => outcome),
        businessNow,
      );
      for (const { resolve } of batch) resolve();
    } catch (error) {
      if (isTransient(error)) for (const { reject } of batch) reject(error);
      else await writeSeparately(batch, error);
    }
  }

  /** An outcome that cannot be stored must not block the others, and its message must not be sent again and again. */
  async function writeSeparately(batch: readonly PendingOutcome[], error: unknown): Promise<void> {
    if (batch.length > 1) {
      for (const entry of batch) await writeBatch([entry]);
      return;
    }
    for (const entry of batch) {
      if (entry.outcome.attempt === null) {
        entry.reject(error);
      } else {
        onError("storing a callback attempt", error);
        await writeBatch([{ ...entry, outcome: { ...entry.outcome, attempt: null, repetition: null } }]);
      }
    }
  }

  return {
    record: (outcome) =>
      new Promise((resolve, reject) => {
        pending.push({ outcome, resolve, reject });
        // Outcomes of the same event loop turn are written together.
        if (pending.length === 1) setImmediate(poller.notify);
      }),
  };
}

async function writeWithRetry(
  sql: Sql,
  outcomes: readonly DeliveryOutcome[],
  businessNow: () => number,
): Promise<void> {
  const deadline = performance.now() + retryTimeoutMs;
  for (let attempt = 0; ; attempt += 1) {
    try {
      await writeOutcomes(sql, outcomes, businessNow());
      return;
    } catch (error) {
      if (!isTransient(error) || performance.now() > deadline) throw error;
      await sleep(Math.min(20 * 2 ** attempt, 500));
    }
  }
}

async function writeOutcomes(sql: Sql, outcomes: readonly DeliveryOutcome[], now: number): Promise<void> {
  const delivered: LeasedDelivery[] = [];
  const failed: FailedDelivery[] = [];
  for (const { delivery, delivered: acknowledged, nextAt } of outcomes) {
    if (acknowledged) delivered.push(delivery);
    else failed.push({ ...delivery, nextAt });
  }
  const attempts = outcomes
    .flatMap(({ attempt, repetition = null }) => [attempt, repetition])
    .filter((attempt) => attempt !== null);
  await sql.begin(async (tx) => {
    await Promise.all([
      tx`set local synchronous_commit = off`,
      lockDeliveries(tx, [...delivered, ...failed]),
      attempts.length > 0 ? insertAttempts(tx, attempts) : null,
      delivered.length > 0 ? closeDeliveries(tx, delivered, now) : null,
      failed.length > 0 ? reschedule(tx, failed, now) : null,
    ]);
  });
}
