/** Parses a callback: validates the documented fields and gives them readable names. */
import { createHash } from "node:crypto";
import type { WebhookEvent } from "../../webhooks/listener.ts";
import { acknowledgementCode, explainCode, outcomeForCode } from "../codes.ts";

/** The result of a request, delivered by callback. */
export interface CallbackEvent extends CallbackDetails, WebhookEvent {
  /**
   * `accepted`: the request succeeded. For a payment, the money has moved (for `reserve`, it is held). For a query,
   * only the query itself succeeded. `refused`: no money moved. `unknown`: the platform does not know the outcome;
   * call `waitForOutcome`.
   */
  readonly outcome: "accepted" | "refused" | "unknown";
  /** The INS code, input_ResultCode; input_ResponseCode of queryDirectDebit. */
  readonly code: string;
  /** The reason in one sentence. */
  readonly reason: string;
  /** What to do next. */
  readonly advice: string;
  /** Your own ID of the request, input_ThirdPartyConversationID. */
  readonly reference: string;
  /** The conversation ID from the acknowledgement of the request, input_OriginalConversationID. */
  readonly conversationId: string;
  /** The payment's ID on the platform, input_TransactionID. */
  readonly transactionId: string | null;
  /** All fields by wire name, including undocumented ones. */
  readonly fields: CallbackFields;
}

/** Fields of individual calls; null if the callback does not have them. Dates are YYYYMMDD. */
export interface CallbackDetails {
  /** `commit` and `release` need it, input_VoucherCode of `reserve`. */
  readonly voucherCode: string | null;
  /** The mandate's reference on the platform, input_TransactionReference. */
  readonly transactionReference: string | null;
  /** Stands for the customer's number in later calls, input_MsisdnToken. */
  readonly msisdnToken: string | null;
  /** The mandate's number, input_MandateID. */
  readonly mandateId: string | null;
  /** input_MandateStatus of queryMandate. */
  readonly mandateStatus: string | null;
  /** input_AccountStatus of queryMandate. */
  readonly accountStatus: string | null;
  /** input_SufficientBalance of queryMandate. */
  readonly sufficientBalance: boolean | null;
  /** input_FirstPaymentDate of queryMandate. */
  readonly firstPaymentDate: string | null;
  /** input_Frequency of queryMandate, the wire code. */
  readonly frequency: string | null;
  /** input_PaymentDayFrom of queryMandate. */
  readonly firstDayOfMonth: string | null;
  /** input_PaymentDayTo of queryMandate. */
  readonly lastDayOfMonth: string | null;
  /** input_ExpiryDate of queryMandate. */
  readonly expiryDate: string | null;
  /** The queried payment, input_OriginalTransactionID of queryTransaction. */
  readonly originalTransactionId: string | null;
  /** Whether some or all of it was reversed, input_Reversed of queryTransaction. */
  readonly reversed: boolean | null;
  /** input_CustomerFirstName of queryBeneficiary. */
  readonly firstName: string | null;
  /** input_CustomerLastName of queryBeneficiary. */
  readonly lastName: string | null;
}

export type CallbackFields = Readonly<Record<string, unknown>>;

/** Returns the fields of a body, or an error message. */
export function parseFields(body: Uint8Array): CallbackFields | string {
  let parsed: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    // Drop "__proto__", so that code which copies the fields cannot change a prototype.
    parsed = JSON.parse(text, (name, value: unknown) => (name === "__proto__" ? undefined : value));
  } catch {
    return "The body is not JSON.";
  }
  return validateFields(parsed);
}

function validateFields(parsed: unknown): CallbackFields | string {
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    return "The body is not a JSON object.";
  const fields = parsed as CallbackFields;
  const prefix = fieldNames(fields);
  const error =
    checkRequired(fields, "input_OriginalConversationID", /^[\x21-\x7e]{1,128}$/) ??
    checkRequired(fields, "input_ThirdPartyConversationID", /^[^]{1,128}$/) ??
    checkRequired(fields, `input_${prefix}Code`, /^[\w-]{1,32}$/) ??
    checkText(fields, `input_${prefix}Desc`) ??
    textFieldNames.map((name) => checkText(fields, name)).find((problem) => problem !== null);
  return error ?? fields;
}

/** Only queryDirectDebit, which moves no money, uses `Response` names for its result fields. */
export const fieldNames = (fields: CallbackFields): "Result" | "Response" =>
  Object.hasOwn(fields, "input_ResultCode") ? "Result" : "Response";

/** Documented text fields that only some callbacks have. */
const textFieldNames = [
  "input_TransactionID",
  "input_VoucherCode",
  "input_TransactionReference",
  "input_MsisdnToken",
  "input_MandateID",
  "input_MandateStatus",
  "input_AccountStatus",
  "input_SufficientBalance",
  "input_FirstPaymentDate",
  "input_Frequency",
  "input_PaymentDayFrom",
  "input_PaymentDayTo",
  "input_ExpiryDate",
  "input_OriginalTransactionID",
  "input_Reversed",
  "input_CustomerFirstName",
  "input_CustomerLastName",
] as const;

function checkRequired(fields: CallbackFields, name: string, pattern: RegExp): string | null {
  const value = getOwn(fields, name);
  // The result code has two possible names. If both are missing, the message lists both.
  const label = name === "input_ResponseCode" ? "input_ResultCode (or input_ResponseCode)" : name;
  if (value === undefined || value === "") return `${label} is missing.`;
  if (typeof value !== "string") return `${label} is not a string.`;
  return pattern.test(value) ? null : `${label} does not have the documented format.`;
}

function checkText(fields: CallbackFields, name: string): string | null {
  const value = getOwn(fields, name);
  return value === undefined || value === null || typeof value === "string"
    ? null
    : `${name} is not a string.`;
}

const getOwn = (fields: CallbackFields, name: string): unknown =>
  Object.hasOwn(fields, name) ? fields[name] : undefined;

/** Converts validated fields to an event. */
export function parseEvent(fields: CallbackFields, delivery: WebhookEvent): CallbackEvent {
  const text = (name: (typeof textFieldNames)[number]): string | null => {
    const value = getOwn(fields, name);
    return typeof value === "string" && value !== "" ? value : null;
  };
  const prefix = fieldNames(fields);
  const code = fields[`input_${prefix}Code`] as string;
  const description = getOwn(fields, `input_${prefix}Desc`);
  return {
    ...interpretCode(code, prefix === "Result", typeof description === "string" ? description : ""),
    code,
    reference: fields["input_ThirdPartyConversationID"] as string,
    conversationId: fields["input_OriginalConversationID"] as string,
    transactionId: text("input_TransactionID"),
    voucherCode: text("input_VoucherCode"),
    transactionReference: text("input_TransactionReference"),
    msisdnToken: text("input_MsisdnToken"),
    mandateId: text("input_MandateID"),
    mandateStatus: text("input_MandateStatus"),
    accountStatus: text("input_AccountStatus"),
    sufficientBalance: toBoolean(text("input_SufficientBalance")),
    firstPaymentDate: text("input_FirstPaymentDate"),
    frequency: text("input_Frequency"),
    firstDayOfMonth: text("input_PaymentDayFrom"),
    lastDayOfMonth: text("input_PaymentDayTo"),
    expiryDate: text("input_ExpiryDate"),
    originalTransactionId: text("input_OriginalTransactionID"),
    reversed: toBoolean(text("input_Reversed")),
    firstName: text("input_CustomerFirstName"),
    lastName: text("input_CustomerLastName"),
    ...delivery,
    fields,
  };
}

const toBoolean = (text: string | null): boolean | null =>
  text === null ? null : text.toLowerCase() === "true";

function interpretCode(code: string, movesMoney: boolean, description: string): CodeMeaning {
  const codeOutcome = code === acknowledgementCode ? "platform_error" : outcomeForCode(code, movesMoney);
  const outcome = codeOutcome === "accepted" || codeOutcome === "refused" ? codeOutcome : "unknown";
  return { outcome, ...explainCode(code, description) };
}

type CodeMeaning = Pick<CallbackEvent, "outcome" | "reason" | "advice">;

/**
 * The key that identifies a callback. A repeated delivery has the same key, signed or not.
 *
 * The key contains the code, because the platform may first send `INS-9` (not known) and later the final result. It
 * contains the reference and the transaction ID, so that without a secret an attacker who does not know them cannot
 * block a genuine callback by sending a forged one first.
 */
export function dedupeKey({ conversationId, code, reference, transactionId }: CallbackEvent): string {
  const digest = createHash("sha256").update(JSON.stringify([reference, transactionId]));
  return `${conversationId}/${code}/${digest.digest("hex").slice(0, 16)}`;
}
