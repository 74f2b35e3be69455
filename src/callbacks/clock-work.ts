/**
 * Delivers due callbacks while the sandbox clock is advanced: at each step, before the clock moves on.
 *
 * Meanwhile the dispatchers of all servers continue as usual, because payments continue too. This job only
 * waits for callbacks of requests that began before the advance; otherwise a steady load would keep the
 * advance from ending. It reads its events from the stored attempts, whichever server made them.
 *
 * A listener that fails many times in a row gets no more calls until the advance has ended (`advance-failures.ts`).
 */
import { setTimeout as sleep } from "node:timers/promises";
import { msPerMinute, msPerSecond, type Clock, type ClockEvent, type ClockDrivenJob } from "../core/clock.ts";
import { idTimestamp, minIdAt, type Id, type PublicIds } from "../core/ids.ts";
import type { Rail } from "../core/rails.ts";
import { isTransient, type Sql } from "../store/driver/connect.ts";
import { deferBlocked, getApplicationKey, readNextDueAt } from "../store/rail/deliveries.ts";
import { readAttemptsSince, type AttemptRow } from "../store/rail/delivery-attempts.ts";
import type { AdvanceFailures } from "./advance-failures.ts";

export interface ClockWorkDeps {
  readonly rail: Rail;
  readonly sql: Sql;
  readonly clock: Clock;
  readonly publicIds: PublicIds;
  readonly newId: () => Id;
  readonly failures: AdvanceFailures;
  /** Called when the advance has ended: what it skipped is still due. */
  readonly onEnd: () => void;
  readonly onError: (activity: string, error: unknown) => void;
}

/** The part of the dispatcher that this job uses. */
export interface ClockWorkDispatcher {
  /** Starts to deliver due callbacks of requests with ids below this one. */
  claim(below: Id): Promise<void>;
  /** Resolves when the next call, in progress or later, has been recorded. */
  nextEnd(): Promise<void>;
  readonly stopped: boolean;
}

/** How long one run may take. The caller decides whether to run it again. */
const passTimeoutMs = 5 * msPerSecond;
/** How often to check whether other servers have finished their calls. */
const pollIntervalMs = 100;
/** The longest time between the creation of an attempt's id and its commit, clock differences included. */
const maxWriteDelayMs = msPerMinute;

export function createClockWork(deps: ClockWorkDeps, dispatcher: ClockWorkDispatcher): ClockDrivenJob {
  const { rail, sql, clock, publicIds, newId, failures, onError } = deps;
  /** Lowest id after the start of the advance. */
  let startId = newId();
  let listFromId = startId;
  const listed = new Set<Id>();
  const listedSkips = new Set<string>();
  let hasEnded = false;

  const findNextDueAt = (until: number): Promise<number | null> =>
    readNextDueAt(sql, until, startId, failures.getSkipped());

  async function deliverDue(): Promise<void> {
    const now = clock.now();
    const deadline = performance.now() + passTimeoutMs;
    for (;;) {
      const callEnded = dispatcher.nextEnd();
      await dispatcher.claim(startId);
      await deferBlocked(sql, now);
      if ((await findNextDueAt(now)) === null) return;
      if (dispatcher.stopped || hasEnded || performance.now() > deadline) return;
      await Promise.race([callEnded, sleep(pollIntervalMs)]);
    }
  }

  async function listEvents(): Promise<ClockEvent[]> {
    const readAt = idTimestamp(newId());
    const attempts = await readAttemptsSince(sql, listFromId, startId);
    const newAttempts = attempts.filter(({ id }) => !listed.has(id));
    const minId = minIdAt(readAt - maxWriteDelayMs);
    if (minId > listFromId) listFromId = minId;
    for (const { id } of newAttempts) listed.add(id);
    for (const id of listed) if (id < listFromId) listed.delete(id);
    return [...newAttempts.map((attempt) => toClockEvent(attempt, rail, publicIds)), ...listSkips()];
  }

  /** One event for each listener and application that is skipped from now on. */
  function listSkips(): ClockEvent[] {
    const { listeners, applications } = failures.getSkipped();
    const names = [...listeners, ...applications].filter((name) => !listedSkips.has(name));
    for (const name of names) listedSkips.add(name);
    return names.map((name) => toSkipEvent(name, clock.now(), rail));
  }

  return {
    begin() {
      startId = newId();
      listFromId = startId;
      listed.clear();
      listedSkips.clear();
      hasEnded = false;
      failures.begin();
    },
    end() {
      hasEnded = true;
      failures.end();
      deps.onEnd();
    },
    nextAt: findNextDueAt,
    async run() {
      try {
        await deliverDue();
        return await listEvents();
      } catch (error) {
        if (!isTransient(error)) throw error;
        // The deliveries stay due, and the events stay unlisted, until the caller runs this job again.
        onError("delivering callbacks while the clock is advanced", error);
        return [];
      }
    },
  };
}

function toClockEvent(attempt: AttemptRow, { market }: Rail, publicIds: PublicIds): ClockEvent {
  const transactionId = publicIds.receipt(attempt.notificationId);
  const at = attempt.businessAt.getTime();
  const { failure, url } = attempt;
  if (failure === null) {
    const warning = attempt.warning === null ? "" : ` ${attempt.warning}`;
    return {
      at,
      market,
      type: "callback_told",
      subject: transactionId,
      message: `${url} acknowledged the result of ${transactionId}.${warning}`,
    };
  }
  const isLast = attempt.deadLettered;
  return {
    at,
    market,
    type: isLast ? "callback_parked" : "callback_failed",
    subject: transactionId,
    message:
      `Attempt ${attempt.attempt} to deliver the result of ${transactionId} to ${url} failed: ${failure}` +
      (isLast ? " It was the last attempt; the callback is now dead-lettered." : ""),
  };
}

function toSkipEvent(name: string, at: number, { market }: Rail): ClockEvent {
  const application = getApplicationKey(name);
  const [subject, owner] =
    name === application
      ? [`The listeners of application ${application}`, "their"]
      : [`${name.slice(application.length + 1)} (application ${application})`, "its"];
  return {
    at,
    market,
    type: "callbacks_postponed",
    subject: application,
    message: `${subject} failed too many times in a row: no more calls during this advance. After it, ${owner} callbacks are due.`,
  };
}
