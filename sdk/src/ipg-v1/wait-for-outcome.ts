/**
 * Polls a payment's status until the payment has ended.
 *
 * A status query moves no money, so it is safe to repeat. Sending the payment again is not.
 */
import { TransportError } from "../errors.ts";
import type { WaitForOutcomeOptions } from "./requests.ts";
import type {
  Accepted,
  NotPaid,
  PaymentStatus,
  Result,
  PaymentOutcome,
  Unknown,
  UnknownReason,
} from "./results.ts";
import { withJitter, sleep } from "../http/sleep.ts";
import { validateMilliseconds } from "../http/timeouts.ts";

type QueryPayment = (signal: AbortSignal | undefined) => Promise<Result<PaymentStatus>>;

/** Longer than the 90 s that a prompt stays on a phone. */
const defaultTimeoutMs = 120_000;

const initialDelayMs = 500;
const maxDelayMs = 10_000;

/** A status query may overtake a request that is still in transit. After this time, the request has arrived or is lost. */
const arrivalMs = 5_000;

/** Wire statuses of payments that ended unpaid. Any other status counts as "still open". */
const notPaidReasons: ReadonlyMap<string, string> = new Map([
  ["Failed", "The payment failed; no money moved."],
  ["Cancelled", "The customer declined, or the payment failed; no money moved."],
  ["Expired", "The payment expired before it was approved; no money moved."],
]);

/** Codes of queries that may succeed on a retry. */
const retryableCodes: ReadonlySet<string> = new Set(["INS-1", "INS-6", "INS-9", "INS-16"]);

/** Codes of a query whose payment the platform does not know. */
const unknownCodes: ReadonlySet<string> = new Set(["INS-14", "INS-18", "INS-23"]);

/** "Unknown Status": the gateway may also answer so while it does not know the state, so only the timeout ends the wait. */
const ambiguousCode = "INS-23";

/** The result of the last query. */
type QueryResult = Result<PaymentStatus> | TransportError;

export async function waitForOutcome(
  reference: string,
  query: QueryPayment,
  options: WaitForOutcomeOptions,
): Promise<PaymentOutcome> {
  const { signal } = options;
  const timeoutMs = validateMilliseconds("timeoutMs", options.timeoutMs) ?? defaultTimeoutMs;
  // The wall clock may be changed while we wait, so use the monotonic one.
  const startedAt = performance.now();
  let unknownSince: number | null = null;
  for (let attempts = 1; ; attempts += 1) {
    const result = await tryQuery(query, signal);
    const outcome = toFinalOutcome(reference, result);
    if (outcome !== null) return outcome;

    const now = performance.now();
    unknownSince = isPaymentUnknown(result) && !isAmbiguous(result) ? (unknownSince ?? now) : null;
    const remainingMs = startedAt + timeoutMs - now;
    const neverArrived = unknownSince !== null && now - unknownSince >= arrivalMs;
    if (remainingMs <= 0 || neverArrived || isRetryPointless(result))
      return toUnknownOutcome(reference, result, attempts);
    await sleep(
      Math.min(remainingMs, withJitter(Math.min(initialDelayMs * 2 ** (attempts - 1), maxDelayMs))),
      signal,
    );
  }
}

/** Returns a transport error instead of throwing it, so that the query is retried. */
async function tryQuery(query: QueryPayment, signal: AbortSignal | undefined): Promise<QueryResult> {
  try {
    return await query(signal);
  } catch (error) {
    if (error instanceof TransportError) return error;
    throw error;
  }
}

const isPaymentUnknown = (result: QueryResult): boolean =>
  result.outcome === "refused" && unknownCodes.has(result.code);

const isAmbiguous = (result: QueryResult): boolean =>
  result.outcome === "refused" && result.code === ambiguousCode;

/** If the account has a response URL, the platform sends query results there, too. */
const isDeliveredToListener = (result: QueryResult): boolean =>
  !(result instanceof TransportError) &&
  result.outcome === "unknown" &&
  result.unknownReason === "acknowledged";

/** The result goes to the listener, or the query would be refused again: wrong shortcode, product not enabled. */
const isRetryPointless = (result: QueryResult): boolean =>
  isDeliveredToListener(result) ||
  (result.outcome === "refused" && !isPaymentUnknown(result) && !retryableCodes.has(result.code));

function toFinalOutcome(reference: string, result: QueryResult): Accepted<PaymentStatus> | NotPaid | null {
  if (result.outcome !== "accepted") return null;
  if (result.status === "Completed") {
    return { ...result, reference, reason: "The payment was completed." };
  }
  const reason = notPaidReasons.get(result.status);
  if (reason === undefined) return null;
  const { status, conversationId, transactionId, httpStatus, fields } = result;
  return {
    outcome: "refused",
    code: null,
    status,
    reason,
    advice: "To try again, send a new payment with a new reference.",
    reference,
    conversationId,
    transactionId,
    httpStatus,
    fields,
  };
}

function toUnknownOutcome(reference: string, result: QueryResult, attempts: number): Unknown {
  const response = result instanceof TransportError ? null : result;
  return {
    outcome: "unknown",
    ...explainUnknown(result, attempts === 1 ? "1 query" : `${attempts} queries`),
    code: response?.code ?? null,
    reference,
    conversationId: response?.conversationId ?? null,
    transactionId: response?.transactionId ?? null,
    httpStatus: result.httpStatus,
    fields: response?.fields ?? null,
  };
}

function explainUnknown(
  result: QueryResult,
  attemptsText: string,
): { unknownReason: UnknownReason; reason: string; advice: string } {
  if (result.outcome === "accepted") {
    return {
      unknownReason: "still_open",
      reason: `The payment is still open (${result.status}) after ${attemptsText}.`,
      advice: "Query again later. The customer can still answer.",
    };
  }
  if (isPaymentUnknown(result)) {
    return {
      unknownReason: "not_found",
      reason: `The platform found no payment with this reference after ${attemptsText}.`,
      advice: isAmbiguous(result)
        ? "Query again later. M-Pesa's gateway also answers so while it does not know the state of a payment. Send the payment again only with the same reference."
        : "If reference and shortcode are right, the request never arrived. Send it again with the same reference.",
    };
  }
  if (isDeliveredToListener(result)) {
    return {
      unknownReason: "acknowledged",
      reason: "The platform sends this account's query results to its listener, not in the response.",
      advice:
        "Wait for the callback. To get query results in the response, remove the response URL from the account.",
    };
  }
  const message = result instanceof TransportError ? result.message : result.reason;
  return {
    unknownReason: "not_answered",
    reason: `The platform returned no status after ${attemptsText}. The last error: ${message}`,
    advice: result.outcome === "refused" ? result.advice : "Query again later.",
  };
}
