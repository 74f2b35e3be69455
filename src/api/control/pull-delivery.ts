/**
 * Listening: an application's results are collected over a connection that the collector makes, instead of
 * being posted. It is what `pesarail listen` does on a laptop, which nobody can post to.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { sanitizeText, type WebhookResponse } from "../../callbacks/webhook-client.ts";
import { pullLeaseMs, type PulledMessage } from "../../callbacks/pull-delivery.ts";
import { attemptStatus } from "../../callbacks/schedule.ts";
import type { AttemptResult } from "../../callbacks/deliver.ts";
import { msPerSecond } from "../../core/clock.ts";
import type { PublicIds } from "../../core/ids.ts";
import { marketNames, type Market } from "../../core/money.ts";
import { isTransient } from "../../store/driver/connect.ts";
import { lockApplication, readApplication, updateApplication } from "../../store/main/applications.ts";
import { ControlError, defineRoute, type RouteRequest, type ControlDeps } from "./route.ts";
import { array, record, object, stringEnum, nullable, string, integer } from "./schema.ts";

const noSuchApplication = "The sandbox has no such application.";
const notPulling = "The application's results are not collected: begin first.";
const leaseLost =
  "The delivery is not in these hands any more: the lease is over and it was collected again, or it was told.";

const maxWaitSeconds = 30;
const maxPulled = 8;
/** How long to wait, at most, before looking whether whoever asked is still there. */
const pollIntervalMs = 500;
/** Many commits that come together make one look. */
const batchDelayMs = 10;

const pullStatus = object({
  application: string({ description: "The application's id.", examples: ["1"] }),
  name: string({ examples: ["Sandbox application"] }),
  waiting: integer({ description: "How many results wait to be collected, in all markets.", examples: [0] }),
});

const pulledDelivery = object({
  market: stringEnum(marketNames, { description: "The market that it comes from." }),
  transactionId: string({ examples: ["hv9ahxcg4ccv"] }),
  conversationId: string({ examples: ["fd1e9143d22544459f7c66e1860ef276"] }),
  attempt: integer({ description: "The first of its schedule is 1.", examples: [1] }),
  url: nullable(
    string({
      description:
        "Where it would be posted: the URL that the request named, else the application's own; null for nowhere. Nobody calls it.",
      examples: ["https://shop.example/told"],
    }),
  ),
  headers: record(string({}), { description: "What it is to be sent with, its signature among them." }),
  body: string({ description: "What is to be sent, byte for byte." }),
  receipt: string({ description: "What shows, when it is recorded, that it is still in these hands." }),
  leaseSeconds: integer({ description: "How long it is: wall time.", examples: [pullLeaseMs / msPerSecond] }),
});

export const pullRoutes = [
  defineRoute({
    method: "POST",
    path: "/applications/{id}/relay",
    summary:
      "Has an application's results collected from now on, instead of being posted: its calls are acknowledged, and their results wait for whoever collects them, whatever URL a request names. What waits already is due at once. Results of before go where they went.",
    status: 200,
    response: pullStatus,
    errors: { 404: noSuchApplication },
    async handle(request: RouteRequest<unknown, unknown>, deps: ControlDeps) {
      const { id } = await setPullMode(true, request, deps);
      await Promise.all(marketNames.map((market) => deps.callbacks(market).pullQueue.makeDueNow(id)));
      return readPullStatus(id, deps);
    },
  }),

  defineRoute({
    method: "DELETE",
    path: "/applications/{id}/relay",
    summary:
      "Has an application's results posted again. Of those that wait, and of those that are still to come of calls before, each goes to the URL that it would have been posted to; one that has none waits until results are collected again.",
    status: 200,
    response: pullStatus,
    errors: { 404: noSuchApplication },
    async handle(request: RouteRequest<unknown, unknown>, deps: ControlDeps) {
      const { id } = await setPullMode(false, request, deps);
      await Promise.all(marketNames.map((market) => deps.callbacks(market).pullQueue.returnToPush()));
      return readPullStatus(id, deps);
    },
  }),

  defineRoute({
    method: "POST",
    path: "/applications/{id}/relay/collect",
    summary:
      "Collects results that are due, the longest waiting first, and waits for one if there is none. What is told of one payment is collected in order, one at a time. What is collected is nobody else's until its lease is over, and is collected again if nobody has recorded by then what came of it.",
    body: object(
      {},
      {
        waitSeconds: integer({
          minimum: 0,
          maximum: maxWaitSeconds,
          description: `How long to wait for the first: ${maxWaitSeconds} at most; not at all if nothing is said.`,
        }),
        most: integer({
          minimum: 1,
          maximum: maxPulled,
          description: `How many: 1 if nothing is said, ${maxPulled} at most.`,
        }),
        market: stringEnum(marketNames, { description: "Only this market's." }),
      },
    ),
    status: 200,
    response: object({ deliveries: array(pulledDelivery, { description: "None if none was due in time." }) }),
    errors: { 404: noSuchApplication, 409: notPulling },
    async handle(request, deps) {
      const { waitSeconds = 0, most: limit = 1, market } = request.body;
      const markets = market === undefined ? marketNames : [market];
      const deadline = performance.now() + waitSeconds * msPerSecond;
      return { deliveries: await waitForDeliveries(request, deps, { markets, limit, deadline }) };
    },
  }),

  defineRoute({
    method: "POST",
    path: "/applications/{id}/relay/record",
    summary:
      "Records what came of a result that was collected. It counts as an attempt: acknowledged by a 2xx, else tried again on the schedule of docs/callbacks.md.",
    body: object(
      {
        market: stringEnum(marketNames),
        conversationId: string({ maxLength: 40 }),
        receipt: string({ pattern: "^[0-9]{20}$", description: "As it was collected with." }),
        tookMs: integer({ minimum: 0, maximum: 600_000, description: "How long forwarding it took." }),
      },
      {
        httpStatus: nullable(integer({ minimum: 100, maximum: 599, description: "Null without an answer." })),
        answer: string({ maxLength: 65_536, description: "The beginning of the answer's body." }),
        failure: nullable(
          string({
            maxLength: 1000,
            description: "Why there is no answer, or none that counts: a sentence.",
          }),
        ),
        flag: nullable(string({ maxLength: 1000, description: "What is odd about the answer: a sentence." })),
        retryAfterSeconds: nullable(integer({ minimum: 0, description: "What the answer asked for." })),
      },
    ),
    status: 200,
    response: object({
      outcome: stringEnum(["delivered", "delivered_with_warning", "failed", "dead_lettered"], {
        description:
          "`delivered_with_warning`: acknowledged, but the answer is unexpected. `dead_lettered`: the last attempt of the schedule failed.",
      }),
      failure: nullable(string({})),
      flag: nullable(string({})),
      nextAt: nullable(string({ description: "When it is tried again: business time, ISO 8601 in UTC." })),
      nextInSeconds: nullable({ type: "number", description: "How far off that is.", examples: [10.3] }),
    }),
    errors: { 404: noSuchApplication, 409: leaseLost },
    async handle(request, deps) {
      const { id } = await findApplication(request, deps);
      const { market, conversationId, receipt, ...reported } = request.body;
      const paymentId = deps.publicIds.decode(conversationId);
      const result =
        paymentId === null
          ? null
          : await mapUnavailable(
              deps
                .callbacks(market)
                .pullQueue.record(id, { id: paymentId, receipt }, toWebhookResponse(reported)),
            );
      if (result === null) throw new ControlError(409, leaseLost);
      return toRecordResponse(result, deps);
    },
  }),
];

async function findApplication(request: RouteRequest<unknown, unknown>, { main }: ControlDeps) {
  const id = request.param("id");
  const row = /^\d{1,18}$/.test(id) ? await readApplication(main, BigInt(id)) : undefined;
  if (row?.environment !== "sandbox") throw new ControlError(404, noSuchApplication);
  return row;
}

async function setPullMode(relay: boolean, request: RouteRequest<unknown, unknown>, deps: ControlDeps) {
  const application = await findApplication(request, deps);
  await deps.main.begin(async (tx) => {
    // Every change to an application has all servers forget what they know of any.
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
}

/** Looks at once, and again whenever something may have become due, until the time is up or nobody waits. */
async function waitForDeliveries(
  request: RouteRequest<unknown, unknown>,
  deps: ControlDeps,
  { markets, limit, deadline }: PullOptions,
) {
  const { signal } = request;
  using dueWaiter = createDueWaiter(markets.map((market) => deps.callbacks(market).pullQueue));
  for (;;) {
    const application = await mapUnavailable(findApplication(request, deps));
    if (!application.pullEnabled) throw new ControlError(409, notPulling);
    const pulled = await mapUnavailable(pullFrom(markets, application.id, limit, deps));
    if (signal.aborted) {
      // Nobody hears the answer: the next who asks need not wait for the leases to be over.
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

/** News that come while nobody waits for them are kept for whoever waits next. */
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
    ({ delivery: { notificationId: paymentId, attempts, receipt }, fallbackUrl, headers, body }) => ({
      market,
      transactionId: publicIds.receipt(paymentId),
      conversationId: publicIds.requestId(paymentId),
      attempt: attempts + 1,
      url: fallbackUrl,
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

/** What somebody says came of it, as if we had called: only a 2xx acknowledges. */
function toWebhookResponse({
  tookMs,
  httpStatus = null,
  answer = "",
  ...reported
}: ReportedResult): WebhookResponse {
  const acknowledged = httpStatus !== null && httpStatus >= 200 && httpStatus < 300;
  const defaultFailure = httpStatus === null ? "It was not answered." : `It answered ${httpStatus}.`;
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

/** A database that is away is said to be, so that whoever asked comes again. */
async function mapUnavailable<T>(operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    if (!isTransient(error)) throw error;
    throw new ControlError(503, "The database cannot be reached. Nothing is lost: ask again.");
  }
}
