/**
 * Callbacks on the way of a clock that is moved: what is due there is told before the clock goes on.
 *
 * The ordinary loops of all servers go on telling meanwhile, for payments go on too. What was paid for after
 * the move began is theirs alone: a move that waited for it would not end before people stopped paying. What
 * was told is read from the attempts that were written down, whoever made them.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { msPerMinute, msPerSecond, type Clock, type ClockEvent, type ClockDrivenJob } from "../core/clock.ts";
import { minIdAt, type Id, type PublicIds } from "../core/ids.ts";
import type { Rail } from "../core/money.ts";
import { isTransient, type Sql } from "../store/driver/connect.ts";
import { readNextDueAt, deferBlocked } from "../store/rail/deliveries.ts";
import { readAttemptsSince, type AttemptRow } from "../store/rail/delivery-attempts.ts";

export interface ClockWorkDeps {
  readonly rail: Rail;
  readonly sql: Sql;
  readonly clock: Clock;
  readonly publicIds: PublicIds;
  readonly newId: () => Id;
  readonly onError: (activity: string, error: unknown) => void;
}

/** What it needs of those who tell. */
export interface ClockWorkDispatcher {
  /** Begins to tell what is due of requests with lower ids than this. */
  claim(below: Id): Promise<void>;
  /** Resolves when a call that is under way, or begun from now on, has been recorded. */
  nextEnd(): Promise<void>;
  readonly stopped: boolean;
}

/** So long one pass may take; whoever moves the clock hears what it brought, and has patience or none. */
const passTimeoutMs = 5 * msPerSecond;
/** How often to look for what other servers have in hand. */
const pollIntervalMs = 100;
/** An attempt is written down so long after it got its id, at most; servers' clocks that differ included. */
const maxWriteDelayMs = msPerMinute;

export function createClockWork(deps: ClockWorkDeps, dispatcher: ClockWorkDispatcher): ClockDrivenJob {
  const { rail, sql, clock, publicIds, newId, onError } = deps;
  /** When the move began, as an id. */
  let startId = newId();
  let listFromId = startId;
  const listed = new Set<Id>();

  async function deliverDue(): Promise<void> {
    const now = clock.now();
    const deadline = performance.now() + passTimeoutMs;
    for (;;) {
      const callEnded = dispatcher.nextEnd();
      await dispatcher.claim(startId);
      await deferBlocked(sql, now);
      if ((await readNextDueAt(sql, now, startId)) === null) return;
      if (dispatcher.stopped || performance.now() > deadline) return;
      await Promise.race([callEnded, sleep(pollIntervalMs)]);
    }
  }

  async function listEvents(): Promise<ClockEvent[]> {
    const readAt = Date.now();
    const attempts = await readAttemptsSince(sql, listFromId, startId);
    const newAttempts = attempts.filter(({ id }) => !listed.has(id));
    const minId = minIdAt(readAt - maxWriteDelayMs);
    if (minId > listFromId) listFromId = minId;
    for (const { id } of newAttempts) listed.add(id);
    for (const id of listed) if (id < listFromId) listed.delete(id);
    return newAttempts.map((attempt) => toClockEvent(attempt, rail, publicIds));
  }

  return {
    begin() {
      startId = newId();
      listFromId = startId;
      listed.clear();
    },
    nextAt: (until) => readNextDueAt(sql, until, startId),
    async run() {
      try {
        await deliverDue();
        return await listEvents();
      } catch (error) {
        if (!isTransient(error)) throw error;
        // It is still due, or still to be listed: whoever moves the clock asks again.
        onError("telling listeners on the way of a moved clock", error);
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
      `Attempt ${attempt.attempt} to tell ${url} the result of ${transactionId} failed: ${failure}` +
      (isLast ? " It was the last; a person has to look at it." : ""),
  };
}
