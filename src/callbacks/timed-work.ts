/**
 * Callbacks on the way of a clock that is moved: what is due there is told before the clock goes on.
 *
 * The ordinary loops of all servers go on telling meanwhile, for payments go on too. What was paid for after
 * the move began is theirs alone: a move that waited for it would not end before people stopped paying. What
 * was told is read from the attempts that were written down, whoever made them.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { minute, second, type Clock, type Happening, type TimedWork } from "../clock.ts";
import { idFloor, type Id, type WireNames } from "../ids.ts";
import type { Rail } from "../money.ts";
import { isTransient, type Sql } from "../store/connect.ts";
import { nextDelivery, putBehind } from "../store/deliveries.ts";
import { readAttemptsSince, type AttemptRow } from "../store/delivery-attempts.ts";
import { attemptsMax } from "./schedule.ts";

export interface TimedWorkDeps {
  readonly rail: Rail;
  readonly sql: Sql;
  readonly clock: Clock;
  readonly wire: WireNames;
  readonly newId: () => Id;
  readonly onTrouble: (what: string, error: unknown) => void;
}

/** What it needs of those who tell. */
export interface Telling {
  /** Begins to tell what is due of requests with lower ids than this. */
  claim(below: Id): Promise<void>;
  /** Resolves when a call that is under way, or begun from now on, has been recorded. */
  nextEnd(): Promise<void>;
  readonly stopped: boolean;
}

/** So long one pass may take; whoever moves the clock hears what it brought, and has patience or none. */
const passMs = 5 * second;
/** How often to look for what other servers have in hand. */
const lookEveryMs = 100;
/** An attempt is written down so long after it got its id, at most; servers' clocks that differ included. */
const writtenWithinMs = minute;

export function timedWork(deps: TimedWorkDeps, telling: Telling): TimedWork {
  const { rail, sql, clock, wire, newId, onTrouble } = deps;
  /** When the move began, as an id. */
  let begun = newId();
  let listFrom = begun;
  const listed = new Set<Id>();

  async function tellWhatIsDue(): Promise<void> {
    const now = clock.now();
    const enoughAt = performance.now() + passMs;
    for (;;) {
      const ended = telling.nextEnd();
      await telling.claim(begun);
      await putBehind(sql, now);
      if ((await nextDelivery(sql, now, begun)) === null) return;
      if (telling.stopped || performance.now() > enoughAt) return;
      await Promise.race([ended, sleep(lookEveryMs)]);
    }
  }

  async function list(): Promise<Happening[]> {
    const lookedAt = Date.now();
    const attempts = await readAttemptsSince(sql, listFrom, begun);
    const fresh = attempts.filter(({ id }) => !listed.has(id));
    const floor = idFloor(lookedAt - writtenWithinMs);
    if (floor > listFrom) listFrom = floor;
    for (const { id } of fresh) listed.add(id);
    for (const id of listed) if (id < listFrom) listed.delete(id);
    return fresh.map((attempt) => happeningOf(attempt, rail, wire));
  }

  return {
    begin() {
      begun = newId();
      listFrom = begun;
      listed.clear();
    },
    nextAt: (upto) => nextDelivery(sql, upto, begun),
    async run() {
      try {
        await tellWhatIsDue();
        return await list();
      } catch (error) {
        if (!isTransient(error)) throw error;
        // It is still due, or still to be listed: whoever moves the clock asks again.
        onTrouble("telling listeners on the way of a moved clock", error);
        return [];
      }
    },
  };
}

function happeningOf(attempt: AttemptRow, { market }: Rail, wire: WireNames): Happening {
  const about = wire.transactionId(attempt.paymentId);
  const { failure, flag, url } = attempt;
  const shared = { at: attempt.businessAt.getTime(), market, about };
  if (failure === null) {
    const oddly = flag === null ? "" : ` ${flag}`;
    return { ...shared, what: "callback_told", says: `${url} acknowledged the result of ${about}.${oddly}` };
  }
  const parked = attempt.attempt >= attemptsMax;
  return {
    ...shared,
    what: parked ? "callback_parked" : "callback_failed",
    says:
      `Attempt ${attempt.attempt} to tell ${url} the result of ${about} failed: ${failure}` +
      (parked ? " It was the last; a person has to look at it." : ""),
  };
}
