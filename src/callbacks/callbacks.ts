/**
 * Callbacks of one rail: claim what is due, call its listeners, record what came of it.
 *
 * The claim and the record are short transactions; the call between them holds nothing but a lease, of
 * twenty seconds on the wall's clock. A server that dies in the middle leaves rows that anybody may take
 * when their lease is over. So a message is told at least once, and twice only when nobody could know better.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock, Happening, TimedWork } from "../clock.ts";
import { second } from "../clock.ts";
import { idFloor, type Id, type WireNames } from "../ids.ts";
import type { Rail } from "../money.ts";
import type { Sql } from "../store/connect.ts";
import { readAttemptsSince, type AttemptRow } from "../store/delivery-attempts.ts";
import {
  claimDeliveries,
  giveBack,
  nextDelivery,
  putBehind,
  readQueueState,
  type ClaimedDelivery,
  type QueueState,
} from "../store/deliveries.ts";
import type { Caller } from "./call.ts";
import { openListeners } from "./listeners.ts";
import type { Message } from "./message.ts";
import { readStoredMessages, resendMessages, type Renderers, type StoredMessage } from "./messages.ts";
import { openRecording } from "./recording.ts";
import { readInFull, type MessageInFull } from "./reading.ts";
import { attemptsMax } from "./schedule.ts";
import type { Signer } from "./signing.ts";
import { tell } from "./tell.ts";

const pollMs = 500;
/** An attempt may take fifteen seconds; what is left is for recording it. */
const leaseMs = 20 * second;
/** Between two claims, so that many small commits make few claims. */
const gatherMs = 5;
/** How long calls that are under way may go on when the server stops. */
const finishWithinMs = 3 * second;
/** How long all of stopping may take, recording included. */
const closeWithinMs = 8 * second;
/** How often rows that wait behind others are looked for where nobody saw them begin to wait. */
const putBehindEveryMs = 5 * second;

export interface CallbacksDeps {
  readonly rail: Rail;
  readonly sql: Sql;
  readonly clock: Clock;
  readonly wire: WireNames;
  readonly newId: () => Id;
  readonly renderers: Renderers;
  readonly signer: Signer;
  readonly caller: Caller;
  /** Sent as User-Agent. */
  readonly agent: string;
  readonly random: () => number;
  /** Told every finished attempt, for the metrics. */
  readonly onAttempt: (attempt: AttemptRow) => void;
  /** Told what went wrong on our side. It is tried again. */
  readonly onTrouble: (what: string, error: unknown) => void;
}

export interface Callbacks {
  /** Something may be due: looks now instead of at the next poll. */
  wake(): void;
  readonly work: TimedWork;
  /** A message in full, for people; null for an id that nobody is told about. */
  read(id: Id): Promise<MessageInFull | null>;
  /** Has messages told again, or sooner. Returns how many there were. */
  resend(ids: readonly Id[]): Promise<number>;
  /** How it stands with the queue, at this business time. */
  state(): Promise<QueueState & { readonly now: number }>;
  /** Lets calls that are under way finish, for a while, and gives the others back. */
  close(): Promise<void>;
}

export function openCallbacks(deps: CallbacksDeps): Callbacks {
  const { sql, clock } = deps;
  const listeners = openListeners();
  const recording = openRecording(sql, () => clock.now());
  const stop = new AbortController();
  /** Listeners for which the last claim found as many as it was allowed to: there may be more. */
  const moreFor = new Set<string>();
  const calls = new Set<Promise<void>>();
  let stopped = false;
  let wanted = false;
  let looping = false;
  let claiming: Promise<unknown> = Promise.resolve();

  function wake(): void {
    // Whoever moves the clock tells what is due on its way, and lists it.
    if (stopped || clock.moving?.() === true) return;
    wanted = true;
    if (!looping) void loop();
  }

  async function loop(): Promise<void> {
    looping = true;
    for (wanted = true; wanted; await sleep(gatherMs)) {
      wanted = false;
      try {
        await claim(true);
      } catch (error) {
        deps.onTrouble("looking for callbacks to send", error);
      }
    }
    looping = false;
  }

  /** Claims run one after another: each has to know what those before it began. */
  function claim(probing: boolean): Promise<void> {
    const mine = claiming.then(() => claimNow(probing));
    claiming = mine.catch(() => {});
    return mine;
  }

  async function claimNow(probing: boolean): Promise<void> {
    const allowance = listeners.allowance({ probing });
    if (stopped || allowance.most <= 0) return;
    const claimed = await claimDeliveries(sql, { ...allowance, now: clock.now(), leaseMs });
    noteWhoHasMore(claimed, allowance.each, allowance.free);
    if (claimed.length === 0) return;
    for (const { listener } of claimed) listeners.begin(listener);
    const messages = await readClaimed(claimed);
    for (const delivery of claimed) {
      const message = messages.get(delivery.paymentId)?.message;
      const call = carry(delivery, message).finally(() => calls.delete(call));
      calls.add(call);
    }
  }

  async function readClaimed(claimed: readonly ClaimedDelivery[]): Promise<Map<Id, StoredMessage>> {
    const ids = claimed.map(({ paymentId }) => paymentId);
    try {
      return await readStoredMessages(sql, deps.rail, ids);
    } catch (error) {
      for (const { listener } of claimed) listeners.end(listener, null);
      // If this fails too, their leases run out.
      await giveBack(sql, claimed).catch(() => {});
      throw error;
    }
  }

  function noteWhoHasMore(
    claimed: readonly ClaimedDelivery[],
    each: number,
    free: Readonly<Record<string, number>>,
  ): void {
    const allowed = (listener: string): number => free[listener] ?? each;
    for (const listener of moreFor) if (allowed(listener) > 0) moreFor.delete(listener);
    for (const [listener, taken] of Map.groupBy(claimed, (delivery) => delivery.listener)) {
      if (taken.length >= allowed(listener)) moreFor.add(listener);
    }
  }

  /** Tells one message and records what came of it. Never rejects. */
  async function carry(delivery: ClaimedDelivery, message: Message | undefined): Promise<void> {
    let told: boolean | null = null;
    try {
      if (message === undefined) throw new Error(`delivery ${delivery.paymentId} has no outbox row`);
      const outcome = await tell(deps, delivery, message, stop.signal);
      if (outcome === null) {
        await giveBack(sql, [delivery]);
      } else {
        told = outcome.attempt.failure === null;
        deps.onAttempt(outcome.attempt);
        await recording.record(outcome);
      }
    } catch (error) {
      // Its lease runs out, and it is tried again.
      deps.onTrouble("telling a listener", error);
    }
    listeners.end(delivery.listener, told);
    if (moreFor.has(delivery.listener)) wake();
  }

  const poll = setInterval(wake, pollMs).unref();
  const tidying = setInterval(() => {
    putBehind(sql, clock.now()).catch((error: unknown) => deps.onTrouble("ordering callbacks", error));
  }, putBehindEveryMs).unref();
  wake();

  return {
    wake,
    work: timedWork(deps, claim, () => stopped),
    read: (id) => readInFull(deps, id),
    async resend(ids) {
      const count = await resendMessages(sql, deps.rail, ids, clock.now());
      wake();
      return count;
    },
    async state() {
      const now = clock.now();
      return { ...(await readQueueState(sql, now)), now };
    },
    async close() {
      stopped = true;
      clearInterval(poll);
      clearInterval(tidying);
      await claiming;
      const patience = setTimeout(() => stop.abort(), finishWithinMs);
      await Promise.race([Promise.all(calls), sleep(closeWithinMs, undefined, { ref: false })]);
      clearTimeout(patience);
    },
  };
}

/** How often a clock that is being moved looks whether everything due has been told. */
const lookEveryMs = 20;
/** Servers' clocks may differ by this much: ids are wall time. */
const skewMs = 10 * second;

function timedWork(
  { rail, sql, clock, wire }: CallbacksDeps,
  claim: (probing: boolean) => Promise<void>,
  stopped: () => boolean,
): TimedWork {
  const reported = new Set<Id>();
  return {
    nextAt: (upto) => nextDelivery(sql, upto),
    async run() {
      const now = clock.now();
      const idFrom = idFloor(Date.now() - skewMs);
      while (!stopped() && (await nextDelivery(sql, now)) !== null) {
        // The clock stands meanwhile: nobody gains by sparing a listener that fails.
        await claim(false);
        await putBehind(sql, now);
        await sleep(lookEveryMs);
      }
      for (const id of reported) if (id < idFrom) reported.delete(id);
      const attempts = await readAttemptsSince(sql, now, idFrom);
      const fresh = attempts.filter(({ id }) => !reported.has(id));
      for (const { id } of fresh) reported.add(id);
      return fresh.map((attempt) => happeningOf(attempt, rail, wire));
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
