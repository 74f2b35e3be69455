/** Parses a callback: validates the documented fields and gives them readable names. */
import { createHash } from "node:crypto";
import type { WebhookEvent } from "../../webhooks/listener.ts";
import { explainCode, outcomeForCode } from "../codes.ts";

/** The result of a request, delivered by callback. */
export interface CallbackEvent extends WebhookEvent {
  /**
   * `accepted`: the request succeeded. For a payment, the money has moved. For a query, only the query itself succeeded.
   * `refused`: no money moved. `unknown`: the platform does not know the outcome; call `waitForOutcome`.
   */
  readonly outcome: "accepted" | "refused" | "unknown";
  /** `0`, or the INS code; input_ResultCode. */
  readonly code: string;
  /** The reason in one sentence. */
  readonly reason: string;
  /** What to do next. */
  readonly advice: string;
  /** Your own ID of the request, input_ThirdPartyReference. */
  readonly reference: string;
  /** The conversation ID from the acknowledgement of the request, input_OriginalConversationID. */
  readonly conversationId: string;
  /** The payment's ID on the platform, input_TransactionID. */
  readonly transactionId: string | null;
  /** All fields by wire name, including undocumented ones. */
  readonly fields: CallbackFields;
}

export type CallbackFields = Readonly<Record<string, unknown>>;

/** Returns the event, or an error message. */
export function parseEvent(body: Uint8Array, delivery: WebhookEvent): CallbackEvent | string {
  const fields = parseBody(body);
  if (typeof fields === "string") return fields;
  const problem =
    checkRequired(fields, "input_OriginalConversationID", /^[\x21-\x7e]{1,128}$/) ??
    checkRequired(fields, "input_ThirdPartyReference", /^[^]{1,128}$/) ??
    checkRequired(fields, "input_ResultCode", /^[\w-]{1,32}$/) ??
    optionalNames.map((name) => checkText(fields, name)).find((message) => message !== undefined);
  if (problem !== undefined) return problem;
  const code = readText(fields, "input_ResultCode") ?? "";
  const codeOutcome = outcomeForCode(code, true);
  return {
    outcome: codeOutcome === "accepted" || codeOutcome === "refused" ? codeOutcome : "unknown",
    ...explainCode(code, (readText(fields, "input_ResultDesc") ?? "").slice(0, 200)),
    code,
    reference: readText(fields, "input_ThirdPartyReference") ?? "",
    conversationId: readText(fields, "input_OriginalConversationID") ?? "",
    transactionId: readId(fields),
    ...delivery,
    fields,
  };
}

const optionalNames = ["input_TransactionID", "input_ResultDesc"] as const;

/** Parses a body as a JSON object. */
function parseBody(body: Uint8Array): CallbackFields | string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    // Drop "__proto__", so that code which copies the fields cannot change a prototype.
    const parsed: unknown = JSON.parse(text, (name, value: unknown) =>
      name === "__proto__" ? undefined : value,
    );
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)
      ? (parsed as CallbackFields)
      : "The body is not a JSON object.";
  } catch {
    return "The body is not JSON.";
  }
}

function checkRequired(fields: CallbackFields, name: string, pattern: RegExp): string | undefined {
  const value = getOwn(fields, name);
  if (value === undefined || value === "") return `${name} is missing.`;
  if (typeof value !== "string") return `${name} is not a string.`;
  return pattern.test(value) ? undefined : `${name} does not have the documented format.`;
}

function checkText(fields: CallbackFields, name: string): string | undefined {
  const value = getOwn(fields, name);
  return value === undefined || value === null || typeof value === "string"
    ? undefined
    : `${name} is not a string.`;
}

const getOwn = (fields: CallbackFields, name: string): unknown =>
  Object.hasOwn(fields, name) ? fields[name] : undefined;

function readText(fields: CallbackFields, name: string): string | null {
  const value = getOwn(fields, name);
  return typeof value === "string" && value !== "" ? value : null;
}

/** A failed payment has `N/A`, or no ID. */
function readId(fields: CallbackFields): string | null {
  const id = readText(fields, "input_TransactionID");
  return id === "N/A" ? null : id;
}

/**
 * The key that identifies a callback. A repeated delivery has the same key, signed or not.
 *
 * The key contains the code, because the platform may first send `INS-9` (not known) and later the final result. It
 * contains the reference and the transaction ID, so that without a secret an attacker who does not know them cannot
 * block a genuine callback by sending a forged one first.
 */
export function dedupeKey({ conversationId, code, reference, transactionId }: CallbackEvent): string {
  const digest = createHash("sha256").update(JSON.stringify([reference, transactionId]));
  return `ipg-v1/${conversationId}/${code}/${digest.digest("hex").slice(0, 16)}`;
}
