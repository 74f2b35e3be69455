/** Converts the platform's response to a result: one of three outcomes, with reason and advice. */
import type { Call } from "./operations.ts";
import { acknowledgementCode, explainCode, outcomeForCode } from "./codes.ts";
import { codes, operations, type Explanation } from "./generated.ts";
import type { Accepted, Refused, Result, Unknown, UnknownReason, WireFields } from "./results.ts";
import { isRefusedByAuthentication } from "./sessions.ts";
import { timedOut } from "../http/send.ts";
import type { WireResponse } from "./wire-response.ts";

/** Converts the response to the request with this reference. */
export function parseResponse<T>(
  call: Call<T>,
  reference: string,
  response: WireResponse | typeof timedOut,
  timeoutMs: number,
): Result<T> {
  if (response === timedOut) return timedOutResult(call, reference, timeoutMs);
  if (isRefusedByAuthentication(response)) return unauthorisedResult(reference, response);
  const { fields, status } = response;
  const { method, responseFields: answers } = operations[call.operation];
  const code = fields["output_ResponseCode"] ?? "";
  const explanation = explainCode(code, readDescription(response), call.operation);
  const outcome = outcomeForCode(code, method !== "GET");
  if (outcome === "refused") return refusedResult(reference, response, code, explanation);
  if (outcome !== "accepted") return unknownResult(reference, response, outcome, explanation);
  if (status < 200 || status > 299)
    return unknownResult(reference, response, "platform_error", codes["INS-1"]);
  // A success has the call's own fields. Without the first of them, it is only an acknowledgement.
  if (code === acknowledgementCode || readId(fields, answers[0] ?? "") === null) {
    return unknownResult(reference, response, "acknowledged", acknowledged);
  }
  return acceptedResult(call, reference, response, code);
}

const acknowledged = {
  reason: "The platform accepted the request and will send the result to your listener. Nothing is paid yet.",
  advice: "Wait for the callback with this reference, or poll the status (waitForOutcome).",
};

function acceptedResult<T>(
  call: Call<T>,
  reference: string,
  { status, fields }: WireResponse,
  code: string,
): Accepted<T> {
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

function refusedResult(
  reference: string,
  response: WireResponse,
  code: string,
  { reason, advice }: Explanation,
): Refused {
  return { outcome: "refused", code, reason, advice, ...commonFields(reference, response) };
}

/**
 * Authentication failed, so nothing was paid. The platform's own message, if there is one, is more specific than the
 * code.
 */
export function unauthorisedResult(reference: string, response: WireResponse): Refused {
  const { output_ResponseCode: code = "", output_error: platformError = "" } = response.fields;
  const { reason, advice } = codes["INS-989"];
  const platformMessage = (platformError === "" ? readDescription(response) : platformError).slice(
    0,
    maxMessageLength,
  );
  return {
    outcome: "refused",
    code: code === "" ? "INS-989" : code,
    reason: platformMessage === "" ? reason : `${reason} The platform's message: ${platformMessage}`,
    advice,
    ...commonFields(reference, response),
  };
}

function unknownResult(
  reference: string,
  response: WireResponse,
  unknownReason: UnknownReason,
  { reason, advice }: Explanation,
): Unknown {
  const code = response.fields["output_ResponseCode"] ?? "";
  return {
    outcome: "unknown",
    unknownReason,
    code: code || null,
    reason,
    advice,
    ...commonFields(reference, response),
  };
}

function timedOutResult({ operation }: Call, reference: string, timeoutMs: number): Unknown {
  return {
    outcome: "unknown",
    unknownReason: "timed_out",
    code: null,
    reason: `No response within ${timeoutMs / 1000} s. The platform may have processed the request.`,
    advice: explainCode("INS-9", "", operation).advice,
    reference,
    conversationId: null,
    transactionId: null,
    httpStatus: null,
    fields: null,
  };
}

/** Limits text from the other side, because our messages are written to logs. */
const maxMessageLength = 200;

const readDescription = ({ fields }: WireResponse): string =>
  (fields["output_ResponseDesc"] ?? fields["output_error"] ?? "").slice(0, maxMessageLength);

/** Null for an empty field or `N/A`. In a payment's status, `N/A` is a value: the payment is open. */
function readId(fields: WireFields, name: string): string | null {
  const id = fields[name] ?? "";
  return id === "" || (id === "N/A" && name !== "output_ResponseTransactionStatus") ? null : id;
}
