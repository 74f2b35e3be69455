/**
 * Collecting one rail's callbacks: for an application whose results are not posted, but fetched by whoever
 * listens for it (`pesarail listen`) and told there.
 *
 * A message that is collected is the one that would be posted, with the same headers, and what came of it goes
 * the way of every attempt. Between the two it is under a lease of wall time, so whoever collected it and was
 * not heard of again, because the laptop sleeps, gets it once more. Nobody's collecting is no attempt.
 */
import type { EventEmitter } from "node:events";
import type { Clock } from "../core/clock.ts";
import type { Id, PublicIds } from "../core/ids.ts";
import type { Environment, Rail } from "../core/money.ts";
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
import type { Notification } from "./notification.ts";
import type { CallbackProtocols } from "./notification.ts";
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
  /** Those of these applications whose results are collected at the moment. */
  readonly filterPullApplications: (applicationIds: readonly bigint[]) => Promise<ReadonlySet<bigint>>;
  readonly onAttempt: (attempt: AttemptRow) => void;
  readonly onError: (activity: string, error: unknown) => void;
}

/** A message in the hands of whoever collected it. */
export interface PulledMessage {
  readonly delivery: PulledDelivery;
  readonly message: Notification;
  /** Where it would be posted if nobody collected it; null for nowhere. */
  readonly fallbackUrl: string | null;
  /** As they would be posted. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}

export interface PullQueue {
  /** Collects what is due for an application; each is under a lease of twenty seconds. */
  pull(applicationId: bigint, limit: number): Promise<readonly PulledMessage[]>;
  /** Records what came of one. Null if it is not in these hands any more. */
  record(
    applicationId: bigint,
    pulled: { readonly id: Id; readonly receipt: string },
    response: WebhookResponse,
  ): Promise<AttemptResult | null>;
  /** Lets go of what was collected, untried. */
  release(messages: readonly PulledMessage[]): Promise<void>;
  /** Has what waits for an application wait no longer. */
  makeDueNow(applicationId: bigint): Promise<void>;
  /** How many wait for an application. */
  countWaiting(applicationId: bigint): Promise<number>;
  /** Sends on what waits for applications that are not collected for any more, if it has somewhere to go. */
  returnToPush(): Promise<void>;
  /** Calls back whenever there may be more to collect. Returns what ends it. */
  onDue(listener: () => void): () => void;
}

/** Forwarding may take fifteen seconds; what is left is for the way here and back. */
export const pullLeaseMs = 20_000;

/** Emitted when there may be more to collect. */
export type PullEvents = { due: [] };

/** `wake` has others look for what may be due after something was recorded, and rings the bell. */
export function createPullQueue(
  deps: PullQueueDeps,
  attemptWriter: AttemptWriter,
  events: EventEmitter<PullEvents>,
  notify: () => void,
): PullQueue {
  const { sql, rail, clock } = deps;

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
        sql,
        rail,
        pulled.map(({ notificationId: paymentId }) => paymentId),
      );
    } catch (error) {
      // If this fails too, their leases run out.
      await releaseLeases(sql, pulled).catch(() => {});
      throw error;
    }
  }

  /** Nothing where it cannot be told by a fault of ours, which is an attempt like others. */
  async function preparePulledMessage(
    delivery: PulledDelivery,
    message: Notification,
  ): Promise<PulledMessage[]> {
    const ready = await prepareRequest(deps, message);
    if ("fault" in ready) {
      await writeResult(toAttempt(deps, delivery, message, new Date(), ready.fault));
      return [];
    }
    const { headers, body } = ready.request;
    return [{ delivery, message, fallbackUrl: getFallbackUrl(message.endpoint), headers, body }];
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
        readStoredNotifications(sql, rail, [id]),
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
    onDue(listener) {
      events.on("due", listener);
      return () => void events.off("due", listener);
    },
  };
}
