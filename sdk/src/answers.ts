/** From the platform's answer to a result: which of the three outcomes it is, and what it means. */
import type { Call } from "./calls.ts";
import { acknowledgementCode, explain, outcomeOf } from "./explain.ts";
import { codes, operations, type Explanation } from "./generated/openapi-v2.ts";
import type { Accepted, Refused, Result, Unknown, UnknownBecause, WireFields } from "./results.ts";
import { refusedByAuthentication } from "./sessions.ts";
import { timedOut, type Answer } from "./transport.ts";

/** The result that an answer is, to the request with this reference. */
export function resultOf<T>(
  call: Call<T>,
  reference: string,
  sent: Answer | typeof timedOut,
  timeoutMs: number,
): Result<T> {
  if (sent === timedOut) return unanswered(call, reference, timeoutMs);
  if (refusedByAuthentication(sent)) return notLetIn(reference, sent);
  const { fields, status } = sent;
  const { method, answers } = operations[call.operation];
  const code = fields["output_ResponseCode"] ?? "";
  const explained = explain(code, description(sent), call.operation);
  const outcome = outcomeOf(code, method !== "GET");
  if (outcome === "refused") return refused(reference, sent, code, explained);
  if (outcome !== "accepted") return unknown(reference, sent, outcome, explained);
  if (status < 200 || status > 299) return unknown(reference, sent, "platform_error", codes["INS-1"]);
  // A success has the call's own fields; without the first of them it is an acknowledgement.
  if (code === acknowledgementCode || idIn(fields, answers[0] ?? "") === null) {
    return unknown(reference, sent, "acknowledged", acknowledged);
  }
  return accepted(call, reference, sent, code);
}

const acknowledged = {
  reason: "The platform took the request, and tells the result to your listener. Nothing is paid yet.",
  advice: "Wait for the callback with this reference, or ask how it ended (settle).",
};

function accepted<T>(
  call: Call<T>,
  reference: string,
  { status, fields }: Answer,
  code: string,
): Accepted<T> {
  return {
    outcome: "accepted",
    code,
    reason: explain(code).reason,
    reference,
    conversationId: idIn(fields, "output_ConversationID"),
    httpStatus: status,
    fields,
    ...call.answer(fields),
  };
}

const facts = (reference: string, { status, fields }: Answer) => ({
  reference,
  conversationId: idIn(fields, "output_ConversationID"),
  transactionId: idIn(fields, "output_TransactionID"),
  httpStatus: status,
  fields,
});

function refused(reference: string, answer: Answer, code: string, { reason, advice }: Explanation): Refused {
  return { outcome: "refused", code, reason, advice, ...facts(reference, answer) };
}

/**
 * There is no session, so nothing was paid. The platform's own sentence says more about this than a code, where it
 * has one.
 */
export function notLetIn(reference: string, answer: Answer): Refused {
  const { output_ResponseCode: code = "", output_error: because = "" } = answer.fields;
  const { reason, advice } = codes["INS-989"];
  const said = (because === "" ? description(answer) : because).slice(0, saidLengthMax);
  return {
    outcome: "refused",
    code: code === "" ? "INS-989" : code,
    reason: said === "" ? reason : `${reason} It says: ${said}`,
    advice,
    ...facts(reference, answer),
  };
}

function unknown(
  reference: string,
  answer: Answer,
  why: UnknownBecause,
  { reason, advice }: Explanation,
): Unknown {
  const code = answer.fields["output_ResponseCode"] ?? "";
  return { outcome: "unknown", why, code: code || null, reason, advice, ...facts(reference, answer) };
}

function unanswered({ operation }: Call, reference: string, timeoutMs: number): Unknown {
  return {
    outcome: "unknown",
    why: "timed_out",
    code: null,
    reason: `No answer came within ${timeoutMs / 1000} s. The request may have been carried out all the same.`,
    advice: explain("INS-9", "", operation).advice,
    reference,
    conversationId: null,
    transactionId: null,
    httpStatus: null,
    fields: null,
  };
}

/** Whatever answers may say much, and our sentences end in logs. */
const saidLengthMax = 200;

const description = ({ fields }: Answer): string =>
  (fields["output_ResponseDesc"] ?? fields["output_error"] ?? "").slice(0, saidLengthMax);

/** Null for a field that says nothing; of a payment's status, `N/A` says that it is open. */
function idIn(fields: WireFields, name: string): string | null {
  const id = fields[name] ?? "";
  return id === "" || (id === "N/A" && name !== "output_ResponseTransactionStatus") ? null : id;
}
