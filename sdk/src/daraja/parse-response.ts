/** Converts the platform's response to a result: one of three outcomes, with reason and advice. */
import { timedOut } from "../http/send.ts";
import type { Call } from "./call.ts";
import { explainResult, interpretError, isTokenError, type Explanation, type WireError } from "./codes.ts";
import type { Accepted, Refused, ResultDetails, Unknown, UnknownReason } from "./results.ts";
import { readText, type WireResponse } from "./wire-response.ts";

/** What the three outcomes need of the request. */
export interface RequestInfo {
  readonly reference: string | null;
  readonly timeoutMs: number;
}

/** Converts the response to a request. A success is `accepted`: the client knows which of them are acknowledgements. */
export function parseResponse<T>(
  call: Call<T>,
  response: WireResponse | typeof timedOut,
  { reference, timeoutMs }: RequestInfo,
): Accepted<T> | Refused | Unknown {
  if (response === timedOut) return createTimedOut(call, reference, timeoutMs);
  const error = readError(response);
  if (error !== null) return parseError(call, reference, response, error);
  const { fields, status } = response;
  const code = readText(fields, call.code);
  const isOk = status >= 200 && status <= 299;
  // Old versions of some calls have no code.
  if (isOk && (call.successCodes.test(code) || (code === "" && hasResult(call, response))))
    return {
      outcome: "accepted",
      code: code === "" ? "0" : code,
      ...describe(reference, response),
      ...call.parseResult(fields),
    };
  const explanation = explainResult(code, readText(fields, call.description));
  return isOk && code !== ""
    ? { outcome: "refused", code, ...explanation, ...details(reference, response) }
    : createUnknown(reference, response, "platform_error", explanation);
}

const details = (reference: string | null, { status, fields }: WireResponse) => ({
  reference,
  httpStatus: status,
  fields,
});

const describe = (reference: string | null, response: WireResponse): ResultDetails => ({
  reason: "The platform accepted the request.",
  ...details(reference, response),
});

/** Whether the response has the values of a success. */
function hasResult<T>(call: Call<T>, { fields }: WireResponse): boolean {
  const values = Object.values(call.parseResult(fields) as object);
  return values.length > 0
    ? values.every((value) => value !== "")
    : readText(fields, call.description).toLowerCase() === "success";
}

/** An error in M-Pesa's shape, or in that of the gateway before it. */
export function readError({ status, fields }: WireResponse): WireError | null {
  const code = readText(fields, "errorCode");
  if (code !== "") return { status, code, message: readText(fields, "errorMessage") };
  const fault = readText(fields, "fault.faultstring") || readText(fields, "Envelope.Body.Fault.faultstring");
  if (fault === "") return null;
  return { status, code: readText(fields, "fault.detail.errorcode") || String(status), message: fault };
}

/** Whether the token was not accepted, so that the platform did not process the request. */
export function isRefusedToken(result: WireResponse | typeof timedOut): boolean {
  if (result === timedOut) return false;
  const error = readError(result);
  return error === null ? result.status === 401 : isTokenError(error);
}

function parseError(
  call: Call,
  reference: string | null,
  response: WireResponse,
  error: WireError,
): Refused | Unknown {
  const { verdict, explanation } = interpretError(error);
  if (verdict === "pending") return createUnknown(reference, response, "still_open", explanation);
  if (verdict === "duplicate") return createUnknown(reference, response, "duplicate", explanation);
  if (verdict === "platform_error" && call.changesState)
    return createUnknown(reference, response, "platform_error", explanation);
  return { outcome: "refused", code: error.code, ...explanation, ...details(reference, response) };
}

function createUnknown(
  reference: string | null,
  response: WireResponse,
  unknownReason: UnknownReason,
  { reason, advice }: Explanation,
): Unknown {
  const code = readError(response)?.code ?? null;
  return { outcome: "unknown", unknownReason, code, reason, advice, ...details(reference, response) };
}

const createTimedOut = ({ changesState }: Call, reference: string | null, timeoutMs: number): Unknown => ({
  outcome: "unknown",
  unknownReason: "timed_out",
  code: null,
  reason: `No response within ${timeoutMs / 1000} s. The platform may have processed the request.`,
  advice: changesState
    ? "Do not send it again: wait for the callback, or query the outcome."
    : "Send the query again.",
  reference,
  httpStatus: null,
  fields: null,
});

/** No token was issued, so nothing was done. */
export function createUnauthorised(reference: string | null, response: WireResponse): Refused {
  const { code, message } = readError(response) ?? { code: String(response.status), message: "" };
  const suffix = message === "" ? "" : ` The platform's message: ${message.slice(0, 200)}`;
  return {
    outcome: "refused",
    code,
    reason: `The platform issued no token.${suffix}`,
    advice: "Check consumer key, consumer secret and environment: sandbox and live have different ones.",
    ...details(reference, response),
  };
}
