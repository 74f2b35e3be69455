/**
 * Callbacks of one rail: claim what is due, call its listeners, record what came of it. What is collected
 * instead of being posted is `relay.ts`'s.
 *
 * The claim and the record are short transactions; the call between them holds nothing but a lease, of
 * twenty seconds on the wall's clock. A server that dies in the middle leaves rows that anybody may take
 * when their lease is over. So a message is told at least once, and twice only when nobody could know better.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { second, type Clock, type TimedWork } from "../clock.ts";
import type { Id, WireNames } from "../ids.ts";
import type { Rail } from "../money.ts";
import type { Sql } from "../store/connect.ts";
import type { AttemptRow } from "../store/delivery-attempts.ts";
import {
  applicationOf,
  claimDeliveries,
  giveBack,
  putBehind,
  readQueueState,
  type ClaimedDelivery,
  type QueueState,
} from "../store/deliveries.ts";
import type { Caller } from "./call.ts";
import { openListeners, type Allowance } from "./listeners.ts";
import type { Message } from "./message.ts";
import { readStoredMessages, resendMessages, type Renderers, type StoredMessage } from "./messages.ts";
import { openRecording } from "./recording.ts";
import { readInFull, type MessageInFull } from "./reading.ts";
import { Bell, openRelay, type Relay } from "./relay.ts";
import type { Signer } from "./signing.ts";
import { lostMessage, tell } from "./tell.ts";
import { timedWork } from "./timed-work.ts";

const pollMs = 500;
/** An attempt may take fifteen seconds; what is left is for recording it. */
const leaseMs = 20 * second;
/** Between two claims, so that many small commits make few claims. */
const gatherMs = 5;
/** How long calls that are under way may go on when the server stops. */
const finishWithinMs = 3 * second;
/** How long all of stopping may take, recording included. */
const closeWithinMs = 8 * second;
/** How often rows are looked for that wait behind others where nobody saw them begin to, or in a wrong queue. */
const tidyEveryMs = 5 * second;

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
  /** Those of these applications whose results are collected at the moment. */
  readonly relaying: (applicationIds: readonly bigint[]) => Promise<ReadonlySet<bigint>>;
  /** Told every finished attempt, for the metrics. */
  readonly onAttempt: (attempt: AttemptRow) => void;
  /** Told what went wrong on our side. It is tried again. */
  readonly onTrouble: (what: string, error: unknown) => void;
}

export interface Callbacks {
  /** Something may be due: looks now instead of at the next poll. */
  wake(): void;
  readonly work: TimedWork;
  /** What is collected instead of being posted: in the sandbox. */
  readonly relay: Relay;
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
  const recording = openRecording(sql, () => clock.now(), deps.onTrouble);
  const bell = new Bell();
  const relay = openRelay(deps, recording, bell, wake);
  const stop = new AbortController();
  /** Listeners, and applications, for which the last claim found as many as it was allowed to: there may be more. */
  const moreFor = new Set<string>();
  const calls = new Set<Promise<void>>();
  let stopped = false;
  let wanted = false;
  let looping = false;
  let claiming: Promise<unknown> = Promise.resolve();
  let ending = Promise.withResolvers<void>();

  function wake(): void {
    if (stopped) return;
    bell.ring();
    look();
  }

  function look(): void {
    if (stopped) return;
    wanted = true;
    if (!looping) void loop();
  }

  async function loop(): Promise<void> {
    looping = true;
    for (wanted = true; wanted; await sleep(gatherMs)) {
      wanted = false;
      try {
        await claim({ probing: true, below: null });
      } catch (error) {
        deps.onTrouble("looking for callbacks to send", error);
      }
    }
    looping = false;
  }

  /** Claims run one after another: each has to know what those before it began. */
  function claim(what: { readonly probing: boolean; readonly below: Id | null }): Promise<void> {
    const mine = claiming.then(() => claimNow(what));
    claiming = mine.catch(() => {});
    return mine;
  }

  async function claimNow({ probing, below }: Parameters<typeof claim>[0]): Promise<void> {
    const allowance = listeners.allowance({ probing });
    if (stopped || allowance.most <= 0) return;
    const claimed = await claimDeliveries(sql, { ...allowance, below, now: clock.now(), leaseMs });
    // A claim of some says nothing about the others.
    if (below === null) noteWhoHasMore(claimed, allowance);
    if (claimed.length === 0) return;
    // That was all the room there was to give at once; there may be some of the last.
    if (claimed.length >= allowance.most) look();
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

  function noteWhoHasMore(claimed: readonly ClaimedDelivery[], allowance: Allowance): void {
    const { each, free, eachApplication, freeOf } = allowance;
    const allowed = (name: string): number =>
      name === applicationOf(name) ? (freeOf[name] ?? eachApplication) : (free[name] ?? each);
    for (const name of moreFor) if (allowed(name) > 0) moreFor.delete(name);
    const names = claimed.flatMap(({ listener }) => [listener, applicationOf(listener)]);
    for (const [name, taken] of Map.groupBy(names, (each) => each)) {
      if (taken.length >= allowed(name)) moreFor.add(name);
    }
  }

  /** Tells one message and records what came of it. Never rejects. */
  async function carry(delivery: ClaimedDelivery, message: Message | undefined): Promise<void> {
    let told: boolean | null = null;
    try {
      const outcome =
        message === undefined
          ? lostMessage(deps, delivery)
          : await tell(deps, delivery, message, stop.signal);
      if (outcome === null) {
        await giveBack(sql, [delivery]);
      } else {
        told = outcome.ours ? null : outcome.told;
        if (outcome.attempt !== null) deps.onAttempt(outcome.attempt);
        await recording.record(outcome);
      }
    } catch (error) {
      // Its lease runs out, and it is tried again.
      deps.onTrouble("telling a listener", error);
    }
    listeners.end(delivery.listener, told);
    if (moreFor.has(delivery.listener) || moreFor.has(applicationOf(delivery.listener))) look();
    ending.resolve();
    ending = Promise.withResolvers();
  }

  async function tidy(): Promise<void> {
    await putBehind(sql, clock.now());
    if (deps.rail.environment === "sandbox") await relay.sendHome();
  }

  const poll = setInterval(look, pollMs).unref();
  const tidying = setInterval(() => {
    tidy().catch((error: unknown) => deps.onTrouble("ordering callbacks", error));
  }, tidyEveryMs).unref();
  look();

  return {
    wake,
    work: timedWork(deps, {
      // The clock stands meanwhile: nobody gains by sparing a listener that fails.
      claim: (below) => claim({ probing: false, below }),
      nextEnd: () => ending.promise,
      get stopped() {
        return stopped;
      },
    }),
    relay,
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
