/** Reads the fields of a checkout. Each has the code of its absence, and of a value that is not accepted. */
import { parseAmount } from "../../../core/money.ts";
import { findChild, getChildText, type XmlElement } from "../xml/read-xml.ts";
import { callbackMethods, type LnmoNotificationKind } from "./names.ts";
import type { ReturnCode } from "./return-codes.ts";

export interface CheckoutFields {
  readonly merchantTransactionId: string;
  /** REFERENCE_ID: the account that the customer pays to. */
  readonly accountReference: string;
  readonly amountMinor: bigint;
  readonly msisdn: string;
  readonly passthrough: string;
  readonly callbackUrl: string;
  readonly callbackKind: LnmoNotificationKind;
}

export interface FieldProblem {
  readonly code: ReturnCode;
  readonly reason: string;
}

/** As for every other payment of a customer. */
const minAmountMinor = 1_00n;
const maxAmountMinor = 250_000_00n;

const maxPassthroughLength = 1_000;

/** The fields in the order of their checks, or the first problem. `findUrlProblem` says why a URL is not accepted. */
export function readCheckoutFields(
  message: XmlElement,
  findUrlProblem: (url: string) => string | null,
): CheckoutFields | FieldProblem {
  const merchantTransactionId = getChildText(message, "MERCHANT_TRANSACTION_ID") ?? "";
  const idProblem = findTextProblem("MERCHANT_TRANSACTION_ID", merchantTransactionId, 100);
  if (idProblem !== null) return { code: "40", reason: idProblem };
  const accountReference = getChildText(message, "REFERENCE_ID") ?? "";
  const referenceProblem = findTextProblem("REFERENCE_ID", accountReference, 100);
  if (referenceProblem !== null) return { code: "30", reason: referenceProblem };
  const amount = readAmount(getChildText(message, "AMOUNT") ?? "");
  if (typeof amount !== "bigint") return amount;
  const msisdn = getChildText(message, "MSISDN") ?? "";
  if (!/^254[17]\d{8}$/.test(msisdn))
    return { code: "41", reason: "MSISDN is not a number 2547… or 2541… of 12 digits." };
  const callback = readCallback(message, findUrlProblem);
  if ("code" in callback) return callback;
  const passthrough = findChild(message, "ENC_PARAMS")?.text ?? "";
  if (passthrough.length > maxPassthroughLength || !isStorable(passthrough))
    return { code: "40", reason: `ENC_PARAMS is not a text of at most ${maxPassthroughLength} characters.` };
  return { merchantTransactionId, accountReference, amountMinor: amount, msisdn, passthrough, ...callback };
}

const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes("\0");

function findTextProblem(name: string, text: string, maxLength: number): string | null {
  if (text === "") return `${name} is missing.`;
  return text.length <= maxLength && /^\P{Cc}+$/u.test(text) && isStorable(text)
    ? null
    : `${name} is not a text of 1 to ${maxLength} characters.`;
}

/** A double. Zeros after the second decimal mean nothing. */
function readAmount(text: string): bigint | FieldProblem {
  const amountMinor = text.length > 40 ? null : parseAmount(text.replace(/(\.\d\d)0+$/, "$1"), 2);
  if (amountMinor === null || amountMinor <= 0n)
    return { code: "31", reason: "AMOUNT is not a decimal number above zero with at most two decimals." };
  if (amountMinor < minAmountMinor) return { code: "03", reason: "AMOUNT is below one shilling." };
  if (amountMinor > maxAmountMinor) return { code: "04", reason: "AMOUNT is above 250,000 shillings." };
  return amountMinor;
}

function readCallback(
  message: XmlElement,
  findUrlProblem: (url: string) => string | null,
): Pick<CheckoutFields, "callbackUrl" | "callbackKind"> | FieldProblem {
  const callbackUrl = getChildText(message, "CALL_BACK_URL") ?? "";
  if (callbackUrl === "") return { code: "40", reason: "CALL_BACK_URL is missing." };
  const problem = callbackUrl.length > 2_000 ? "It is too long." : findUrlProblem(callbackUrl);
  if (problem !== null) return { code: "40", reason: `CALL_BACK_URL is not accepted. ${problem}` };
  const method = (getChildText(message, "CALL_BACK_METHOD") ?? "").toLowerCase();
  if (!isCallbackMethod(method)) return { code: "40", reason: "CALL_BACK_METHOD is not xml, get or post." };
  return { callbackUrl, callbackKind: callbackMethods[method] };
}

const isCallbackMethod = (method: string): method is keyof typeof callbackMethods =>
  Object.hasOwn(callbackMethods, method);
