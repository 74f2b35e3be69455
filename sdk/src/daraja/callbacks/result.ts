/** The results at a ResultURL, and the notices at a QueueTimeOutURL. */
import { readPath, readText } from "../wire-response.ts";
import { readCallResult, type CallResult } from "./call-result.ts";
import {
  interpretCode,
  isCode,
  isIdentifier,
  missing,
  type CallbackFields,
  type Meaning,
  type Parameters,
} from "./values.ts";

/** A result or a notice, which name the request by the same ids. */
interface ResultIds {
  /** Your own ID of the request, or the platform's. OriginatorConversationID */
  readonly originatorConversationId: string;
  /** The platform's ID of the request, from its acknowledgement. ConversationID */
  readonly conversationId: string;
  /** TransactionID: the payment's receipt; on a failure or a query it may be a dummy that ends in zeros. */
  readonly receipt: string | null;
}

/** The result of `payOut`, `payPochi`, `transfer`, `payTax`, `reverse`, `queryBalance` or `queryTransaction`. */
export interface ResultDetails extends ResultIds, Meaning {
  readonly kind: "result";
  /** What the call returned; null if it failed, or the platform sent nothing. */
  readonly result: CallResult | null;
  /** ResultParameters by key. A key without a value is null. */
  readonly parameters: Parameters;
  /** ReferenceData by key. */
  readonly references: Parameters;
}

/** The platform did not execute a call in time. Its outcome is unknown. */
export interface TimeoutDetails extends ResultIds, Meaning {
  readonly kind: "timeout";
  readonly outcome: "unknown";
}

export function parseResult(fields: CallbackFields): ResultDetails | TimeoutDetails | string {
  const result = readPath(fields, "Result");
  const conversationId = readText(result, "ConversationID");
  const originatorConversationId = readText(result, "OriginatorConversationID");
  const code = readText(result, "ResultCode");
  if (!isIdentifier(conversationId) && !isIdentifier(originatorConversationId))
    return missing("ConversationID");
  if (!isCode(code)) return missing("ResultCode");
  const receipt = readText(result, "TransactionID") || null;
  const ids = { originatorConversationId, conversationId, receipt };
  const description = readText(result, "ResultDesc");
  if (isTimeout(result, description)) return { kind: "timeout", ...ids, ...timeoutMeaning(code) };
  const meaning = interpretCode(code, description);
  const parameters = readEntries(readPath(result, "ResultParameters.ResultParameter"));
  return {
    kind: "result",
    ...ids,
    ...meaning,
    result: meaning.outcome === "accepted" ? readCallResult(parameters) : null,
    parameters,
    references: readEntries(readPath(result, "ReferenceData.ReferenceItem")),
  };
}

const isTimeout = (result: unknown, description: string): boolean =>
  readText(result, "ResultType") === "1" && /timed out/i.test(description);

const timeoutMeaning = (code: string) => ({
  outcome: "unknown" as const,
  code,
  reason: "The platform did not execute the request in time. It may do so later.",
  advice: "Query the outcome with queryTransaction before you send anything again.",
});

/** One entry is an object, several are a list, and none is absent. */
function readEntries(value: unknown): Parameters {
  const entries: readonly unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return Object.fromEntries(
    entries.map((entry) => [readText(entry, "Key").trim(), toText(readPath(entry, "Value"))]),
  );
}

function toText(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "string" || typeof value === "number") return String(value);
  return JSON.stringify(value);
}
