/** Polls the status of a payment until the payment has ended. */
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
import { pollOutcome } from "../http/poll-outcome.ts";

type QueryPayment = (signal: AbortSignal | undefined) => Promise<Result<PaymentStatus>>;

const delays = { initialMs: 500, factor: 2, maxMs: 10_000 } as const;

/** Wire statuses of payments that ended unpaid. Any other status counts as "still open". */
const notPaidReasons: ReadonlyMap<string, string> = new Map([
  ["Failed", "The payment failed; no money moved."],
  ["Cancelled", "The customer declined, or the reservation was released; no money moved."],
  ["Expired", "The payment expired before it was approved or committed; no money moved."],
]);

/** Codes of queries that may succeed on a retry. */
const retryableCodes: ReadonlySet<string> = new Set(["INS-1", "INS-6", "INS-9"]);

/** The result of the last query. */
type QueryResult = Result<PaymentStatus> | TransportError;

export const waitForOutcome = (
  reference: string,
  query: QueryPayment,
  options: WaitForOutcomeOptions,
): Promise<PaymentOutcome> =>
  pollOutcome<Result<PaymentStatus>, PaymentOutcome>(
    {
      delays,
      query,
      findOutcome: (result) => toFinalOutcome(reference, result),
      isNotFound: isPaymentUnknown,
      isRetryPointless,
      describeUnknown: (result, attempts) => toUnknownOutcome(reference, result, attempts),
    },
    options,
  );

const isPaymentUnknown = (result: QueryResult): boolean =>
  result.outcome === "refused" && result.code === "INS-23";

/** If the application has a default response URL, the platform sends query results there, too. */
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
    advice: "To try again, send a new payment with a new reference.",
    reference,
    conversationId,
    transactionId,
    httpStatus,
    fields,
  };
}

function toUnknownOutcome(reference: string, result: QueryResult, attempts: string): Unknown {
  const response = result instanceof TransportError ? null : result;
  return {
    outcome: "unknown",
    ...explainUnknown(result, attempts),
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
      advice: "Query again later. A reservation stays open until you commit or release it, or it expires.",
    };
  }
  if (isPaymentUnknown(result)) {
    return {
      unknownReason: "not_found",
      reason: `The platform found no payment with this reference after ${attemptsText}.`,
      advice:
        "If reference, shortcode and market are right, the request never arrived. Send it again with the same reference: it pays once.",
    };
  }
  if (isDeliveredToListener(result)) {
    return {
      unknownReason: "acknowledged",
      reason: "The platform sends this application's query results to its listener, not in the response.",
      advice:
        "Wait for the callback. To get query results in the response, remove the response URL from the application, and set it in the client or the request instead.",
    };
  }
  const message = result instanceof TransportError ? result.message : result.reason;
  return {
    unknownReason: "not_answered",
    reason: `The platform returned no status after ${attemptsText}. The last error: ${message}`,
    advice: result.outcome === "refused" ? result.advice : "Query again later.",
  };
}
