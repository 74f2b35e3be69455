/** Converts the platform's response to a result: one of three outcomes, with reason and advice. */
import { timedOut } from "../http/send.ts";
import type { Call } from "./calls.ts";
import { explainCode, outcomeForCode, type Explanation } from "./codes.ts";
import type { Accepted, Refused, Result, Unknown, UnknownReason, WireFields } from "./results.ts";
import { isRefusedByAuthentication, readCode, readDescription, type WireResponse } from "./wire-response.ts";

/** Converts the response to the request with this reference. */
export function parseResponse<T>(
  call: Call<T>,
  reference: string,
  response: WireResponse | typeof timedOut,
  timeoutMs: number,
): Result<T> {
  if (response === timedOut) return createTimedOut(reference, timeoutMs);
  if (isRefusedByAuthentication(response)) return createUnauthorised(reference, response);
  const { fields, status } = response;
  const code = readCode(response);
  const explanation = explainCode(code, readDescription(response));
  const outcome = outcomeForCode(code, call.method !== "GET");
  if (outcome === "refused") return createRefused(reference, response, explanation);
  if (outcome !== "accepted") return createUnknown(reference, response, outcome, explanation);
  if (status < 200 || status > 299)
    return createUnknown(reference, response, "platform_error", explainCode("INS-1"));
  // A success has the call's own field. Without it, it is only an acknowledgement.
  if (readId(fields, call.proof) === null)
    return createUnknown(reference, response, "acknowledged", acknowledged);
  return createAccepted(call, reference, response);
}

const acknowledged = {
  reason: "The platform accepted the request and will send the result to your listener. Nothing is paid yet.",
  advice: "Wait for the callback with this reference, or poll the status (waitForOutcome).",
};

function createAccepted<T>(call: Call<T>, reference: string, response: WireResponse): Accepted<T> {
  const { status, fields } = response;
  const code = readCode(response);
  return {
    outcome: "accepted",
    code,
    reason: explainCode(code).reason,
    reference,
    conversationId: readId(fields, "output_ConversationID"),
    httpStatus: status,
    fields,
    ...call.parseResult(fields),
  };
}

const commonFields = (reference: string, { status, fields }: WireResponse) => ({
  reference,
  conversationId: readId(fields, "output_ConversationID"),
  transactionId: readId(fields, "output_TransactionID"),
  httpStatus: status,
  fields,
});

const createRefused = (
  reference: string,
  response: WireResponse,
  { reason, advice }: Explanation,
): Refused => ({
  outcome: "refused",
  code: readCode(response),
  reason,
  advice,
  ...commonFields(reference, response),
});

/**
 * Authentication failed, so nothing was paid. The platform's own message, if there is one, is more specific than the
 * code.
 */
function createUnauthorised(reference: string, response: WireResponse): Refused {
  const { reason, advice } = explainCode("INS-2");
  const { output_error: error = "" } = response.fields;
  const message = error === "" ? readDescription(response) : error.slice(0, 200);
  return {
    outcome: "refused",
    code: readCode(response) || "INS-2",
    reason: message === "" ? reason : `${reason} The platform's message: ${message}`,
    advice,
    ...commonFields(reference, response),
  };
}

const createUnknown = (
  reference: string,
  response: WireResponse,
  unknownReason: UnknownReason,
  { reason, advice }: Explanation,
): Unknown => ({
  outcome: "unknown",
  unknownReason,
  code: readCode(response) || null,
  reason,
  advice,
  ...commonFields(reference, response),
});

const createTimedOut = (reference: string, timeoutMs: number): Unknown => ({
  outcome: "unknown",
  unknownReason: "timed_out",
  code: null,
  reason: `No response within ${timeoutMs / 1000} s. The platform may have processed the request.`,
  advice: explainCode("INS-9").advice,
  reference,
  conversationId: null,
  transactionId: null,
  httpStatus: null,
  fields: null,
});

/** Null for an empty field or `N/A`. In a payment's status, `N/A` is a value: the payment is open. */
function readId(fields: WireFields, name: string): string | null {
  const id = fields[name] ?? "";
  return id === "" || (id === "N/A" && name !== "output_ResponseTransactionStatus") ? null : id;
}
