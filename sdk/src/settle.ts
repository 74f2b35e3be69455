/**
 * Finds out how a payment ended, by asking until the platform knows.
 *
 * Asking moves nothing, so it may be done again and again; sending the payment again may not.
 */
import { TransportError } from "./errors.ts";
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
import { validateMilliseconds } from "./settings.ts";
import { withJitter, sleep } from "./waiting.ts";

type QueryPayment = (signal: AbortSignal | undefined) => Promise<Result<PaymentStatus>>;

/** Longer than the 90 s that a prompt lives on a phone. */
const defaultTimeoutMs = 120_000;

const initialDelayMs = 500;
const maxDelayMs = 10_000;

/** A request that is on its way may be overtaken by the question; after so long it has arrived or never will. */
const arrivalMs = 5_000;

/** What the wire says of payments that ended without money. Other words are taken for "still open". */
const notPaidReasons: ReadonlyMap<string, string> = new Map([
  ["Failed", "The payment failed; no money was moved."],
  ["Cancelled", "The payment was cancelled, by the customer or by whoever held it; no money was moved."],
  ["Expired", "The payment expired before it was approved or committed; no money was moved."],
]);

/** Codes of a question that may be answered when it is asked again. */
const retryableCodes: ReadonlySet<string> = new Set(["INS-1", "INS-6", "INS-9"]);

/** What the last question brought. */
type QueryResult = Result<PaymentStatus> | TransportError;

export async function waitForOutcome(
  reference: string,
  query: QueryPayment,
  options: WaitForOutcomeOptions,
): Promise<PaymentOutcome> {
  const { signal } = options;
  const timeoutMs = validateMilliseconds("timeoutMs", options.timeoutMs) ?? defaultTimeoutMs;
  // Not the machine's clock: somebody may set it meanwhile.
  const startedAt = performance.now();
  let unknownSince: number | null = null;
  for (let attempts = 1; ; attempts += 1) {
    const result = await tryQuery(query, signal);
    const outcome = toFinalOutcome(reference, result);
    if (outcome !== null) return outcome;

    const now = performance.now();
    unknownSince = isPaymentUnknown(result) ? (unknownSince ?? now) : null;
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

/** A question that is lost is asked again. */
async function tryQuery(query: QueryPayment, signal: AbortSignal | undefined): Promise<QueryResult> {
  try {
    return await query(signal);
  } catch (error) {
    if (error instanceof TransportError) return error;
    throw error;
  }
}

const isPaymentUnknown = (result: QueryResult): boolean =>
  result.outcome === "refused" && result.code === "INS-23";

/** An application that has a listener of its own is told there what it asks, too. */
const isDeliveredToListener = (result: QueryResult): boolean =>
  !(result instanceof TransportError) &&
  result.outcome === "unknown" &&
  result.unknownReason === "acknowledged";

/** The question is answered elsewhere, or refused and would be again: for a wrong shortcode, or a product not enabled. */
const isRetryPointless = (result: QueryResult): boolean =>
  isDeliveredToListener(result) ||
  (result.outcome === "refused" && !isPaymentUnknown(result) && !retryableCodes.has(result.code));

function toFinalOutcome(reference: string, result: QueryResult): Accepted<PaymentStatus> | NotPaid | null {
  if (result.outcome !== "accepted") return null;
  if (result.status === "Completed") {
    const reversed = result.reversed ? " Some or all of it was reversed since." : "";
    return { ...result, reference, reason: `The payment was completed.${reversed}` };
  }
  const reason = notPaidReasons.get(result.status);
  if (reason === undefined) return null;
  const { status, conversationId, transactionId, httpStatus, fields } = result;
  return {
    outcome: "refused",
    code: null,
    status,
    reason,
    advice: "Another attempt is a new payment with a new reference.",
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
    ...explainUnknown(result, attempts === 1 ? "once" : `${attempts} times`),
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
      reason: `The payment is still open (${result.status}); the platform was asked ${attemptsText}.`,
      advice: "Ask again later. A reservation stays open until it is committed, released or expires.",
    };
  }
  if (isPaymentUnknown(result)) {
    return {
      unknownReason: "not_found",
      reason: `The platform knows no payment with this reference; it was asked ${attemptsText}.`,
      advice:
        "The request never arrived, unless reference, shortcode or market are not its own. Send it again with the same reference: it pays once.",
    };
  }
  if (isDeliveredToListener(result)) {
    return {
      unknownReason: "acknowledged",
      reason: "The platform answers this application's questions to its listener, not to whoever asks.",
      advice:
        "Wait for the callback. To ask at once, take the response URL off the application, and name it in the client or the request.",
    };
  }
  const message = result instanceof TransportError ? result.message : result.reason;
  return {
    unknownReason: "not_answered",
    reason: `The platform was asked ${attemptsText} how the payment ended, and did not say. The last time: ${message}`,
    advice: result.outcome === "refused" ? result.advice : "Ask again later.",
  };
}
