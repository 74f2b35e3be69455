/**
 * What each code means to the program that receives it, and what it should do: the words of the SDK.
 *
 * The wire's own texts (`codes.ts`) say neither. A code stands for several refusals of ours and for whatever
 * the real platform means by it, so these sentences hold for both; `docs/refusals.md` knows more about ours.
 */
import type { Product } from "./products.ts";
import type { Code } from "./codes.ts";

export interface Explanation {
  /** What happened, in one sentence. */
  readonly reason: string;
  /** What the integrator, or their program, should do now. */
  readonly advice: string;
}

const sameReference = "the same reference may be used again, since the request was not carried out";

// prettier-ignore
export const explanations = {
  "INS-0":     { reason: "The request was carried out.",
                 advice: "Nothing is left to do." },
  "INS-GAR-0": { reason: "The request was carried out.",
                 advice: "Nothing is left to do." },
  "INS-1":     { reason: "The platform failed, and does not say whether before or after it moved money.",
                 advice: "Ask how it ended (settle) before you do anything else. To send it again, use the same reference." },
  "INS-6":     { reason: "The payment failed: the customer said no or typed a wrong PIN, or an account does not allow it.",
                 advice: "Nothing was paid. Ask the customer; another attempt is a new payment with a new reference." },
  "INS-9":     { reason: "The platform got no answer in time. The payment may still go through.",
                 advice: "Ask how it ended (settle). Do not make a new payment before you know." },
  "INS-10":    { reason: "This reference was used before. That says nothing about how the first request ended.",
                 advice: "Ask how the first one ended (settle). Another payment needs a reference of its own." },
  "INS-13":    { reason: "The platform does not take this shortcode: it is nobody's in this market, or your application does not act for it.",
                 advice: "Check serviceProviderCode (and receiver), and that they belong to this market and environment." },
  "INS-15":    { reason: "The amount is not accepted.",
                 advice: "Send a decimal number above zero, with no more decimals than the currency has; for a reversal no more than is left of the payment." },
  "INS-17":    { reason: "The transaction reference is not accepted.",
                 advice: "Send 1 to 20 letters, digits, spaces or underscores." },
  "INS-18":    { reason: "The platform has no payment with this transaction id that this call applies to.",
                 advice: "Send the transactionId that the payment was answered with, in the same market." },
  "INS-19":    { reason: "The mandate's reference is not accepted.",
                 advice: "Send 1 to 32 letters and digits." },
  "INS-20":    { reason: "A parameter is missing.",
                 advice: "Check what was sent against the call's documentation; an empty text counts as missing." },
  "INS-21":    { reason: "A parameter has a value that is not accepted.",
                 advice: "Check what was sent against the call's documentation; Pesarail's request log names the parameter." },
  "INS-23":    { reason: "The platform knows no payment with this reference.",
                 advice: "If the request never arrived, send it again with the same reference: it pays once. Else check reference, shortcode and market." },
  "INS-26":    { reason: "The currency is not this market's.",
                 advice: "Check the market of the client." },
  "INS-28":    { reason: "The request's reference is not accepted.",
                 advice: "Send 1 to 32 letters and digits, as createReference() makes them." },
  "INS-30":    { reason: "The description is not accepted.",
                 advice: "Send 1 to 256 letters, digits, spaces or underscores, without commas, full stops or hyphens." },
  "INS-31":    { reason: "The description is not accepted.",
                 advice: "Send 1 to 256 letters, digits, spaces or underscores, without commas, full stops or hyphens." },
  "INS-32":    { reason: "The kind of query is not accepted.",
                 advice: "Only the name of a customer can be asked for." },
  "INS-35":    { reason: "The organisation that asks was no party to this payment.",
                 advice: "Ask as the organisation that paid or was paid." },
  "INS-36":    { reason: "Without the customer's agreement to the terms there is no mandate.",
                 advice: "Let the customer agree first." },
  "INS-39":    { reason: "The mandate's first payment date is not accepted.",
                 advice: "Send a day that exists, and one only together with a frequency." },
  "INS-40":    { reason: "The mandate's frequency is not accepted.",
                 advice: "Send one of the documented frequencies." },
  "INS-41":    { reason: "The first day of the mandate's range is not accepted.",
                 advice: "Send a day of the month, and one only with a monthly frequency or a longer one." },
  "INS-42":    { reason: "The last day of the mandate's range is not accepted.",
                 advice: "Send a day of the month that is not before the range's first, and one only with a monthly frequency or a longer one." },
  "INS-43":    { reason: "The mandate's expiry date is not accepted.",
                 advice: "Send a day that exists and is not before the first payment." },
  "INS-50":    { reason: "The MSISDN token stands for another number than the one that came with it.",
                 advice: "Send one of the two alone." },
  "INS-51":    { reason: "No mandate of this organisation has this id.",
                 advice: "Send the mandateId that the mandate was created with, or leave it out." },
  "INS-52":    { reason: "The mandate with this id has another reference, or another customer.",
                 advice: "Send id and reference as they belong together, or leave the id out." },
  "INS-54":    { reason: "The amount to ask about is not accepted.",
                 advice: "Send a decimal number above zero, with no more decimals than the currency has." },
  "INS-55":    { reason: "The amount to ask about is missing.",
                 advice: "Send balanceAmount." },
  "INS-56":    { reason: "The MSISDN token is none of your application's.",
                 advice: "Send the token that a mandate was answered with, or the customer's number." },
  "INS-57":    { reason: "The customer is named neither by number nor by token.",
                 advice: "Send msisdn or msisdnToken." },
  "INS-58":    { reason: "There is no active mandate with this reference from this customer.",
                 advice: "Check reference and customer, or let the customer agree to a new mandate." },
  "INS-989":   { reason: "The platform did not let this client in.",
                 advice: "Check that API key and public key are of the client's environment (the portal shows one public key for sandbox and another for live), that the key was not revoked, and that this machine and `origin` are trusted sources of the application." },
  "INS-990":   { reason: "The application has moved all that it may move for this customer today.",
                 advice: "Wait for the market's midnight, or have the limit raised." },
  "INS-991":   { reason: "The application has made all the payments that it may make for this customer today.",
                 advice: "Wait for the market's midnight, or have the limit raised." },
  "INS-992":   { reason: "More than one of the application's limits stands in the way.",
                 advice: "Look at all limits of the product: mending one would only show the next." },
  "INS-993":   { reason: "The application has made all the payments that it may make today.",
                 advice: "Wait for the market's midnight, or have the limit raised." },
  "INS-994":   { reason: "The application has moved all that it may move today.",
                 advice: "Wait for the market's midnight, or have the limit raised." },
  "INS-995":   { reason: "The amount is more than the application may move in one payment.",
                 advice: "Ask for less, or have the limit raised." },
  "INS-996":   { reason: "The application may not use this call at this time of day.",
                 advice: `Wait for its hours, on the market's own clock; ${sameReference}.` },
  "INS-997":   { reason: "The application does not have this call enabled.",
                 advice: `Enable the product in the application's settings; ${sameReference}.` },
  "INS-998":   { reason: "The platform does not offer this call in this market.",
                 advice: "Check the market of the client; queryBeneficiary is Ghana's alone." },
  "INS-2006":  { reason: "Whoever should pay does not hold this much.",
                 advice: "Nothing was paid. Ask for less, or let them pay in; another attempt is a new payment with a new reference." },
  "INS-2051":  { reason: "The number is no customer's in this market.",
                 advice: "Check the number with the customer." },
} as const satisfies Record<Code, Explanation>;

/** A question moves no money, so its failure says nothing of the payment that it asks about. */
const queryExplanations = {
  "INS-1": {
    reason: "The platform failed to answer the question. That says nothing of a payment.",
    advice: "Ask again later.",
  },
  "INS-6": {
    reason: "The platform could not answer the question. That says nothing of a payment.",
    advice: "Ask again later.",
  },
  "INS-9": {
    reason: "The platform did not answer the question in time. That says nothing of a payment.",
    advice: "Ask again.",
  },
  "INS-10": {
    reason: "A question was asked with this reference before.",
    advice: "Ask with a new reference.",
  },
} as const satisfies { readonly [C in Code]?: Explanation };

/** What a code means in one call alone. */
export const explanationsByProduct: { readonly [P in Product]?: { readonly [C in Code]?: Explanation } } = {
  updateTransactionStatus: {
    "INS-6": {
      reason: "The reservation cannot be ended: it was committed, released or has expired.",
      advice: "Ask how it ended (settle, with the transactionId of the reservation).",
    },
    "INS-21": {
      reason: "The voucher code is not this reservation's, or another parameter is not accepted.",
      advice: "Send transactionId and voucherCode as the reservation answered them. The money is still held.",
    },
  },
  reversal: {
    "INS-6": {
      reason: "The payment cannot be reversed: it never moved money, or was reversed before.",
      advice: "Ask how it stands (queryTransaction says whether it was reversed).",
    },
    "INS-2006": {
      reason: "Whoever received the payment no longer holds this much.",
      advice: "Nothing was taken back. Wait until they have money, or take back a part.",
    },
  },
  directDebitCreate: {
    "INS-6": {
      reason:
        "There is no mandate: the customer said no or typed a wrong PIN, or their account does not allow it.",
      advice: "Ask the customer; another attempt needs a new reference.",
    },
  },
  directDebitPayment: {
    "INS-6": {
      reason:
        "The debit failed: the mandate does not allow it today or was paid in this period, or an account does not allow it.",
      advice: "Nothing was paid. Ask what the mandate allows (queryMandate).",
    },
  },
  directDebitCancel: {
    "INS-6": {
      reason: "The organisation has no mandate with this reference from this customer.",
      advice: "Check reference and customer. There is nothing to cancel.",
    },
  },
  queryTransactionStatus: queryExplanations,
  queryBeneficiaryName: queryExplanations,
  queryDirectDebit: queryExplanations,
};
