/**
 * Recording what came of calls: while one transaction commits, the next outcomes gather.
 *
 * It does not wait for the disk. A crash may forget the last outcomes; their messages are told once more,
 * which at-least-once allows, and every payment is spared the competition for the disk.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { second } from "../clock.ts";
import { isTransient, type Sql } from "../store/connect.ts";
import { insertAttempts, type AttemptRow } from "../store/delivery-attempts.ts";
import { closeDeliveries, lockDeliveries, putOff, type Failed, type Leased } from "../store/deliveries.ts";

export interface Outcome {
  readonly leased: Leased;
  /** Null for one that cannot be written down: its schedule goes on all the same. */
  readonly attempt: AttemptRow | null;
  /** Whether its listener acknowledged it. */
  readonly told: boolean;
  /** When it is tried again, in milliseconds of business time; null when it is not: told, or parked. */
  readonly nextAt: number | null;
}

export interface Recording {
  /** Resolves when the outcome is recorded. Rejects when it cannot be, and its lease has to run out. */
  record(outcome: Outcome): Promise<void>;
}

interface Waiting {
  readonly outcome: Outcome;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** How long to try while the database is away: a lease is over by then, and others have taken the rest. */
const tryingMax = 30 * second;
const batchMax = 512;

export function openRecording(
  sql: Sql,
  businessNow: () => number,
  onTrouble: (what: string, error: unknown) => void,
): Recording {
  const waiting: Waiting[] = [];
  let writing = false;

  async function writeAll(): Promise<void> {
    writing = true;
    while (waiting.length > 0) await settle(waiting.splice(0, batchMax));
    writing = false;
  }

  /** Never rejects: each of them is told by itself what became of it. */
  async function settle(batch: readonly Waiting[]): Promise<void> {
    try {
      await untilWritten(
        sql,
        batch.map(({ outcome }) => outcome),
        businessNow,
      );
      for (const { resolve } of batch) resolve();
    } catch (error) {
      if (isTransient(error)) for (const { reject } of batch) reject(error);
      else await settleApart(batch, error);
    }
  }

  /** One that cannot be recorded must not keep the others from it, nor be told again and again. */
  async function settleApart(batch: readonly Waiting[], error: unknown): Promise<void> {
    if (batch.length > 1) {
      for (const one of batch) await settle([one]);
      return;
    }
    for (const one of batch) {
      if (one.outcome.attempt === null) {
        one.reject(error);
      } else {
        onTrouble("writing an attempt down", error);
        await settle([{ ...one, outcome: { ...one.outcome, attempt: null } }]);
      }
    }
  }

  return {
    record: (outcome) =>
      new Promise((resolve, reject) => {
        waiting.push({ outcome, resolve, reject });
        // The outcomes of one turn of the event loop are written together.
        if (!writing && waiting.length === 1) setImmediate(() => void (writing ? null : writeAll()));
      }),
  };
}

async function untilWritten(
  sql: Sql,
  outcomes: readonly Outcome[],
  businessNow: () => number,
): Promise<void> {
  const giveUpAt = performance.now() + tryingMax;
  for (let attempt = 0; ; attempt += 1) {
    try {
      await write(sql, outcomes, businessNow());
      return;
    } catch (error) {
      if (!isTransient(error) || performance.now() > giveUpAt) throw error;
      await sleep(Math.min(20 * 2 ** attempt, 500));
    }
  }
}

async function write(sql: Sql, outcomes: readonly Outcome[], now: number): Promise<void> {
  const told: Leased[] = [];
  const failed: Failed[] = [];
  for (const { leased, told: acknowledged, nextAt } of outcomes) {
    if (acknowledged) told.push(leased);
    else failed.push({ ...leased, nextAt });
  }
  const attempts = outcomes.map(({ attempt }) => attempt).filter((attempt) => attempt !== null);
  await sql.begin(async (tx) => {
    await Promise.all([
      tx`set local synchronous_commit = off`,
      lockDeliveries(tx, [...told, ...failed]),
      attempts.length > 0 ? insertAttempts(tx, attempts) : null,
      told.length > 0 ? closeDeliveries(tx, told, now) : null,
      failed.length > 0 ? putOff(tx, failed, now) : null,
    ]);
  });
}
