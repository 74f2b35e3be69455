/**
 * Sends the callbacks of one rail: claims due deliveries (`claim-loop.ts`), calls their listeners and records the
 * attempts.
 * Applications that pull their callbacks are served by `pull-delivery.ts`.
 *
 * Claiming and recording are short transactions. During the call between them, a delivery has only a lease of
 * twenty seconds of wall time. If a server crashes, other servers claim its deliveries when their leases
 * expire. So each message is delivered at least once, and twice only if the outcome of the first call was lost.
 */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { msPerSecond, type Clock, type ClockDrivenJob } from "../core/clock.ts";
import { createEmitter } from "../core/events.ts";
import type { Id, PublicIds } from "../core/ids.ts";
import type { Environment } from "../core/markets.ts";
import { createPoller } from "../core/poller.ts";
import type { Rail } from "../core/rails.ts";
import type { Sql } from "../store/driver/connect.ts";
import type { CallbackFaultKind } from "../store/rail/callback-faults.ts";
import type { AttemptRow } from "../store/rail/delivery-attempts.ts";
import {
  releaseLeases,
  deferBlocked,
  readQueueState,
  type ClaimedDelivery,
  type QueueState,
} from "../store/rail/deliveries.ts";
import type { WebhookClient } from "./webhook-client.ts";
import type { CallbackProtocols, Notification } from "./notification.ts";
import { resendNotifications } from "./stored-notifications.ts";
import { createAdvanceFailures } from "./advance-failures.ts";
import { createAttemptWriter, type AttemptWriter } from "./attempt-writer.ts";
import { createClaimLoop } from "./claim-loop.ts";
import { readDelivery, type DeliveryDetails } from "./delivery-details.ts";
import { createPullQueue, type PullEvents, type PullQueue } from "./pull-delivery.ts";
import type { Signer } from "./signing.ts";
import { missingMessageAttempt } from "./deliver.ts";
import { deliverWithFault } from "./faults.ts";
import { createClockWork } from "./clock-work.ts";

/** How long calls in progress may continue when the server stops. */
const drainTimeoutMs = 3 * msPerSecond;
/** How long stopping may take in total, recording included. */
const closeTimeoutMs = 8 * msPerSecond;
/** How often to defer blocked deliveries, and to return messages to push that no application pulls any more. */
const maintenanceIntervalMs = 5 * msPerSecond;

export interface CallbackDispatcherDeps {
  readonly rail: Rail;
  readonly sql: Sql;
  readonly clock: Clock;
  /** How often to poll: `CommitEvents.pollInterval` of the rail. */
  readonly pollInterval: (intervalMs: number) => () => number;
  readonly publicIds: PublicIds;
  readonly newId: () => Id;
  readonly environment: Environment;
  readonly protocols: CallbackProtocols;
  readonly signer: Signer;
  readonly client: WebhookClient;
  /** Sent as User-Agent. */
  readonly userAgent: string;
  readonly random: () => number;
  /** Returns those of these applications that currently pull their callbacks. */
  readonly filterPullApplications: (applicationIds: readonly bigint[]) => Promise<ReadonlySet<bigint>>;
  /** Called after every attempt, for the metrics. */
  readonly onAttempt: (attempt: AttemptRow) => void;
  /** Called with internal errors. The work is retried. */
  readonly onError: (activity: string, error: unknown) => void;
}

export interface CallbackDispatcher {
  /** Call this when a delivery may be due, so that it is not found only by the next poll. */
  notify(): void;
  readonly clockWork: ClockDrivenJob;
  /** For sandbox applications that pull their callbacks. */
  readonly pullQueue: PullQueue;
  /** Returns a message with its attempts; null if there is no callback for this id. */
  read(id: Id): Promise<DeliveryDetails | null>;
  /** Makes messages due now. Returns how many exist. */
  resend(ids: readonly Id[]): Promise<number>;
  /** The state of the queue, and the business time at which it was read. */
  state(): Promise<QueueState & { readonly now: number }>;
  /** Waits a few seconds for calls in progress, then aborts them and releases their leases. */
  close(): Promise<void>;
}

export function createCallbackDispatcher(deps: CallbackDispatcherDeps): CallbackDispatcher {
  const { sql, clock } = deps;
  const attemptWriter = createAttemptWriter(sql, () => clock.now(), deps.onError);
  const pullEvents = createEmitter<PullEvents>();
  const pullQueue = createPullQueue(deps, attemptWriter, pullEvents, notify);
  const failures = createAdvanceFailures();
  const calls = createCalls(deps, attemptWriter, (listener, delivered) => {
    failures.count(listener, delivered);
    claims.endCall(listener, delivered);
  });
  const claims = createClaimLoop({ ...deps, deliver: calls.start, getSkipped: failures.getSkipped });
  const maintenance = createPoller({
    async work() {
      await deferBlocked(sql, clock.now());
      if (deps.rail.environment === "sandbox") await pullQueue.returnToPush();
    },
    intervalMs: maintenanceIntervalMs,
    onError: (error) => deps.onError("maintaining the callback queue", error),
  });
  let stopped = false;

  function notify(): void {
    if (stopped) return;
    pullEvents.emit("due");
    claims.notify();
  }

  return {
    notify,
    clockWork: createClockWork(
      { ...deps, failures, onEnd: claims.notify },
      {
        // The clock waits for these deliveries, so failed listeners are not probed with single calls.
        claim: (below) => claims.claim({ probing: false, below }),
        nextEnd: calls.nextEnd,
        get stopped() {
          return stopped;
        },
      },
    ),
    pullQueue,
    read: (id) => readDelivery(deps, id),
    async resend(ids) {
      const count = await resendNotifications(deps, ids, clock.now());
      notify();
      return count;
    },
    async state() {
      const now = clock.now();
      return { ...(await readQueueState(sql, now)), now };
    },
    async close() {
      stopped = true;
      await Promise.all([claims.stop(), maintenance.stop()]);
      await calls.drain();
    },
  };
}

interface Calls {
  start(delivery: ClaimedDelivery, message: Notification | undefined, fault: CallbackFaultKind | null): void;
  /** Resolves when the next call, in progress or later, has been recorded. */
  nextEnd(): Promise<void>;
  /** Waits a few seconds for calls in progress, then aborts them. */
  drain(): Promise<void>;
}

/** The calls in progress. `onEnd` gets whether the listener acknowledged the message; null if it is not known. */
function createCalls(
  deps: CallbackDispatcherDeps,
  attemptWriter: AttemptWriter,
  onEnd: (listener: string, delivered: boolean | null) => void,
): Calls {
  const { sql } = deps;
  const events = createEmitter<{ ended: [] }>();
  const abortController = new AbortController();
  const active = new Set<Promise<void>>();

  /** Delivers one message and records the outcome. Never rejects. */
  async function deliver(
    delivery: ClaimedDelivery,
    message: Notification | undefined,
    fault: CallbackFaultKind | null,
  ): Promise<void> {
    let delivered: boolean | null = null;
    try {
      const result =
        message === undefined
          ? missingMessageAttempt(deps, delivery)
          : await deliverWithFault(deps, delivery, message, { fault, signal: abortController.signal });
      if (result === null) {
        await releaseLeases(sql, [delivery]);
      } else {
        delivered = result.internalFault ? null : result.delivered;
        if (result.attempt !== null) deps.onAttempt(result.attempt);
        await attemptWriter.record(result);
      }
    } catch (error) {
      // The lease expires, and the delivery is retried.
      deps.onError("sending a callback", error);
    }
    onEnd(delivery.listener, delivered);
    events.emit("ended");
  }

  return {
    start(delivery, message, fault) {
      const call = deliver(delivery, message, fault).finally(() => active.delete(call));
      active.add(call);
    },
    async nextEnd() {
      await once(events, "ended");
    },
    async drain() {
      const drainTimer = setTimeout(() => abortController.abort(), drainTimeoutMs);
      await Promise.race([Promise.all(active), sleep(closeTimeoutMs, undefined, { ref: false })]);
      clearTimeout(drainTimer);
    },
  };
}
