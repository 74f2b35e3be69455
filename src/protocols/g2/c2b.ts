/** Payments that customers start: their types, and what answers of organisations' servers mean. */
import type { ValidationRefusal } from "../../payments/rules/validate.ts";

/** What a payment to an organisation of this kind is: a till sells goods, and every other one has bills. */
export const toTransactionType = (organisationKind: string): "Pay Bill" | "Buy Goods" =>
  organisationKind === "till" || organisationKind === "store" ? "Buy Goods" : "Pay Bill";

/** The codes of a rejection. Every other code rejects as `C2B00016` does. */
export const validationRefusals = {
  C2B00011: "validation_rejected_msisdn",
  C2B00012: "validation_rejected_account",
  C2B00013: "validation_rejected_amount",
  C2B00014: "validation_rejected_kyc",
  C2B00015: "validation_rejected_shortcode",
  C2B00016: "validation_rejected",
} as const satisfies Readonly<Record<string, ValidationRefusal>>;

export const findValidationRefusal = (code: string): ValidationRefusal =>
  Object.hasOwn(validationRefusals, code)
    ? validationRefusals[code as keyof typeof validationRefusals]
    : "validation_rejected";

/** `ThirdPartyTransID` is stored and sent again, so a longer one is cut. PostgreSQL has no NUL. */
const maxThirdPartyReferenceLength = 100;

/** What a server called a payment, as it is stored; null if nothing is left of it. */
export function cutThirdPartyReference(value: string): string | null {
  const text = value.replaceAll("\0", "").slice(0, maxThirdPartyReferenceLength).toWellFormed();
  return text === "" ? null : text;
}
