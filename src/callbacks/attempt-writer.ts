/**
 * Recording what came of calls: while one transaction commits, the next outcomes gather.
 *
 * It does not wait for the disk. A crash may forget the last outcomes; their messages are told once more,
 * which at-least-once allows, and every payment is spared the competition for the disk.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { msPerSecond } from "../core/clock.ts";
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
  /** Null for one that cannot be written down: its schedule goes on all the same. */
  readonly attempt: AttemptRow | null;
  /** Whether its listener acknowledged it. */
  readonly delivered: boolean;
  /** When it is tried again, in milliseconds of business time; null when it is not: told, or parked. */
  readonly nextAt: number | null;
}

export interface AttemptWriter {
  /** Resolves when the outcome is recorded. Rejects when it cannot be, and its lease has to run out. */
  record(outcome: DeliveryOutcome): Promise<void>;
}

interface PendingOutcome {
  readonly outcome: DeliveryOutcome;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** How long to try while the database is away: a lease is over by then, and others have taken the rest. */
const retryTimeoutMs = 30 * msPerSecond;
const maxBatchSize = 512;

export function createAttemptWriter(
  sql: Sql,
  businessNow: () => number,
  onError: (activity: string, error: unknown) => void,
): AttemptWriter {
  const pending: PendingOutcome[] = [];
  let writing = false;

  async function drainPending(): Promise<void> {
    writing = true;
    while (pending.length > 0) await writeBatch(pending.splice(0, maxBatchSize));
    writing = false;
  }

  /** Never rejects: each of them is told by itself what became of it. */
  async function writeBatch(batch: readonly PendingOutcome[]): Promise<void> {
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

  /** One that cannot be recorded must not keep the others from it, nor be told again and again. */
  async function writeSeparately(batch: readonly PendingOutcome[], error: unknown): Promise<void> {
    if (batch.length > 1) {
      for (const entry of batch) await writeBatch([entry]);
      return;
    }
    for (const entry of batch) {
      if (entry.outcome.attempt === null) {
        entry.reject(error);
      } else {
        onError("writing an attempt down", error);
        await writeBatch([{ ...entry, outcome: { ...entry.outcome, attempt: null } }]);
      }
    }
  }

  return {
    record: (outcome) =>
      new Promise((resolve, reject) => {
        pending.push({ outcome, resolve, reject });
        // The outcomes of one turn of the event loop are written together.
        if (!writing && pending.length === 1) setImmediate(() => void (writing ? null : drainPending()));
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
  const attempts = outcomes.map(({ attempt }) => attempt).filter((attempt) => attempt !== null);
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
