/**
 * Sends the callbacks of one rail: claims due deliveries, calls their listeners and records the attempts.
 * Applications that pull their callbacks are served by `pull-delivery.ts`.
 *
 * Claiming and recording are short transactions. During the call between them, a delivery has only a lease of
 * twenty seconds of wall time. If a server crashes, other servers claim its deliveries when their leases
 * expire. So each message is delivered at least once, and twice only if the outcome of the first call was lost.
 */
import { EventEmitter } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { msPerSecond, type Clock, type ClockDrivenJob } from "../core/clock.ts";
import type { Id, PublicIds } from "../core/ids.ts";
import type { Environment } from "../core/markets.ts";
import type { Rail } from "../core/rails.ts";
import type { Sql } from "../store/driver/connect.ts";
import type { AttemptRow } from "../store/rail/delivery-attempts.ts";
import {
  getApplicationKey,
  claimDeliveries,
  releaseLeases,
  deferBlocked,
  readQueueState,
  type ClaimedDelivery,
  type QueueState,
} from "../store/rail/deliveries.ts";
import type { WebhookClient } from "./webhook-client.ts";
import { createConcurrencyLimiter, type ConcurrencyBudget } from "./concurrency.ts";
import type { CallbackProtocols, Notification } from "./notification.ts";
import {
  readStoredNotifications,
  resendNotifications,
  type StoredNotification,
} from "./stored-notifications.ts";
import { createAttemptWriter } from "./attempt-writer.ts";
import { readDelivery, type DeliveryDetails } from "./delivery-details.ts";
import { createPullQueue, type PullEvents, type PullQueue } from "./pull-delivery.ts";
import type { Signer } from "./signing.ts";
import { missingMessageAttempt, deliverOnce } from "./deliver.ts";
import { createClockWork } from "./clock-work.ts";

const pollIntervalMs = 500;
/** An attempt takes at most fifteen seconds; the rest is for recording it. */
const leaseMs = 20 * msPerSecond;
/** Pause between two claims, so that many small commits cause few claims. */
const batchDelayMs = 5;
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
  const concurrency = createConcurrencyLimiter();
  const attemptWriter = createAttemptWriter(sql, () => clock.now(), deps.onError);
  const pullEvents = new EventEmitter<PullEvents>().setMaxListeners(0);
  const pullQueue = createPullQueue(deps, attemptWriter, pullEvents, notify);
  const abortController = new AbortController();
  /** Listeners and applications for which the last claim reached its limit, so more deliveries may be due. */
  const backlogged = new Set<string>();
  const activeCalls = new Set<Promise<void>>();
  let stopped = false;
  let claimRequested = false;
  let loopRunning = false;
  let lastClaim: Promise<unknown> = Promise.resolve();
  let callEnded = Promise.withResolvers<void>();

  function notify(): void {
    if (stopped) return;
    pullEvents.emit("due");
    requestClaim();
  }

  function requestClaim(): void {
    if (stopped) return;
    claimRequested = true;
    if (!loopRunning) void runClaims();
  }

  async function runClaims(): Promise<void> {
    loopRunning = true;
    for (claimRequested = true; claimRequested; await sleep(batchDelayMs)) {
      claimRequested = false;
      try {
        await claim({ probing: true, below: null });
      } catch (error) {
        deps.onError("claiming callbacks", error);
      }
    }
    loopRunning = false;
  }

  /** Claims run one after another, because each needs the number of calls that the previous ones started. */
  function claim(options: { readonly probing: boolean; readonly below: Id | null }): Promise<void> {
    const thisClaim = lastClaim.then(() => claimNow(options));
    lastClaim = thisClaim.catch(() => {});
    return thisClaim;
  }

  async function claimNow({ probing, below }: Parameters<typeof claim>[0]): Promise<void> {
    const budget = concurrency.getBudget({ probing });
    if (stopped || budget.limit <= 0) return;
    const claimed = await claimDeliveries(sql, {
      perListener: budget.perListener,
      freeByListener: budget.freeByListener,
      perApplication: budget.perApplication,
      freeByApplication: budget.freeByApplication,
      limit: budget.limit,
      belowId: below,
      now: clock.now(),
      leaseMs,
    });
    // A claim below an id gives no information about the other deliveries.
    if (below === null) trackBacklog(claimed, budget);
    if (claimed.length === 0) return;
    // The claim used its whole limit; the reserved capacity may still be free.
    if (claimed.length >= budget.limit) requestClaim();
    for (const { listener } of claimed) concurrency.begin(listener);
    const messages = await readClaimedMessages(claimed);
    for (const delivery of claimed) {
      const message = messages.get(delivery.notificationId)?.notification;
      const call = deliver(delivery, message).finally(() => activeCalls.delete(call));
      activeCalls.add(call);
    }
  }

  async function readClaimedMessages(
    claimed: readonly ClaimedDelivery[],
  ): Promise<Map<Id, StoredNotification>> {
    const ids = claimed.map(({ notificationId: paymentId }) => paymentId);
    try {
      return await readStoredNotifications(sql, deps.rail, ids);
    } catch (error) {
      for (const { listener } of claimed) concurrency.end(listener, null);
      // If this fails too, the leases expire.
      await releaseLeases(sql, claimed).catch(() => {});
      throw error;
    }
  }

  function trackBacklog(claimed: readonly ClaimedDelivery[], budget: ConcurrencyBudget): void {
    const { perListener, freeByListener, perApplication, freeByApplication } = budget;
    const allowed = (name: string): number =>
      name === getApplicationKey(name)
        ? (freeByApplication[name] ?? perApplication)
        : (freeByListener[name] ?? perListener);
    for (const name of backlogged) if (allowed(name) > 0) backlogged.delete(name);
    const names = claimed.flatMap(({ listener }) => [listener, getApplicationKey(listener)]);
    for (const [name, matches] of Map.groupBy(names, (claimedName) => claimedName)) {
      if (matches.length >= allowed(name)) backlogged.add(name);
    }
  }

  /** Sends one message and records the attempt. Never rejects. */
  async function deliver(delivery: ClaimedDelivery, message: Notification | undefined): Promise<void> {
    let delivered: boolean | null = null;
    try {
      const result =
        message === undefined
          ? missingMessageAttempt(deps, delivery)
          : await deliverOnce(deps, delivery, message, abortController.signal);
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
    concurrency.end(delivery.listener, delivered);
    if (backlogged.has(delivery.listener) || backlogged.has(getApplicationKey(delivery.listener)))
      requestClaim();
    callEnded.resolve();
    callEnded = Promise.withResolvers();
  }

  async function runMaintenance(): Promise<void> {
    await deferBlocked(sql, clock.now());
    if (deps.rail.environment === "sandbox") await pullQueue.returnToPush();
  }

  const pollTimer = setInterval(requestClaim, pollIntervalMs).unref();
  const maintenanceTimer = setInterval(() => {
    runMaintenance().catch((error: unknown) => deps.onError("maintaining the callback queue", error));
  }, maintenanceIntervalMs).unref();
  requestClaim();

  return {
    notify,
    clockWork: createClockWork(deps, {
      // The clock waits for these deliveries, so failed listeners are not probed with single calls.
      claim: (below) => claim({ probing: false, below }),
      nextEnd: () => callEnded.promise,
      get stopped() {
        return stopped;
      },
    }),
    pullQueue,
    read: (id) => readDelivery(deps, id),
    async resend(ids) {
      const count = await resendNotifications(sql, deps.rail, ids, clock.now());
      notify();
      return count;
    },
    async state() {
      const now = clock.now();
      return { ...(await readQueueState(sql, now)), now };
    },
    async close() {
      stopped = true;
      clearInterval(pollTimer);
      clearInterval(maintenanceTimer);
      await lastClaim;
      const drainTimer = setTimeout(() => abortController.abort(), drainTimeoutMs);
      await Promise.race([Promise.all(activeCalls), sleep(closeTimeoutMs, undefined, { ref: false })]);
      clearTimeout(drainTimer);
    },
  };
}
