/**
 * Asks organisations' servers about the payments of one rail that customers started, and passes the answers to `payments`.
 *
 * A claim is a short transaction, and so is the decision. The request in between is outside any transaction. It is sent
 * once: if this server stops, the lease of the claim ends, and another server decides by the registered response type
 * without asking again.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { msPerSecond, type ClockDrivenJob } from "../core/clock.ts";
import type { Id } from "../core/ids.ts";
import { createPoller } from "../core/poller.ts";
import { completeValidation } from "../payments/pay-merchant.ts";
import type { Payments } from "../payments/payments.ts";
import type { ValidationResult } from "../payments/rules/validate.ts";
import {
  claimOverdueValidations,
  claimValidations,
  hasOpenValidation,
  releaseValidations,
  type ClaimedValidation,
  type OverdueValidation,
} from "../store/rail/validations.ts";
import { readValidations } from "./read-validations.ts";
import {
  requestValidation,
  type RequestedValidation,
  type RequestValidationDeps,
} from "./request-validation.ts";
import { createValidationSlots } from "./slots.ts";
import type { Validation } from "./validation-format.ts";

const pollIntervalMs = 500;
/** Pause between two claims, so that many small commits cause few claims. */
const batchDelayMs = 5;
/** How long the decision may take after the answer. A batch is retried for ten seconds. */
const decisionMs = 15 * msPerSecond;
const maxOverdue = 500;
/** How long one run may take while the clock is advanced. The caller decides whether to run it again. */
const clockRunMs = 5 * msPerSecond;
const clockPollIntervalMs = 50;

export interface ValidationWorkerDeps extends Omit<RequestValidationDeps, "environment" | "publicIds"> {
  readonly payments: Payments;
  /** Whether the rail's database has joined. */
  readonly isAvailable: () => boolean;
}

export interface ValidationWorker {
  /** Call this when a validation was queued, so that it is not found only by the next poll. */
  notify(): void;
  /** Waits for the validations of payments that were started before the clock was advanced. */
  readonly clockWork: ClockDrivenJob;
  /** Waits for the requests in progress, each until its deadline. */
  close(): Promise<void>;
}

export function createValidationWorker(deps: ValidationWorkerDeps): ValidationWorker {
  const { payments, newId, onError } = deps;
  const { rail, sql, clock, publicIds, validationTimeoutMs: timeoutMs } = payments.context;
  const requestDeps: RequestValidationDeps = { ...deps, environment: rail.environment, publicIds };
  const slots = createValidationSlots();
  const active = new Set<Promise<void>>();
  const abortController = new AbortController();
  const poller = createPoller({
    async work() {
      if (!deps.isAvailable()) return;
      await Promise.all([sendDue(), decideOverdue()]);
    },
    intervalMs: payments.commitEvents.pollInterval(pollIntervalMs),
    batchDelayMs,
    onError: (error) => onError("claiming validations", error),
  });

  async function sendDue(): Promise<void> {
    const budget = slots.getBudget();
    if (budget.limit <= 0) return;
    const claimed = await claimValidations(sql, { ...budget, leaseMs: timeoutMs + decisionMs });
    if (claimed.length === 0) return;
    const validations = await readClaimed(claimed);
    for (const row of claimed) start(row, validations.get(row.paymentId));
  }

  async function readClaimed(claimed: readonly ClaimedValidation[]): Promise<Map<Id, Validation>> {
    const ids = claimed.map(({ paymentId }) => paymentId);
    try {
      return await readValidations(sql, rail, ids);
    } catch (error) {
      // Nothing was sent. If this fails too, the leases end.
      await releaseValidations(sql, ids).catch(() => {});
      throw error;
    }
  }

  function start(row: ClaimedValidation, validation: Validation | undefined): void {
    slots.begin(row.validator);
    const run = ask(row, validation).finally(() => {
      active.delete(run);
      poller.notify();
    });
    active.add(run);
  }

  /** Sends one request and decides by its answer. Never rejects. */
  async function ask(row: ClaimedValidation, validation: Validation | undefined): Promise<void> {
    const requested = await requestValidation(requestDeps, row, validation, abortController.signal);
    slots.end(row.validator, requested.answered);
    // The lease ends, and another server decides.
    if (requested.aborted) return;
    await decide(row.paymentId, toResult(requested, row));
  }

  async function decideOverdue(): Promise<boolean> {
    const overdue = await claimOverdueValidations(sql, maxOverdue, decisionMs);
    await Promise.all(overdue.map((row) => decide(row.paymentId, toOverdueResult(row))));
    return overdue.length >= maxOverdue;
  }

  async function decide(paymentId: Id, result: ValidationResult): Promise<void> {
    try {
      await completeValidation(payments, { id: newId(), paymentId, result });
    } catch (error) {
      onError("deciding a validated payment", error);
    }
  }

  const unsubscribe = payments.commitEvents.subscribe(({ validationsQueued }) => {
    if (validationsQueued) poller.notify();
  });
  poller.notify();
  let startId = newId();

  return {
    notify: poller.notify,
    clockWork: {
      begin: () => void (startId = newId()),
      nextAt: async (until) =>
        (await hasOpenValidation(sql, startId)) ? Math.min(clock.now(), until) : null,
      async run() {
        const deadline = performance.now() + clockRunMs;
        while ((await hasOpenValidation(sql, startId)) && performance.now() < deadline) {
          poller.notify();
          await sleep(clockPollIntervalMs);
        }
        return [];
      },
    },
    async close() {
      unsubscribe();
      await poller.stop();
      const timer = setTimeout(() => abortController.abort(), timeoutMs + msPerSecond);
      await Promise.all(active);
      clearTimeout(timer);
    },
  };
}

function toResult({ answer }: RequestedValidation, { responseType }: ClaimedValidation): ValidationResult {
  return answer.verdict === "none" ? { ...answer, responseType } : answer;
}

const toOverdueResult = ({ isSent, responseType }: OverdueValidation): ValidationResult => ({
  verdict: "none",
  responseType,
  failure: isSent
    ? "The server that waited for the answer has stopped."
    : "It was not asked, because too many other requests waited for it.",
});
