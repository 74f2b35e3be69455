/**
 * The load generator: a separate process that sends payments on a number of connections, and reports how many were
 * paid and how long each took.
 *
 * It shares two cores with the measured server, so it uses little CPU: raw sockets, requests built by overwriting bytes,
 * responses scanned only for their end and status. It reads a plan as JSON on standard input, and prints the result as
 * one JSON line.
 *
 * The loop is closed: a connection sends its next request after the response. A slow server therefore gets fewer
 * requests, and the percentiles describe waiting clients, not a constant arrival rate.
 */
import { text } from "node:stream/consumers";
import { createBearers, type BearerPlan } from "./bearers.ts";
import { driveConnection } from "./connection.ts";
import { recordLatency } from "./histogram.ts";
import { requireLoopback } from "./loopback.ts";
import { yieldBetweenPolls } from "./yield.ts";
import { type Parties, copyPayment, createPaymentWriter } from "./payments.ts";
import { createRequest, type RequestTemplate } from "./request.ts";
import { parseResponseCode } from "./response.ts";
import { increment, createTally, type LoadResult, summarise } from "./result.ts";

export interface LoadPlan {
  /** The connections use them in turns. All have the same URL. */
  readonly requests: readonly RequestTemplate[];
  /** Each is sent after the request of its connection, for the same payment. Then only its response counts. */
  readonly confirmations?: readonly RequestTemplate[];
  /** The status of a payment's response. */
  readonly paidStatus: number;
  readonly parties: Parties;
  /** Null if the requests contain a token, which does not change. */
  readonly bearers: BearerPlan | null;
  readonly connections: number;
  /** The uncounted time at the start, to warm up code and caches. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** The maximum number of requests, including the warm-up. */
  readonly maxRequests: number;
  /** The random seed for the choice of parties; not 0. */
  readonly seed: number;
}

/** How long to wait for the last responses after the last request. */
const drainMs = 15_000;

/** Runs the plan until its time or its request limit is reached. */
export async function runLoad(plan: LoadPlan): Promise<LoadResult> {
  const { paidStatus } = plan;
  const [firstRequest] = plan.requests;
  if (firstRequest === undefined) throw new Error("the plan has no request");
  const address = requireLoopback(firstRequest.url);
  const bearerFor = plan.bearers === null ? null : createBearers(plan.bearers);
  const maxBearers = plan.bearers?.kind === "fresh" ? plan.bearers.count : Infinity;
  const maxRequests = Math.min(plan.maxRequests, maxBearers);
  const write = createPaymentWriter(plan.parties, plan.seed);
  const tally = createTally();
  const cpuBefore = process.cpuUsage();
  const countFrom = performance.now() + plan.warmUpSeconds * 1000;
  const sendUntil = countFrom + plan.seconds * 1000;
  let lastAnswerAt = countFrom;

  const open = new Set<() => void>();
  const drained = Promise.withResolvers<void>();
  for (let index = 0; index < plan.connections; index += 1) {
    const request = createRequest(plan.requests[index % plan.requests.length] ?? firstRequest);
    const { bytes, offsets } = request;
    const confirmationTemplate = plan.confirmations?.[index % plan.confirmations.length];
    const confirmation = confirmationTemplate === undefined ? null : createRequest(confirmationTemplate);
    /** When the request was sent that the next one confirms; null if the next one is none. */
    let unconfirmedSince: number | null = null;
    let confirms = false;
    const close = driveConnection(address, {
      isOver: (now) => now >= sendUntil || (unconfirmedSince === null && tally.sent >= maxRequests),
      fillNextRequest() {
        confirms = confirmation !== null && unconfirmedSince !== null;
        if (confirmation !== null && confirms) {
          copyPayment(request, confirmation);
          return confirmation.bytes;
        }
        if (bearerFor !== null) for (const at of offsets.bearer) bearerFor(tally.sent).copy(bytes, at);
        write(request);
        tally.sent += 1;
        return bytes;
      },
      onResponse(status, response, end, requestSentAt, now) {
        if (confirmation !== null && !confirms && status === paidStatus) {
          unconfirmedSince = requestSentAt;
          return;
        }
        const sentAt = unconfirmedSince ?? requestSentAt;
        unconfirmedSince = null;
        increment(tally.byStatus, status);
        if (status !== paidStatus) increment(tally.byCode, parseResponseCode(response, end));
        if (now < countFrom || now >= sendUntil) return;
        lastAnswerAt = now;
        recordLatency(tally.latencies, now - sentAt);
        if (status === paidStatus) tally.ok += 1;
      },
      onError(reason, lost) {
        unconfirmedSince = null;
        increment(tally.errors, reason);
        if (lost) tally.unanswered += 1;
      },
      onFinished() {
        open.delete(close);
        if (open.size === 0) drained.resolve();
      },
    });
    open.add(close);
  }

  const killTimer = setTimeout(
    () => open.forEach((close) => close()),
    sendUntil + drainMs - performance.now(),
  );
  const stopYielding = yieldBetweenPolls();
  await drained.promise;
  stopYielding();
  clearTimeout(killTimer);

  // If the request limit was reached, the measurement ends with the last response.
  const seconds = (tally.sent >= maxRequests ? lastAnswerAt - countFrom : sendUntil - countFrom) / 1000;
  return summarise(tally, {
    seconds,
    lastResponseAt: Date.now(),
    paidStatus,
    cpu: process.cpuUsage(cpuBefore),
  });
}

if (import.meta.main) {
  const plan: LoadPlan = JSON.parse(await text(process.stdin));
  process.stdout.write(`${JSON.stringify(await runLoad(plan))}\n`);
}
