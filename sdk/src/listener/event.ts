/** What a callback says, in words: the fields that M-Pesa documents, read and named. */
import { createHash } from "node:crypto";
import { acknowledgementCode, explain, outcomeOf } from "../explain.ts";
import type { Claim } from "./signature.ts";

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
export function fieldsOf(body: Uint8Array): CallbackFields | string {
  let said: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    // Whoever copies the fields later should not find their prototype among them.
    said = JSON.parse(text, (name, value: unknown) => (name === "__proto__" ? undefined : value));
  } catch {
    return "The body is no JSON.";
  }
  return checked(said);
}

function checked(said: unknown): CallbackFields | string {
  if (typeof said !== "object" || said === null || Array.isArray(said)) return "The body is no JSON object.";
  const fields = said as CallbackFields;
  const names = namesOf(fields);
  const complaint =
    missing(fields, "input_OriginalConversationID", /^[\x21-\x7e]{1,128}$/) ??
    missing(fields, "input_ThirdPartyConversationID", /^[^]{1,128}$/) ??
    missing(fields, `input_${names}Code`, /^[\w-]{1,32}$/) ??
    noText(fields, `input_${names}Desc`) ??
    texts.map((name) => noText(fields, name)).find((each) => each !== null);
  return complaint ?? fields;
}

/** queryDirectDebit alone calls its result a response, and moves no money. */
export const namesOf = (fields: CallbackFields): "Result" | "Response" =>
  Object.hasOwn(fields, "input_ResultCode") ? "Result" : "Response";

/** The fields that callbacks are documented to have, beyond those that every one has. */
const texts = [
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

function missing(fields: CallbackFields, name: string, form: RegExp): string | null {
  const value = own(fields, name);
  // The result's code has two names, and a sender who has neither should hear of both.
  const called = name === "input_ResponseCode" ? "input_ResultCode (or input_ResponseCode)" : name;
  if (value === undefined || value === "") return `${called} is missing.`;
  if (typeof value !== "string") return `${called} is no text.`;
  return form.test(value) ? null : `${called} is not of the documented form.`;
}

function noText(fields: CallbackFields, name: string): string | null {
  const value = own(fields, name);
  return value === undefined || value === null || typeof value === "string" ? null : `${name} is no text.`;
}

const own = (fields: CallbackFields, name: string): unknown =>
  Object.hasOwn(fields, name) ? fields[name] : undefined;

/** The event of fields that have been checked. */
export function eventOf(fields: CallbackFields, claim: Claim | null): CallbackEvent {
  const text = (name: (typeof texts)[number]): string | null => {
    const value = own(fields, name);
    return typeof value === "string" && value !== "" ? value : null;
  };
  const names = namesOf(fields);
  const code = fields[`input_${names}Code`] as string;
  const described = own(fields, `input_${names}Desc`);
  return {
    ...meaningOf(code, names === "Result", typeof described === "string" ? described : ""),
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
    sufficientBalance: truth(text("input_SufficientBalance")),
    firstPaymentDate: text("input_FirstPaymentDate"),
    frequency: text("input_Frequency"),
    firstDayOfMonth: text("input_PaymentDayFrom"),
    lastDayOfMonth: text("input_PaymentDayTo"),
    expiryDate: text("input_ExpiryDate"),
    originalTransactionId: text("input_OriginalTransactionID"),
    reversed: truth(text("input_Reversed")),
    firstName: text("input_CustomerFirstName"),
    lastName: text("input_CustomerLastName"),
    signed: claim !== null,
    deliveryId: claim?.id ?? null,
    sentAt: claim?.sentAt ?? null,
    fields,
  };
}

const truth = (text: string | null): boolean | null => (text === null ? null : text.toLowerCase() === "true");

function meaningOf(code: string, movesMoney: boolean, described: string): Meaning {
  const known = code === acknowledgementCode ? "platform_error" : outcomeOf(code, movesMoney);
  const outcome = known === "accepted" || known === "refused" ? known : "unknown";
  return { outcome, ...explain(code, described) };
}

type Meaning = Pick<CallbackEvent, "outcome" | "reason" | "advice">;

/**
 * What makes a callback the same as another. Sent again it has the same key, signed or not.
 *
 * The code is in it, because a platform that first told that it does not know (`INS-9`) may know later. The ids
 * are, so that without a secret nobody can keep a true callback out by being there first with an untrue one,
 * unless they know all of it.
 */
export function keyOf({ conversationId, code, reference, transactionId }: CallbackEvent): string {
  const rest = createHash("sha256").update(JSON.stringify([reference, transactionId]));
  return `${conversationId}/${code}/${rest.digest("hex").slice(0, 16)}`;
}
