/**
 * Pull delivery: a client fetches the results of an application, instead of Pesarail posting them.
 * `pesarail listen` uses it on developers' machines, which the server cannot reach.
 */
import { Type } from "typebox";
import { setTimeout as sleep } from "node:timers/promises";
import type { WebhookResponse } from "../../callbacks/webhook-client.ts";
import { sanitizeText } from "../../core/sanitize-text.ts";
import { pullLeaseMs, type PulledMessage } from "../../callbacks/pull-delivery.ts";
import { attemptStatus } from "../../callbacks/schedule.ts";
import type { AttemptResult } from "../../callbacks/deliver.ts";
import { msPerSecond } from "../../core/clock.ts";
import type { PublicIds } from "../../core/ids.ts";
import { marketNames, type Market } from "../../core/markets.ts";
import { isTransient } from "../../store/driver/connect.ts";
import { lockApplication, readApplication, updateApplication } from "../../store/main/applications.ts";
import { record, object, stringEnum, nullable } from "../../core/schema.ts";
import { createCloseSignal } from "./close-signal.ts";
import { ApiError } from "../api-error.ts";
import { defineRoute, type ControlDeps } from "./route.ts";

const noSuchApplication = "No sandbox application has this id.";
const notPulling = "The application does not pull its results. Send POST /applications/{id}/relay first.";
const leaseLost =
  "The receipt is no longer valid: the lease expired and the result was collected again, or it was already recorded.";

const maxWaitSeconds = 30;
const maxPulled = 8;
/** How often a waiting request checks the database and whether its client is still connected. */
const pollIntervalMs = 500;
/** Pause after a notification, so that many commits cause one query. */
const batchDelayMs = 10;

const pullStatus = object({
  application: Type.String({ description: "The application's id.", examples: ["1"] }),
  name: Type.String({ examples: ["Sandbox application"] }),
  waiting: Type.Integer({
    description: "The number of results that wait to be collected, in all markets.",
    examples: [0],
  }),
});

const pulledDelivery = object({
  market: stringEnum(marketNames, { description: "The market of the payment." }),
  transactionId: Type.String({ examples: ["hv9ahxcg4ccv"] }),
  conversationId: Type.String({ examples: ["fd1e9143d22544459f7c66e1860ef276"] }),
  attempt: Type.Integer({ description: "Its number in the retry schedule, from 1.", examples: [1] }),
  url: nullable(
    Type.String({
      description:
        "The URL to which it would be posted: that of the request, or of the application; null if there is none. The server does not call it.",
      examples: ["https://shop.example/callbacks"],
    }),
  ),
  method: stringEnum(["POST", "GET"]),
  query: nullable(Type.String({ description: "What is added to the URL's query string; null for a POST." })),
  headers: record(Type.String(), { description: "The headers to send, including the signature." }),
  body: Type.String({ description: "The body to send, byte for byte." }),
  receipt: Type.String({
    description: "Proves, when the outcome is recorded, that the lease is still valid.",
  }),
  leaseSeconds: Type.Integer({
    description: "The duration of the lease, in wall time.",
    examples: [pullLeaseMs / msPerSecond],
  }),
});

export const pullRoutes = [
  defineRoute({
    method: "POST",
    path: "/applications/{id}/relay",
    summary:
      "Starts pull delivery for an application. From now on, its requests are acknowledged and their results wait to be collected, whatever response URL a request has. Results that already wait are due at once. Results of earlier requests are still posted.",
    status: 200,
    response: pullStatus,
    errors: { 404: noSuchApplication },
    async handle({ params }, deps) {
      const { id } = await setPullMode(true, params.id, deps);
      await Promise.all(marketNames.map((market) => deps.callbacks(market).pullQueue.makeDueNow(id)));
      return readPullStatus(id, deps);
    },
  }),

  defineRoute({
    method: "DELETE",
    path: "/applications/{id}/relay",
    summary:
      "Stops pull delivery for an application. Waiting results, and later results of earlier requests, are posted to their URL. A result without a URL waits until pull delivery starts again.",
    status: 200,
    response: pullStatus,
    errors: { 404: noSuchApplication },
    async handle({ params }, deps) {
      const { id } = await setPullMode(false, params.id, deps);
      await Promise.all(marketNames.map((market) => deps.callbacks(market).pullQueue.returnToPush()));
      return readPullStatus(id, deps);
    },
  }),

  defineRoute({
    method: "POST",
    path: "/applications/{id}/relay/collect",
    waits: true,
    summary:
      "Collects due results, oldest first, and waits for one if there is none. Results of the same payment are collected in order, one at a time. Each result has a lease. If its outcome is not recorded before the lease expires, it can be collected again.",
    body: object(
      {},
      {
        waitSeconds: Type.Integer({
          minimum: 0,
          maximum: maxWaitSeconds,
          description: `How long to wait for the first result: default 0, maximum ${maxWaitSeconds}.`,
        }),
        most: Type.Integer({
          minimum: 1,
          maximum: maxPulled,
          description: `How many to collect: default 1, maximum ${maxPulled}.`,
        }),
        market: stringEnum(marketNames, { description: "Only results of this market." }),
      },
    ),
    status: 200,
    response: object({
      deliveries: Type.Array(pulledDelivery, { description: "Empty if none was due in time." }),
    }),
    errors: { 404: noSuchApplication, 409: notPulling },
    async handle({ params, body }, deps, reply) {
      const { waitSeconds = 0, most: limit = 1, market } = body;
      const markets = market === undefined ? marketNames : [market];
      const deadline = performance.now() + waitSeconds * msPerSecond;
      const signal = createCloseSignal(reply);
      return { deliveries: await waitForDeliveries(params.id, deps, { markets, limit, deadline, signal }) };
    },
  }),

  defineRoute({
    method: "POST",
    path: "/applications/{id}/relay/record",
    summary:
      "Records the outcome of a collected result as an attempt. A 2xx status acknowledges it; otherwise it is retried on the schedule in docs/callbacks.md.",
    body: object(
      {
        market: stringEnum(marketNames),
        conversationId: Type.String({ maxLength: 40 }),
        receipt: Type.String({ pattern: "^[0-9]{20}$", description: "The receipt of the collected result." }),
        tookMs: Type.Integer({ minimum: 0, maximum: 600_000, description: "How long forwarding took." }),
      },
      {
        httpStatus: nullable(
          Type.Integer({ minimum: 100, maximum: 599, description: "Null if there was no response." }),
        ),
        answer: Type.String({ maxLength: 65_536, description: "The beginning of the response body." }),
        failure: nullable(
          Type.String({
            maxLength: 1000,
            description: "Why forwarding failed, as a sentence.",
          }),
        ),
        flag: nullable(
          Type.String({
            maxLength: 1000,
            description: "What is wrong with the acknowledgement, as a sentence.",
          }),
        ),
        retryAfterSeconds: nullable(
          Type.Integer({ minimum: 0, description: "The Retry-After of the response." }),
        ),
      },
    ),
    status: 200,
    response: object({
      outcome: stringEnum(["delivered", "delivered_with_warning", "failed", "dead_lettered"], {
        description:
          "`delivered_with_warning`: acknowledged with an unexpected response. `dead_lettered`: the last attempt of the schedule failed.",
      }),
      failure: nullable(Type.String()),
      flag: nullable(Type.String()),
      nextAt: nullable(Type.String({ description: "The next attempt: business time, as ISO 8601 in UTC." })),
      nextInSeconds: nullable(Type.Number({ description: "The time until then.", examples: [10.3] })),
    }),
    errors: { 404: noSuchApplication, 409: leaseLost },
    async handle({ params, body }, deps) {
      const { id } = await findApplication(params.id, deps);
      const { market, conversationId, receipt, ...reported } = body;
      const paymentId = deps.publicIds.decode(conversationId);
      const result =
        paymentId === null
          ? null
          : await mapUnavailable(
              deps
                .callbacks(market)
                .pullQueue.record(id, { id: paymentId, receipt }, toWebhookResponse(reported)),
            );
      if (result === null) throw new ApiError(409, leaseLost);
      return toRecordResponse(result, deps);
    },
  }),
] as const;

async function findApplication(id: string, { main }: ControlDeps) {
  const row = await readApplication(main, BigInt(id));
  if (row?.environment !== "sandbox") throw new ApiError(404, noSuchApplication);
  return row;
}

async function setPullMode(relay: boolean, id: string, deps: ControlDeps) {
  const application = await findApplication(id, deps);
  await deps.main.begin(async (tx) => {
    // Skip unchanged values: every change to an application clears the caches of all servers.
    const before = await lockApplication(tx, application.id);
    if (before !== undefined && before.pullEnabled !== relay)
      await updateApplication(tx, application.id, { pullEnabled: relay });
  });
  await deps.refreshApplicationCache();
  return application;
}

async function readPullStatus(id: bigint, { main, callbacks }: ControlDeps) {
  const [application, ...waiting] = await Promise.all([
    readApplication(main, id),
    ...marketNames.map((market) => callbacks(market).pullQueue.countWaiting(id)),
  ]);
  const total = waiting.reduce((sum, count) => sum + count, 0);
  return { application: id.toString(), name: application?.name ?? "", waiting: total };
}

interface PullOptions {
  readonly markets: readonly Market[];
  readonly limit: number;
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignal;
}

/** Checks at once, and again when a result may be due, until the deadline or until the client disconnects. */
async function waitForDeliveries(
  applicationId: string,
  deps: ControlDeps,
  { markets, limit, deadline, signal }: PullOptions,
) {
  using dueWaiter = createDueWaiter(markets.map((market) => deps.callbacks(market).pullQueue));
  for (;;) {
    const application = await mapUnavailable(findApplication(applicationId, deps));
    if (!application.pullEnabled) throw new ApiError(409, notPulling);
    const pulled = await mapUnavailable(pullFrom(markets, application.id, limit, deps));
    if (signal.aborted) {
      // The client is gone. Release the leases, so that the next client need not wait until they expire.
      for (const { market, messages } of pulled) await deps.callbacks(market).pullQueue.release(messages);
      return [];
    }
    if (pulled.length > 0)
      return pulled.flatMap((fromMarket) => toDeliveryResponse(fromMarket, deps.publicIds));
    const remainingMs = deadline - performance.now();
    if (remainingMs <= 0 || deps.clockDeps.stopping.aborted) return [];
    await dueWaiter.waitUpTo(Math.min(remainingMs, pollIntervalMs));
  }
}

interface PulledFromMarket {
  readonly market: Market;
  readonly messages: readonly PulledMessage[];
}

async function pullFrom(
  markets: readonly Market[],
  id: bigint,
  limit: number,
  { callbacks }: ControlDeps,
): Promise<PulledFromMarket[]> {
  const pulled: PulledFromMarket[] = [];
  let remaining = limit;
  for (const market of markets) {
    const messages = remaining === 0 ? [] : await callbacks(market).pullQueue.pull(id, remaining);
    remaining -= messages.length;
    if (messages.length > 0) pulled.push({ market, messages });
  }
  return pulled;
}

/** A notification that arrives while nothing waits is kept for the next wait. */
function createDueWaiter(pullQueues: readonly { onDue(listener: () => void): () => void }[]) {
  let notified = false;
  let endWait = (): void => {};
  const unsubscribers = pullQueues.map((pullQueue) =>
    pullQueue.onDue(() => {
      notified = true;
      endWait();
    }),
  );
  return {
    async waitUpTo(ms: number): Promise<void> {
      if (!notified) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          endWait = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      await sleep(batchDelayMs);
      notified = false;
    },
    [Symbol.dispose]: () => unsubscribers.forEach((unsubscribe) => unsubscribe()),
  };
}

function toDeliveryResponse({ market, messages }: PulledFromMarket, publicIds: PublicIds) {
  return messages.map(
    ({
      delivery: { notificationId: paymentId, attempts, receipt },
      fallbackUrl,
      method,
      query,
      headers,
      body,
    }) => ({
      market,
      transactionId: publicIds.receipt(paymentId),
      conversationId: publicIds.requestId(paymentId),
      attempt: attempts + 1,
      url: fallbackUrl,
      method,
      query,
      headers,
      body,
      receipt,
      leaseSeconds: pullLeaseMs / msPerSecond,
    }),
  );
}

interface ReportedResult {
  readonly tookMs: number;
  readonly httpStatus?: number | null;
  readonly answer?: string;
  readonly failure?: string | null;
  readonly flag?: string | null;
  readonly retryAfterSeconds?: number | null;
}

/** Converts a reported outcome to the result of a call: only a 2xx status acknowledges. */
function toWebhookResponse({
  tookMs,
  httpStatus = null,
  answer = "",
  ...reported
}: ReportedResult): WebhookResponse {
  const acknowledged = httpStatus !== null && httpStatus >= 200 && httpStatus < 300;
  const defaultFailure = httpStatus === null ? "There was no response." : `It answered ${httpStatus}.`;
  const failure = reported.failure ?? (acknowledged ? null : defaultFailure);
  const { retryAfterSeconds = null } = reported;
  return {
    httpStatus,
    durationMs: tookMs,
    body: sanitizeText(answer),
    failure: failure === null ? null : sanitizeText(failure),
    warning: reported.flag == null ? null : sanitizeText(reported.flag),
    retryAfterMs: retryAfterSeconds === null ? null : retryAfterSeconds * msPerSecond,
    aborted: false,
  };
}

function toRecordResponse({ attempt, nextAt }: AttemptResult, { clock }: ControlDeps) {
  return {
    outcome: attempt === null ? "failed" : attemptStatus(attempt),
    failure: attempt?.failure ?? null,
    flag: attempt?.warning ?? null,
    nextAt: nextAt === null ? null : new Date(nextAt).toISOString(),
    nextInSeconds: nextAt === null ? null : Math.max(0, nextAt - clock.now()) / msPerSecond,
  };
}

/** Converts a lost database to status 503, so that the client retries. */
async function mapUnavailable<T>(operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    if (!isTransient(error)) throw error;
    throw new ApiError(503, "The database is unavailable. No result is lost: try again.");
  }
}
