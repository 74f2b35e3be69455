/** Polls the state of an STK push until it has ended. */
import { TransportError } from "../errors.ts";
import { pollOutcome } from "../http/poll-outcome.ts";
import { explainResult, getResultOutcome } from "./codes.ts";
import type { WaitForOutcomeOptions } from "./requests.ts";
import type { CollectionStatus, PaymentOutcome, Result, Unknown, UnknownReason } from "./results.ts";
import { readText } from "./wire-response.ts";

type QueryCollection = (signal: AbortSignal | undefined) => Promise<Result<CollectionStatus>>;
type QueryResult = Result<CollectionStatus> | TransportError;

/** The real sandbox refuses many queries in a short time. */
const delays = { initialMs: 1_000, factor: 1.5, maxMs: 10_000 } as const;

export const waitForOutcome = (
  checkoutRequestId: string,
  query: QueryCollection,
  options: WaitForOutcomeOptions,
): Promise<PaymentOutcome> =>
  pollOutcome<Result<CollectionStatus>, PaymentOutcome>(
    {
      delays,
      query,
      findOutcome: (result) => toFinalOutcome(checkoutRequestId, result),
      isNotFound: isUnknownPush,
      isRetryPointless,
      describeUnknown: toUnknown,
    },
    options,
  );

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

function toUnknown(result: QueryResult, attempts: string): Unknown {
  const response = result instanceof TransportError ? null : result;
  return {
    outcome: "unknown",
    ...explainUnknown(result, attempts),
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
