/**
 * Measures whether a listener handles several callbacks at the same time. With one worker it does not, and then
 * callbacks that are sent together are handled one after another: a race in its code cannot be seen.
 *
 * Only the listener's own time is compared. The headers of the requests are sent before the measurement, and their bodies
 * together.
 */
import type { CheckedPayment, ListenerMessage } from "../protocols/listener-checks.ts";
import type { Exchange } from "./exchange.ts";
import { createRequestHold } from "./hold.ts";
import { notObservable, type Finding } from "./finding.ts";
import { toRawContent } from "./message-content.ts";
import type { RawRequest } from "./raw-requests.ts";

/** How many callbacks are sent together. */
const together = 8;
/** From this, several callbacks were handled at the same time. Two workers reach 2. */
const minParallelism = 1.5;
/** How many callbacks a round sends alone. */
const alonePerRound = 3;
/** Noise makes a callback alone look slower, so the fastest of several rounds count. */
const minRounds = 3;
const maxRounds = 5;
/** No round starts later than this. */
const maxTotalMs = 5000;

export interface Parallelism {
  /** Null if it could not be measured. */
  readonly isParallel: boolean | null;
  /** What was measured, as a sentence. */
  readonly message: string;
}

/** What would make the hidden cases observable. */
const neededListener = "a listener with several workers";

/** Replaces a pass that proves nothing: the callbacks were sent together, but handled one after another. */
export function hideIfSequential(finding: Finding, { isParallel, message }: Parallelism): Finding {
  if (isParallel === true || finding.verdict !== "passed") return finding;
  return notObservable(
    `${finding.message}, but a race would not be seen. ${message} Start it with several workers, as in production.`,
    neededListener,
  );
}

export interface ParallelismDeps {
  beginPayments(labels: readonly string[]): Promise<readonly CheckedPayment[]>;
  createUnrequestedPayment(label: string): CheckedPayment;
  buildMessage(payment: CheckedPayment): ListenerMessage;
  buildHeaders(message: ListenerMessage): Promise<Record<string, string>>;
  callRaw(request: Omit<RawRequest, "url">): Promise<Exchange>;
}

export type MeasureParallelism = (deps: ParallelismDeps) => Promise<Parallelism>;

/** The shortest durations of several rounds, in milliseconds. */
export interface Durations {
  /** One callback that is booked. */
  readonly alone: number;
  /** Several callbacks that are booked, until the last response. */
  readonly together: number;
  /** One callback that is not booked: what the network and the machine take, and part of the listener's work. */
  readonly unbooked: number;
}

/** Delivers successes of different payments, one alone and several together, and compares the durations. */
export const measureParallelism: MeasureParallelism = async (deps) => {
  const startedAt = performance.now();
  let shortest: Durations = { alone: Infinity, together: Infinity, unbooked: Infinity };
  for (let round = 1; round <= maxRounds; round += 1) {
    const durations = await measureRound(deps, round);
    if (durations === null) return notMeasured;
    shortest = {
      alone: Math.min(shortest.alone, durations.alone),
      together: Math.min(shortest.together, durations.together),
      unbooked: Math.min(shortest.unbooked, durations.unbooked),
    };
    if (performance.now() - startedAt > maxTotalMs) break;
    if (round >= minRounds && calculateParallelism(shortest) >= minParallelism) break;
  }
  const isParallel = calculateParallelism(shortest) >= minParallelism;
  const [alone, all, unbooked] = [shortest.alone, shortest.together, shortest.unbooked].map(
    (durationMs) => `${durationMs.toFixed(1)} ms`,
  );
  const times = `one callback alone took ${alone}, ${together} together took ${all}, and one that is not booked ${unbooked}`;
  return {
    isParallel,
    message: isParallel
      ? `The listener handles several callbacks at the same time: ${times}.`
      : `The listener was not seen to handle several callbacks at the same time: ${times}.`,
  };
};

/**
 * How many callbacks were handled at the same time, on average, at least. What an unbooked callback takes does not count
 * as work, because a far network would make one worker look like several.
 */
export const calculateParallelism = (durations: Durations): number =>
  (together * Math.max(0, durations.alone - durations.unbooked)) / durations.together;

export const notMeasured: Parallelism = {
  isParallel: null,
  message: "Whether the listener handles several callbacks at the same time could not be measured.",
};

async function measureRound(deps: ParallelismDeps, round: number): Promise<Durations | null> {
  const alone: (number | null)[] = [];
  const unbooked: (number | null)[] = [];
  for (let i = 1; i <= alonePerRound; i += 1) {
    const messages = (await deps.beginPayments([`alone ${round}.${i}`])).map(deps.buildMessage);
    const unknown = deps.buildMessage(deps.createUnrequestedPayment(`unknown ${round}.${i}`));
    unbooked.push(await measureDelivery(deps, [unknown]));
    alone.push(await measureDelivery(deps, messages));
    // A listener may book unknown references, but none books the same callback again.
    unbooked.push(await measureDelivery(deps, messages));
  }
  const labels = Array.from({ length: together }, (_, i) => `together ${round}.${i + 1}`);
  const all = await measureDelivery(deps, (await deps.beginPayments(labels)).map(deps.buildMessage));
  const getShortest = (durations: readonly (number | null)[]): number | null =>
    durations.reduce(
      (one, other) => (one === null || other === null ? null : Math.min(one, other)),
      Infinity,
    );
  const [shortestAlone, shortestUnbooked] = [getShortest(alone), getShortest(unbooked)];
  if (shortestAlone === null || shortestUnbooked === null || all === null) return null;
  return { alone: shortestAlone, together: all, unbooked: shortestUnbooked };
}

/** How long the listener takes, from the bodies of the requests to the last response. Null without a response. */
async function measureDelivery(
  deps: ParallelismDeps,
  messages: readonly ListenerMessage[],
): Promise<number | null> {
  const headers = await Promise.all(messages.map((message) => deps.buildHeaders(message)));
  const hold = createRequestHold(messages.length);
  let releasedAt = 0;
  const calls = messages.map(async (message, i) => {
    const exchange = await deps.callRaw({
      headers: headers[i] ?? {},
      ...toRawContent(message),
      manner: "",
      beforeBody: () => hold.wait(),
    });
    return { exchange, durationMs: performance.now() - releasedAt };
  });
  await hold.allWait;
  releasedAt = performance.now();
  hold.release();
  const results = await Promise.all(calls);
  if (results.some(({ exchange }) => exchange.status === null)) return null;
  return Math.max(...results.map(({ durationMs }) => durationMs));
}
