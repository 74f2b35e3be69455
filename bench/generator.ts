/**
 * The load generator: a process of its own that keeps a number of connections busy with collections
 * and says how many were paid and how long each took.
 *
 * It shares two cores with the server that it measures, so it is written to cost little: raw sockets,
 * requests made by overwriting bytes, answers scanned only for their end and status. A plan comes in on
 * standard input, one JSON line with the result goes out on standard output.
 *
 * The loop is closed: a connection sends again when it has its answer. A server that stalls is
 * therefore asked less, and the percentiles describe waiting clients, not an open crowd.
 */
import { text } from "node:stream/consumers";
import { bearers, type BearerPlan } from "./bearers.ts";
import { drive } from "./connection.ts";
import { record } from "./histogram.ts";
import { requireLoopback } from "./loopback.ts";
import { napBetweenLooks } from "./nap.ts";
import { type Parties, paymentWriter } from "./payments.ts";
import { newRequest, type Target } from "./request.ts";
import { codeOf } from "./response.ts";
import { count, newTally, type Result, summary } from "./result.ts";

export interface Plan {
  readonly target: Target;
  readonly parties: Parties;
  readonly bearers: BearerPlan;
  readonly connections: number;
  /** Load before anything is counted, so that code and caches are warm. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** No more than this many requests in all, warm-up included. */
  readonly requestsMax: number;
  /** Chooses who pays whom; not 0. */
  readonly seed: number;
}

/** How long the last answers may take after the last request was sent. */
const drainMs = 15_000;

/** Runs the plan to its end, which is its time or its count, whichever comes first. */
export async function generate(plan: Plan): Promise<Result> {
  const address = requireLoopback(plan.target.url);
  const bearerFor = bearers(plan.bearers);
  const bearersMax = plan.bearers.kind === "fresh" ? plan.bearers.count : Infinity;
  const requestsMax = Math.min(plan.requestsMax, bearersMax);
  const write = paymentWriter(plan.parties, plan.seed);
  const tally = newTally();
  const cpuBefore = process.cpuUsage();
  const countFrom = performance.now() + plan.warmUpSeconds * 1000;
  const sendUntil = countFrom + plan.seconds * 1000;
  let lastAnswerAt = countFrom;

  const open = new Set<() => void>();
  const drained = Promise.withResolvers<void>();
  for (let index = 0; index < plan.connections; index += 1) {
    const request = newRequest(plan.target);
    const { bytes, at } = request;
    const close = drive(address, bytes, {
      over: (now) => tally.sent >= requestsMax || now >= sendUntil,
      next() {
        bearerFor(tally.sent).copy(bytes, at.bearer);
        write(request);
        tally.sent += 1;
      },
      answered(status, answer, end, sentAt, now) {
        count(tally.byStatus, status);
        if (status !== 201) count(tally.byCode, codeOf(answer, end));
        if (now < countFrom || now >= sendUntil) return;
        lastAnswerAt = now;
        record(tally.latencies, now - sentAt);
        if (status === 201) tally.ok += 1;
      },
      failed(reason, lost) {
        count(tally.errors, reason);
        if (lost) tally.unanswered += 1;
      },
      finished() {
        open.delete(close);
        if (open.size === 0) drained.resolve();
      },
    });
    open.add(close);
  }

  const patience = setTimeout(
    () => open.forEach((close) => close()),
    sendUntil + drainMs - performance.now(),
  );
  const stopNapping = napBetweenLooks();
  await drained.promise;
  stopNapping();
  clearTimeout(patience);

  // A count that ran out ends the measurement with its last answer, not with the clock.
  const seconds = (tally.sent >= requestsMax ? lastAnswerAt - countFrom : sendUntil - countFrom) / 1000;
  return summary(tally, seconds, process.cpuUsage(cpuBefore));
}

if (import.meta.main) {
  const plan: Plan = JSON.parse(await text(process.stdin));
  process.stdout.write(`${JSON.stringify(await generate(plan))}\n`);
}
