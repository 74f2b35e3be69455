/** What a callback says, in words: the fields that M-Pesa documents, read and named. */
import { createHash } from "node:crypto";
import { acknowledgementCode, explainCode, outcomeForCode } from "../explain.ts";
import type { SignatureHeaders } from "./signature.ts";

/** The result of a request, as the platform told it. */
export interface CallbackEvent extends CallbackDetails {
  /**
   * `accepted`: the request was carried out, so of a payment the money has moved (of `reserve`: is held). Of a question
   * it says that it was answered, and nothing of the payment that was asked about. `refused`: no money moved.
   * `unknown`: the platform does not know either; ask (`settle`).
   */
  readonly outcome: "accepted" | "refused" | "unknown";
  /** The INS code, input_ResultCode; input_ResponseCode of queryDirectDebit. */
  readonly code: string;
  /** What happened, in plain words. */
  readonly reason: string;
  /** What to do about it. */
  readonly advice: string;
  /** Your own name of the request, input_ThirdPartyConversationID. */
  readonly reference: string;
  /** What the request was acknowledged with, input_OriginalConversationID. */
  readonly conversationId: string;
  /** The payment's id on the platform, input_TransactionID. */
  readonly transactionId: string | null;
  /** Whether a signature proves who sent it. False for everything, if the listener has no secret. */
  readonly signed: boolean;
  /** The signed webhook-id: the same each time this is sent. */
  readonly deliveryId: string | null;
  /** When this attempt was sent, if that is signed. */
  readonly sentAt: Date | null;
  /** All that came, by wire name, what nobody documents included. */
  readonly fields: CallbackFields;
}

/** What single calls tell beyond that; null where a callback has no such field. Dates are YYYYMMDD. */
export interface CallbackDetails {
  /** What `commit` and `release` want, input_VoucherCode of `reserve`. */
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
  /** input_Frequency of queryMandate, the wire's number. */
  readonly frequency: string | null;
  /** input_PaymentDayFrom of queryMandate. */
  readonly firstDayOfMonth: string | null;
  /** input_PaymentDayTo of queryMandate. */
  readonly lastDayOfMonth: string | null;
  /** input_ExpiryDate of queryMandate. */
  readonly expiryDate: string | null;
  /** The payment that was asked about, input_OriginalTransactionID of queryTransaction. */
  readonly originalTransactionId: string | null;
  /** Whether any of it was reversed, input_Reversed of queryTransaction. */
  readonly reversed: boolean | null;
  /** input_CustomerFirstName of queryBeneficiary. */
  readonly firstName: string | null;
  /** input_CustomerLastName of queryBeneficiary. */
  readonly lastName: string | null;
}

export type CallbackFields = Readonly<Record<string, unknown>>;

/** The fields of a body, or what is wrong with it in a sentence. */
export function parseFields(body: Uint8Array): CallbackFields | string {
  let parsed: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    // Whoever copies the fields later should not find their prototype among them.
    parsed = JSON.parse(text, (name, value: unknown) => (name === "__proto__" ? undefined : value));
  } catch {
    return "The body is no JSON.";
  }
  return validateFields(parsed);
}

function validateFields(parsed: unknown): CallbackFields | string {
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    return "The body is no JSON object.";
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

/** queryDirectDebit alone calls its result a response, and moves no money. */
export const fieldNames = (fields: CallbackFields): "Result" | "Response" =>
  Object.hasOwn(fields, "input_ResultCode") ? "Result" : "Response";

/** The fields that callbacks are documented to have, beyond those that every one has. */
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
  // The result's code has two names, and a sender who has neither should hear of both.
  const label = name === "input_ResponseCode" ? "input_ResultCode (or input_ResponseCode)" : name;
  if (value === undefined || value === "") return `${label} is missing.`;
  if (typeof value !== "string") return `${label} is no text.`;
  return pattern.test(value) ? null : `${label} is not of the documented form.`;
}

function checkText(fields: CallbackFields, name: string): string | null {
  const value = getOwn(fields, name);
  return value === undefined || value === null || typeof value === "string" ? null : `${name} is no text.`;
}

const getOwn = (fields: CallbackFields, name: string): unknown =>
  Object.hasOwn(fields, name) ? fields[name] : undefined;

/** The event of fields that have been checked. */
export function parseEvent(fields: CallbackFields, signatureHeaders: SignatureHeaders | null): CallbackEvent {
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
    signed: signatureHeaders !== null,
    deliveryId: signatureHeaders?.id ?? null,
    sentAt: signatureHeaders?.sentAt ?? null,
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
 * What makes a callback the same as another. Sent again it has the same key, signed or not.
 *
 * The code is in it, because a platform that first told that it does not know (`INS-9`) may know later. The ids
 * are, so that without a secret nobody can keep a true callback out by being there first with an untrue one,
 * unless they know all of it.
 */
export function dedupeKey({ conversationId, code, reference, transactionId }: CallbackEvent): string {
  const digest = createHash("sha256").update(JSON.stringify([reference, transactionId]));
  return `${conversationId}/${code}/${digest.digest("hex").slice(0, 16)}`;
}
