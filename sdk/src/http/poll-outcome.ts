/**
 * Polls the outcome of a request until it is known, the time is over, or no query can learn it.
 *
 * A status query moves no money, so it is safe to repeat. Sending the request again is not.
 */
import { TransportError } from "../errors.ts";
import { sleep, withJitter } from "./sleep.ts";
import { validateMilliseconds } from "./timeouts.ts";

/** Longer than the 90 s that a prompt stays on a phone. */
const defaultTimeoutMs = 120_000;

/** A query may overtake a request that is still in transit. After this time, the request has arrived or is lost. */
const arrivalMs = 5_000;

export interface PollOptions {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The pauses between queries: the first, by what the next is longer, and the longest. */
export interface PollDelays {
  readonly initialMs: number;
  readonly factor: number;
  readonly maxMs: number;
}

/** What a protocol knows of its queries. */
export interface OutcomeQuery<Result, Outcome> {
  readonly delays: PollDelays;
  query(signal: AbortSignal | undefined): Promise<Result>;
  /** The outcome, or null while it is not known. */
  findOutcome(result: Result | TransportError): Outcome | null;
  /** Whether the platform says that it never got the request. */
  isNotFound(result: Result | TransportError): boolean;
  /** Whether the next query would have the same result. */
  isRetryPointless(result: Result | TransportError): boolean;
  /** What is returned without an outcome. `attempts` is a text, such as `3 queries`. */
  describeUnknown(result: Result | TransportError, attempts: string): Outcome;
}

export async function pollOutcome<Result, Outcome>(
  rules: OutcomeQuery<Result, Outcome>,
  { signal, timeoutMs: requestedMs }: PollOptions,
): Promise<Outcome> {
  const { initialMs, factor, maxMs } = rules.delays;
  const timeoutMs = validateMilliseconds("timeoutMs", requestedMs) ?? defaultTimeoutMs;
  // The wall clock may be changed while we wait, so use the monotonic one.
  const startedAt = performance.now();
  let notFoundSince: number | null = null;
  for (let attempts = 1; ; attempts += 1) {
    const result = await tryQuery(rules, signal);
    const outcome = rules.findOutcome(result);
    if (outcome !== null) return outcome;

    const now = performance.now();
    notFoundSince = rules.isNotFound(result) ? (notFoundSince ?? now) : null;
    const remainingMs = startedAt + timeoutMs - now;
    const neverArrived = notFoundSince !== null && now - notFoundSince >= arrivalMs;
    if (remainingMs <= 0 || neverArrived || rules.isRetryPointless(result))
      return rules.describeUnknown(result, attempts === 1 ? "1 query" : `${attempts} queries`);
    const delayMs = withJitter(Math.min(initialMs * factor ** (attempts - 1), maxMs));
    await sleep(Math.min(remainingMs, delayMs), signal);
  }
}

/** Returns a transport error instead of throwing it, so that the query is retried. */
async function tryQuery<Result>(
  { query }: Pick<OutcomeQuery<Result, unknown>, "query">,
  signal: AbortSignal | undefined,
): Promise<Result | TransportError> {
  try {
    return await query(signal);
  } catch (error) {
    if (error instanceof TransportError) return error;
    throw error;
  }
}
