/**
 * Collecting one rail's callbacks: for an application whose results are not posted, but fetched by whoever
 * listens for it (`pesarail listen`) and told there.
 *
 * A message that is collected is the one that would be posted, with the same headers, and what came of it goes
 * the way of every attempt. Between the two it is under a lease of wall time, so whoever collected it and was
 * not heard of again, because the laptop sleeps, gets it once more. Nobody's collecting is no attempt.
 */
import type { Clock } from "../clock.ts";
import type { Id, WireNames } from "../ids.ts";
import type { Rail } from "../money.ts";
import type { Sql } from "../store/connect.ts";
import type { AttemptRow } from "../store/delivery-attempts.ts";
import { giveBack } from "../store/deliveries.ts";
import { homeOf } from "../store/relay-url.ts";
import {
  applicationsWithHome,
  collectDeliveries,
  countUncollected,
  hurryCollection,
  readCollected,
  sendHome,
  type Collected,
} from "../store/relay.ts";
import type { Answered } from "./call.ts";
import type { Message } from "./message.ts";
import { readStoredMessages, render, type Renderers } from "./messages.ts";
import type { Recording } from "./recording.ts";
import type { Signer } from "./signing.ts";
import { judged, lostMessage, outcomeOf, prepare, type Told } from "./tell.ts";

export interface RelayDeps {
  readonly rail: Rail;
  readonly sql: Sql;
  readonly clock: Clock;
  readonly wire: WireNames;
  readonly newId: () => Id;
  readonly renderers: Renderers;
  readonly signer: Signer;
  /** Sent as User-Agent. */
  readonly agent: string;
  readonly random: () => number;
  /** Those of these applications whose results are collected at the moment. */
  readonly relaying: (applicationIds: readonly bigint[]) => Promise<ReadonlySet<bigint>>;
  readonly onAttempt: (attempt: AttemptRow) => void;
  readonly onTrouble: (what: string, error: unknown) => void;
}

/** A message in the hands of whoever collected it. */
export interface RelayedMessage {
  readonly delivery: Collected;
  readonly message: Message;
  /** Where it would be posted if nobody collected it; null for nowhere. */
  readonly home: string | null;
  /** As they would be posted. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}

export interface Relay {
  /** Collects what is due for an application; each is under a lease of twenty seconds. */
  collect(applicationId: bigint, most: number): Promise<readonly RelayedMessage[]>;
  /** Records what came of one. Null if it is not in these hands any more. */
  record(
    applicationId: bigint,
    given: { readonly id: Id; readonly receipt: string },
    answered: Answered,
  ): Promise<Told | null>;
  /** Lets go of what was collected, untried. */
  letGo(messages: readonly RelayedMessage[]): Promise<void>;
  /** Has what waits for an application wait no longer. */
  hurry(applicationId: bigint): Promise<void>;
  /** How many wait for an application. */
  waiting(applicationId: bigint): Promise<number>;
  /** Sends on what waits for applications that are not collected for any more, if it has somewhere to go. */
  sendHome(): Promise<void>;
  /** Calls back whenever there may be more to collect. Returns what ends it. */
  onNews(listener: () => void): () => void;
}

/** Forwarding may take fifteen seconds; what is left is for the way here and back. */
export const relayLeaseMs = 20_000;

/** Rings when there may be more to collect. */
export class Bell {
  readonly #listeners = new Set<() => void>();

  ring(): void {
    for (const listener of this.#listeners) listener();
  }
  on(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

/** `wake` has others look for what may be due after something was recorded, and rings the bell. */
export function openRelay(deps: RelayDeps, recording: Recording, bell: Bell, wake: () => void): Relay {
  const { sql, rail, clock } = deps;

  async function collect(applicationId: bigint, most: number): Promise<readonly RelayedMessage[]> {
    const taken = { applicationId, most, now: clock.now(), leaseMs: relayLeaseMs };
    const collected = await collectDeliveries(sql, taken);
    if (collected.length === 0) return [];
    const messages = await readMessages(collected);
    const ready: RelayedMessage[] = [];
    for (const delivery of collected) {
      const message = messages.get(delivery.paymentId)?.message;
      if (message === undefined) await write(lostMessage(deps, delivery));
      else ready.push(...(await readyToTell(delivery, message)));
    }
    return ready;
  }

  async function readMessages(collected: readonly Collected[]) {
    try {
      return await readStoredMessages(
        sql,
        rail,
        collected.map(({ paymentId }) => paymentId),
      );
    } catch (error) {
      // If this fails too, their leases run out.
      await giveBack(sql, collected).catch(() => {});
      throw error;
    }
  }

  /** Nothing where it cannot be told by a fault of ours, which is an attempt like others. */
  async function readyToTell(delivery: Collected, message: Message): Promise<RelayedMessage[]> {
    const ready = await prepare(deps, message);
    if ("fault" in ready) {
      await write(outcomeOf(deps, delivery, message, new Date(), ready.fault));
      return [];
    }
    const { headers, body } = ready.request;
    return [{ delivery, message, home: homeOf(message.url), headers, body }];
  }

  async function write(told: Told): Promise<void> {
    if (told.attempt !== null) deps.onAttempt(told.attempt);
    await recording.record(told);
    wake();
  }

  return {
    collect,
    async record(applicationId, { id, receipt }, answered) {
      const [delivery, messages] = await Promise.all([
        readCollected(sql, applicationId, id, receipt),
        readStoredMessages(sql, rail, [id]),
      ]);
      const message = messages.get(id)?.message;
      if (delivery === undefined || message === undefined) return null;
      const came = judged(deps, () => render(deps.renderers, message), answered);
      const told = outcomeOf(deps, delivery, message, new Date(Date.now() - answered.tookMs), came);
      await write(told);
      return told;
    },
    async letGo(messages) {
      await giveBack(
        sql,
        messages.map(({ delivery }) => delivery),
      );
      wake();
    },
    async hurry(applicationId) {
      await hurryCollection(sql, applicationId, clock.now());
      wake();
    },
    waiting: (applicationId) => countUncollected(sql, applicationId),
    async sendHome() {
      const waiting = await applicationsWithHome(sql);
      if (waiting.length === 0) return;
      const relaying = await deps.relaying(waiting);
      for (const applicationId of waiting.filter((id) => !relaying.has(id))) {
        while ((await sendHome(sql, applicationId, clock.now())) > 0) wake();
      }
    },
    onNews: (listener) => bell.on(listener),
  };
}
