/**
 * Claims due deliveries of one rail, as many as may be sent at once, and hands each to `deliver`.
 *
 * A commit of this server starts a claim at once. Polling finds what becomes due by time and what other servers commit.
 */
import { msPerSecond, type Clock } from "../core/clock.ts";
import type { Id } from "../core/ids.ts";
import { createPoller } from "../core/poller.ts";
import type { Rail } from "../core/rails.ts";
import type { Sql } from "../store/driver/connect.ts";
import { takeCallbackFaults, type CallbackFaultKind } from "../store/rail/callback-faults.ts";
import {
  claimDeliveries,
  getApplicationKey,
  releaseLeases,
  type ClaimedDelivery,
} from "../store/rail/deliveries.ts";
import type { SkippedQueues } from "./advance-failures.ts";
import { createConcurrencyLimiter, type ConcurrencyBudget } from "./concurrency.ts";
import type { CallbackProtocols, Notification } from "./notification.ts";
import { readStoredNotifications, type StoredNotification } from "./stored-notifications.ts";

const pollIntervalMs = 500;
/** Pause between two claims, so that many small commits cause few claims. */
const batchDelayMs = 5;
/** An attempt takes at most fifteen seconds; the rest is for recording it. */
const leaseMs = 20 * msPerSecond;

export interface ClaimLoopDeps {
  readonly rail: Rail;
  readonly sql: Sql;
  readonly clock: Clock;
  readonly protocols: CallbackProtocols;
  readonly onError: (activity: string, error: unknown) => void;
  /** How often to poll: `CommitEvents.pollInterval` of the rail. */
  readonly pollInterval: (intervalMs: number) => () => number;
  /** The queues that are not claimed now. */
  readonly getSkipped: () => SkippedQueues;
  /** Starts to deliver a message, with a fault that a test asked for. `endCall` must follow. */
  readonly deliver: (
    delivery: ClaimedDelivery,
    message: Notification | undefined,
    fault: CallbackFaultKind | null,
  ) => void;
}

export interface ClaimRequest {
  /** Whether a listener that failed several times in a row gets only one call, as a probe. */
  readonly probing: boolean;
  /** Claims only deliveries with ids below this one; null claims all. */
  readonly below: Id | null;
}

export interface ClaimLoop {
  /** Claims soon, because deliveries may be due. */
  notify(): void;
  /** Claims now. Claims run one after another, because each needs the number of calls that the previous ones started. */
  claim(request: ClaimRequest): Promise<void>;
  /** Ends a call that `deliver` started. `delivered` is null if the result gives no information about the listener. */
  endCall(listener: string, delivered: boolean | null): void;
  /** Starts no more claims, and waits for the running one. */
  stop(): Promise<void>;
}

export function createClaimLoop(deps: ClaimLoopDeps): ClaimLoop {
  const { sql, clock } = deps;
  const concurrency = createConcurrencyLimiter();
  /** Listeners and applications for which the last claim reached its limit, so more deliveries may be due. */
  const backlogged = new Set<string>();
  let stopped = false;
  let lastClaim: Promise<unknown> = Promise.resolve();
  const poller = createPoller({
    work: () => claim({ probing: true, below: null }),
    intervalMs: deps.pollInterval(pollIntervalMs),
    batchDelayMs,
    onError: (error) => deps.onError("claiming callbacks", error),
  });

  function claim(request: ClaimRequest): Promise<void> {
    const thisClaim = lastClaim.then(() => claimNow(request));
    lastClaim = thisClaim.catch(() => {});
    return thisClaim;
  }

  async function claimNow({ probing, below }: ClaimRequest): Promise<void> {
    const budget = withoutSkipped(concurrency.getBudget({ probing }), deps.getSkipped());
    if (stopped || budget.limit <= 0) return;
    const claimed = await claimDeliveries(sql, { ...budget, belowId: below, now: clock.now(), leaseMs });
    // A claim below an id gives no information about the other deliveries.
    if (below === null) trackBacklog(backlogged, claimed, budget);
    if (claimed.length === 0) return;
    // The claim used its whole limit; the reserved capacity may still be free.
    if (claimed.length >= budget.limit) poller.notify();
    for (const { listener } of claimed) concurrency.begin(listener);
    const messages = await readClaimedMessages(claimed);
    const faults = await takeFaults(claimed);
    for (const [index, delivery] of claimed.entries())
      deps.deliver(delivery, messages.get(delivery.notificationId)?.notification, faults[index] ?? null);
  }

  async function readClaimedMessages(
    claimed: readonly ClaimedDelivery[],
  ): Promise<Map<Id, StoredNotification>> {
    const ids = claimed.map(({ notificationId }) => notificationId);
    try {
      return await readStoredNotifications(deps, ids);
    } catch (error) {
      for (const { listener } of claimed) concurrency.end(listener, null);
      // If this fails too, the leases expire.
      await releaseLeases(sql, claimed).catch(() => {});
      throw error;
    }
  }

  /** The faults of the first of these deliveries. If they cannot be read, the deliveries have none. */
  async function takeFaults(claimed: readonly ClaimedDelivery[]): Promise<readonly CallbackFaultKind[]> {
    const [first] = claimed;
    if (first?.hasFaults !== true || deps.rail.environment !== "sandbox") return [];
    try {
      return await takeCallbackFaults(sql, claimed.length);
    } catch (error) {
      deps.onError("reading the faults of callbacks", error);
      return [];
    }
  }

  poller.notify();
  return {
    notify: poller.notify,
    claim,
    endCall(listener, delivered) {
      concurrency.end(listener, delivered);
      if (backlogged.has(listener) || backlogged.has(getApplicationKey(listener))) poller.notify();
    },
    async stop() {
      stopped = true;
      await Promise.all([poller.stop(), lastClaim]);
    },
  };
}

/** Updates the names of the listeners and applications that had more due deliveries than the claim could take. */
function trackBacklog(
  backlogged: Set<string>,
  claimed: readonly ClaimedDelivery[],
  { perListener, freeByListener, perApplication, freeByApplication }: ConcurrencyBudget,
): void {
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

/** The budget, with nothing for the skipped queues. */
function withoutSkipped(
  budget: ConcurrencyBudget,
  { listeners, applications }: SkippedQueues,
): ConcurrencyBudget {
  if (listeners.length === 0 && applications.length === 0) return budget;
  const toZero = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 0]));
  return {
    ...budget,
    freeByListener: { ...budget.freeByListener, ...toZero(listeners) },
    freeByApplication: { ...budget.freeByApplication, ...toZero(applications) },
  };
}
