/**
 * Pull delivery of one rail's callbacks: `pesarail listen` fetches the results of an application and forwards
 * them, instead of Pesarail posting them.
 *
 * A pulled message has the same body and headers as a posted one, and its outcome is recorded as an attempt.
 * Until then it has a lease of wall time. If the client records no outcome (a sleeping laptop, for example),
 * the message can be pulled again after the lease. Pulling alone is not an attempt.
 */
import type { EventEmitter } from "node:events";
import type { Clock } from "../core/clock.ts";
import { subscribe } from "../core/events.ts";
import type { Id, PublicIds } from "../core/ids.ts";
import type { Environment } from "../core/markets.ts";
import type { Rail } from "../core/rails.ts";
import type { Sql } from "../store/driver/connect.ts";
import type { AttemptRow } from "../store/rail/delivery-attempts.ts";
import { releaseLeases } from "../store/rail/deliveries.ts";
import { getFallbackUrl } from "../store/rail/pull-url.ts";
import {
  readApplicationsWithFallback,
  pullDeliveries,
  countUnpulled,
  makePullDue,
  readPulledDelivery,
  returnDeliveriesToPush,
  type PulledDelivery,
} from "../store/rail/pull-queue.ts";
import type { WebhookResponse } from "./webhook-client.ts";
import type { CallbackMethod, CallbackProtocols, Notification } from "./notification.ts";
import { readStoredNotifications, renderNotification } from "./stored-notifications.ts";
import type { AttemptWriter } from "./attempt-writer.ts";
import type { Signer } from "./signing.ts";
import {
  classifyResponse,
  missingMessageAttempt,
  toAttempt,
  prepareRequest,
  type AttemptResult,
} from "./deliver.ts";

export interface PullQueueDeps {
  readonly rail: Rail;
  readonly sql: Sql;
  readonly clock: Clock;
  readonly publicIds: PublicIds;
  readonly newId: () => Id;
  readonly environment: Environment;
  readonly protocols: CallbackProtocols;
  readonly signer: Signer;
  /** Sent as User-Agent. */
  readonly userAgent: string;
  readonly random: () => number;
  /** Returns those of these applications that currently pull their callbacks. */
  readonly filterPullApplications: (applicationIds: readonly bigint[]) => Promise<ReadonlySet<bigint>>;
  readonly onAttempt: (attempt: AttemptRow) => void;
  readonly onError: (activity: string, error: unknown) => void;
}

/** A message that a client has pulled and not recorded yet. */
export interface PulledMessage {
  readonly delivery: PulledDelivery;
  readonly message: Notification;
  /** The URL that it is posted to if the application stops pulling; null if there is none. */
  readonly fallbackUrl: string | null;
  readonly method: CallbackMethod;
  /** What is added to the URL's query string; null for a POST. */
  readonly query: string | null;
  /** The headers of a sent callback. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface PullQueue {
  /** Returns due messages of an application, each with a lease of twenty seconds. */
  pull(applicationId: bigint, limit: number): Promise<readonly PulledMessage[]>;
  /** Records the outcome of a pulled message. Null if the lease has expired and another client pulled it, or it is closed. */
  record(
    applicationId: bigint,
    pulled: { readonly id: Id; readonly receipt: string },
    response: WebhookResponse,
  ): Promise<AttemptResult | null>;
  /** Releases the leases of pulled messages without an attempt. */
  release(messages: readonly PulledMessage[]): Promise<void>;
  /** Makes all waiting messages of an application due now. */
  makeDueNow(applicationId: bigint): Promise<void>;
  /** Counts the messages that wait to be pulled. */
  countWaiting(applicationId: bigint): Promise<number>;
  /** Returns messages to push delivery if their application no longer pulls and they have a fallback URL. */
  returnToPush(): Promise<void>;
  /** Calls `listener` when messages may be due. Returns a function that unsubscribes. */
  onDue(listener: () => void): () => void;
}

/** Forwarding takes at most fifteen seconds; the rest is for the requests to pull and record. */
export const pullLeaseMs = 20_000;

/** `due` is emitted when messages may be due. */
export type PullEvents = { due: [] };

/** `notify` makes the dispatcher claim what became due after an outcome was recorded, and emits `due`. */
export function createPullQueue(
  deps: PullQueueDeps,
  attemptWriter: AttemptWriter,
  events: EventEmitter<PullEvents>,
  notify: () => void,
): PullQueue {
  const { sql, clock } = deps;

  async function pull(applicationId: bigint, limit: number): Promise<readonly PulledMessage[]> {
    const pulled = await pullDeliveries(sql, {
      applicationId,
      limit,
      now: clock.now(),
      leaseMs: pullLeaseMs,
    });
    if (pulled.length === 0) return [];
    const messages = await readPulledMessages(pulled);
    const ready: PulledMessage[] = [];
    for (const delivery of pulled) {
      const message = messages.get(delivery.notificationId)?.notification;
      if (message === undefined) await writeResult(missingMessageAttempt(deps, delivery));
      else ready.push(...(await preparePulledMessage(delivery, message)));
    }
    return ready;
  }

  async function readPulledMessages(pulled: readonly PulledDelivery[]) {
    try {
      return await readStoredNotifications(
        deps,
        pulled.map(({ notificationId: paymentId }) => paymentId),
      );
    } catch (error) {
      // If this fails too, the leases expire.
      await releaseLeases(sql, pulled).catch(() => {});
      throw error;
    }
  }

  /** Returns an empty array after an internal fault, which is recorded as a failed attempt. */
  async function preparePulledMessage(
    delivery: PulledDelivery,
    message: Notification,
  ): Promise<PulledMessage[]> {
    const ready = await prepareRequest(deps, message);
    if ("fault" in ready) {
      await writeResult(toAttempt(deps, delivery, message, new Date(), ready.fault));
      return [];
    }
    const { headers, body, method = "POST" } = ready.request;
    const { query = null } = ready.rendered;
    return [
      { delivery, message, fallbackUrl: getFallbackUrl(message.endpoint), method, query, headers, body },
    ];
  }

  async function writeResult(result: AttemptResult): Promise<void> {
    if (result.attempt !== null) deps.onAttempt(result.attempt);
    await attemptWriter.record(result);
    notify();
  }

  return {
    pull,
    async record(applicationId, { id, receipt }, response) {
      const [delivery, messages] = await Promise.all([
        readPulledDelivery(sql, applicationId, id, receipt),
        readStoredNotifications(deps, [id]),
      ]);
      const message = messages.get(id)?.notification;
      if (delivery === undefined || message === undefined) return null;
      const verdict = classifyResponse(deps, () => renderNotification(deps.protocols, message), response);
      const result = toAttempt(deps, delivery, message, new Date(Date.now() - response.durationMs), verdict);
      await writeResult(result);
      return result;
    },
    async release(messages) {
      await releaseLeases(
        sql,
        messages.map(({ delivery }) => delivery),
      );
      notify();
    },
    async makeDueNow(applicationId) {
      await makePullDue(sql, applicationId, clock.now());
      notify();
    },
    countWaiting: (applicationId) => countUnpulled(sql, applicationId),
    async returnToPush() {
      const waiting = await readApplicationsWithFallback(sql);
      if (waiting.length === 0) return;
      const pullApplications = await deps.filterPullApplications(waiting);
      for (const applicationId of waiting.filter((id) => !pullApplications.has(id))) {
        while ((await returnDeliveriesToPush(sql, applicationId, clock.now())) > 0) notify();
      }
    },
    onDue: (listener) => subscribe(events, "due", listener),
  };
}
