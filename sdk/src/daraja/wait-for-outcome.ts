/**
 * Polls the state of an STK push until it has ended.
 *
 * A query moves no money, so it is safe to repeat. Sending the push again is not.
 */
import { TransportError } from "../errors.ts";
import { sleep, withJitter } from "../http/sleep.ts";
import { validateMilliseconds } from "../http/timeouts.ts";
import { explainResult, getResultOutcome } from "./codes.ts";
import type { WaitForOutcomeOptions } from "./requests.ts";
import type { CollectionStatus, PaymentOutcome, Result, Unknown, UnknownReason } from "./results.ts";
import { readText } from "./wire-response.ts";

type QueryCollection = (signal: AbortSignal | undefined) => Promise<Result<CollectionStatus>>;
type QueryResult = Result<CollectionStatus> | TransportError;

/** Longer than the 90 s that a prompt stays on a phone. */
const defaultTimeoutMs = 120_000;

/** The real sandbox refuses many queries in a short time. */
const initialDelayMs = 1_000;
const maxDelayMs = 10_000;

/** A query may overtake a push that is still in transit. After this time, the push has arrived or is lost. */
const arrivalMs = 5_000;

export async function waitForOutcome(
  checkoutRequestId: string,
  query: QueryCollection,
  options: WaitForOutcomeOptions,
): Promise<PaymentOutcome> {
  const { signal } = options;
  const timeoutMs = validateMilliseconds("timeoutMs", options.timeoutMs) ?? defaultTimeoutMs;
  // The wall clock may be changed while we wait, so use the monotonic one.
  const startedAt = performance.now();
  for (let attempts = 1; ; attempts += 1) {
    const result = await tryQuery(query, signal);
    const outcome = toFinalOutcome(checkoutRequestId, result);
    if (outcome !== null) return outcome;
    const elapsedMs = performance.now() - startedAt;
    const remainingMs = timeoutMs - elapsedMs;
    const neverArrived = isUnknownPush(result) && elapsedMs >= arrivalMs;
    if (remainingMs <= 0 || neverArrived || isRetryPointless(result)) return toUnknown(result, attempts);
    const delayMs = withJitter(Math.min(initialDelayMs * 1.5 ** (attempts - 1), maxDelayMs));
    await sleep(Math.min(remainingMs, delayMs), signal);
  }
}

/** Returns a transport error instead of throwing it, so that the query is retried. */
async function tryQuery(query: QueryCollection, signal: AbortSignal | undefined): Promise<QueryResult> {
  try {
    return await query(signal);
  } catch (error) {
    if (error instanceof TransportError) return error;
    throw error;
  }
}

const isUnknownPush = (result: QueryResult): boolean =>
  !(result instanceof TransportError) &&
  result.outcome === "refused" &&
  /does not exist/i.test(readText(result.fields, "errorMessage")) &&
  !/merchant/i.test(readText(result.fields, "errorMessage"));

/** A wrong passkey or token stays wrong. A spike arrest or a failure of the platform passes. */
const isRetryPointless = (result: QueryResult): boolean =>
  !(result instanceof TransportError) &&
  result.outcome === "refused" &&
  !isUnknownPush(result) &&
  result.httpStatus !== 429 &&
  !/spike|busy|unavailable|maintenance|internal/i.test(readText(result.fields, "errorMessage"));

function toFinalOutcome(checkoutRequestId: string, result: QueryResult): PaymentOutcome | null {
  if (result instanceof TransportError || result.outcome !== "accepted" || result.status === "pending")
    return null;
  if (result.status === "paid") return { ...result, checkoutRequestId, reason: "The customer paid." };
  const { resultCode, status, reference, httpStatus, fields } = result;
  // A code that leaves the outcome open is not final.
  if (getResultOutcome(resultCode) === "unknown") return null;
  const { reason, advice } = explainResult(resultCode, readText(fields, "ResultDesc"));
  return {
    outcome: "refused",
    code: resultCode,
    reason,
    advice,
    status,
    resultCode,
    checkoutRequestId,
    reference,
    httpStatus,
    fields,
  };
}

function toUnknown(result: QueryResult, attempts: number): Unknown {
  const response = result instanceof TransportError ? null : result;
  return {
    outcome: "unknown",
    ...explainUnknown(result, attempts === 1 ? "1 query" : `${attempts} queries`),
    code: response?.code ?? null,
    reference: null,
    httpStatus: result.httpStatus,
    fields: response?.fields ?? null,
  };
}

function explainUnknown(
  result: QueryResult,
  attemptsText: string,
): { unknownReason: UnknownReason; reason: string; advice: string } {
  const isOpen =
    result.outcome === "accepted" || ("unknownReason" in result && result.unknownReason === "still_open");
  if (isOpen)
    return {
      unknownReason: "still_open",
      reason: `The push has no result after ${attemptsText}.`,
      advice: "Query again later, or wait for the callback.",
    };
  if (isUnknownPush(result))
    return {
      unknownReason: "not_found",
      reason: `The platform does not know the push after ${attemptsText}.`,
      advice: "Check checkoutRequestId, shortcode and environment.",
    };
  const message = result instanceof TransportError ? result.message : result.reason;
  return {
    unknownReason: "not_answered",
    reason: `The platform returned no status after ${attemptsText}. The last error: ${message}`,
    advice: result.outcome === "refused" ? result.advice : "Query again later.",
  };
}
