/**
 * For each code: the reason, and advice for the program that receives it. The SDK returns both.
 *
 * M-Pesa's own texts (`codes.ts`) have neither. A code covers several of Pesarail's refusals and also what the real
 * M-Pesa uses it for, so these sentences hold for both. `docs/refusals.md` has the details of Pesarail's refusals.
 */
import type { Product } from "./products.ts";
import type { Code } from "./codes.ts";

export interface Explanation {
  /** What happened, in one sentence. */
  readonly reason: string;
  /** What the integrator, or their program, should do now. */
  readonly advice: string;
}

const sameReference = "you can use the same reference again, because the request was not executed";

// prettier-ignore
export const explanations = {
  "INS-0":     { reason: "The request succeeded.",
                 advice: "No action is needed." },
  "INS-GAR-0": { reason: "The request succeeded.",
                 advice: "No action is needed." },
  "INS-1":     { reason: "The platform failed, possibly after it moved the money.",
                 advice: "Query the outcome (waitForOutcome) before you do anything else. If you send the request again, use the same reference." },
  "INS-6":     { reason: "The payment failed: the customer declined or entered a wrong PIN, or an account does not allow it.",
                 advice: "No money moved. Ask the customer. Another attempt is a new payment with a new reference." },
  "INS-9":     { reason: "The platform got no answer in time. The payment may still complete.",
                 advice: "Query the outcome (waitForOutcome). Do not make a new payment before you know it." },
  "INS-10":    { reason: "This reference was used before. The outcome of the first request is not known from this response.",
                 advice: "Query the outcome of the first request (waitForOutcome). Another payment needs another reference." },
  "INS-13":    { reason: "The shortcode is not accepted: it does not exist in this market, or your application may not use it.",
                 advice: "Check serviceProviderCode (and receiver), and that they belong to this market and environment." },
  "INS-15":    { reason: "The amount is not valid.",
                 advice: "Send a decimal number above zero, with no more decimals than the currency has; for a reversal at most what has not been reversed yet." },
  "INS-17":    { reason: "The transaction reference is not valid.",
                 advice: "Send 1 to 20 letters, digits, spaces or underscores." },
  "INS-18":    { reason: "No payment that this call applies to has this transaction id.",
                 advice: "Send the transactionId from the payment's result, in the same market." },
  "INS-19":    { reason: "The mandate's reference is not valid.",
                 advice: "Send 1 to 32 letters and digits." },
  "INS-20":    { reason: "A parameter is missing.",
                 advice: "Compare the request with the call's documentation. An empty text counts as missing." },
  "INS-21":    { reason: "A parameter has an invalid value.",
                 advice: "Compare the request with the call's documentation. Pesarail's request log names the parameter." },
  "INS-23":    { reason: "No payment has this reference.",
                 advice: "If the request was never received, send it again with the same reference: it pays only once. Otherwise check reference, shortcode and market." },
  "INS-26":    { reason: "The currency does not belong to this market.",
                 advice: "Check the market of the client." },
  "INS-28":    { reason: "The request's reference is not valid.",
                 advice: "Send 1 to 32 letters and digits, as createReference() returns." },
  "INS-30":    { reason: "The description is not valid.",
                 advice: "Send 1 to 256 letters, digits, spaces or underscores, without commas, full stops or hyphens." },
  "INS-31":    { reason: "The description is not valid.",
                 advice: "Send 1 to 256 letters, digits, spaces or underscores, without commas, full stops or hyphens." },
  "INS-32":    { reason: "The type of query is not supported.",
                 advice: "Only the customer's name can be queried." },
  "INS-35":    { reason: "The requesting organisation neither paid nor received this payment.",
                 advice: "Send the request for the organisation that paid or received it." },
  "INS-36":    { reason: "A mandate needs the customer's agreement to the terms.",
                 advice: "Get the customer's agreement first." },
  "INS-39":    { reason: "The mandate's first payment date is not valid.",
                 advice: "Send an existing date, and only together with a frequency." },
  "INS-40":    { reason: "The mandate's frequency is not valid.",
                 advice: "Send one of the documented frequencies." },
  "INS-41":    { reason: "The first day of the mandate's range is not valid.",
                 advice: "Send a day of the month, and only with a monthly or longer frequency." },
  "INS-42":    { reason: "The last day of the mandate's range is not valid.",
                 advice: "Send a day of the month that is not before the first day of the range, and only with a monthly or longer frequency." },
  "INS-43":    { reason: "The mandate's expiry date is not valid.",
                 advice: "Send an existing date that is not before the first payment date." },
  "INS-50":    { reason: "The MSISDN token belongs to another number than the MSISDN in the request.",
                 advice: "Send only one of the two." },
  "INS-51":    { reason: "This organisation has no mandate with this id.",
                 advice: "Send the mandateId from the response that created the mandate, or omit it." },
  "INS-52":    { reason: "The mandate with this id has another reference, or another customer.",
                 advice: "Send the id and reference of the same mandate, or omit the id." },
  "INS-54":    { reason: "The amount to query is not valid.",
                 advice: "Send a decimal number above zero, with no more decimals than the currency has." },
  "INS-55":    { reason: "The amount to query is missing.",
                 advice: "Send balanceAmount." },
  "INS-56":    { reason: "The MSISDN token does not belong to your application.",
                 advice: "Send a token from a mandate's response, or the customer's MSISDN." },
  "INS-57":    { reason: "The request has neither an MSISDN nor a token for the customer.",
                 advice: "Send msisdn or msisdnToken." },
  "INS-58":    { reason: "This customer has no active mandate with this reference.",
                 advice: "Check reference and customer, or create a new mandate." },
  "INS-989":   { reason: "Authentication failed.",
                 advice: "Check that API key and public key belong to the client's environment (the portal shows one public key for sandbox and another for live), that the key is not revoked, and that this machine and `origin` are trusted sources of the application." },
  "INS-990":   { reason: "The application has reached its daily amount limit for this customer.",
                 advice: "Wait until midnight in the market's time zone, or request a higher limit." },
  "INS-991":   { reason: "The application has reached its daily number of payments or of failed requests for this customer, or too many prompts are open on the customer's phone.",
                 advice: "Wait for the results of earlier requests. For a limit of the day, wait until midnight in the market's time zone, or request a higher limit." },
  "INS-992":   { reason: "The request exceeds more than one of the application's limits.",
                 advice: "Check all limits of the product. If you raise only one, the next request fails at another." },
  "INS-993":   { reason: "The application has reached its daily number of payments.",
                 advice: "Wait until midnight in the market's time zone, or request a higher limit." },
  "INS-994":   { reason: "The application has reached its daily amount limit.",
                 advice: "Wait until midnight in the market's time zone, or request a higher limit." },
  "INS-995":   { reason: "The amount exceeds the application's limit for one payment.",
                 advice: "Request a smaller amount, or request a higher limit." },
  "INS-996":   { reason: "The application may not use this call at this time of day.",
                 advice: `Wait for its usage hours, in the market's time zone; ${sameReference}.` },
  "INS-997":   { reason: "The application does not have this call enabled.",
                 advice: `Enable the product in the application's settings; ${sameReference}.` },
  "INS-998":   { reason: "The platform does not offer this call in this market.",
                 advice: "Check the market of the client. queryBeneficiary is available only in Ghana." },
  "INS-2006":  { reason: "The payer's balance is too low.",
                 advice: "No money moved. Request less, or wait until the payer has more money. Another attempt is a new payment with a new reference." },
  "INS-2051":  { reason: "No customer in this market has this number.",
                 advice: "Check the number with the customer." },
} as const satisfies Record<Code, Explanation>;

/** A query moves no money, so its failure does not tell the state of the queried payment. */
const queryExplanations = {
  "INS-1": {
    reason: "The query failed. The state of the payment is not known from this response.",
    advice: "Send the query again later.",
  },
  "INS-6": {
    reason: "The query could not be answered. The state of the payment is not known from this response.",
    advice: "Send the query again later.",
  },
  "INS-9": {
    reason: "The query timed out. The state of the payment is not known from this response.",
    advice: "Send the query again.",
  },
  "INS-10": {
    reason: "A query with this reference was sent before.",
    advice: "Send the query with a new reference.",
  },
} as const satisfies { readonly [C in Code]?: Explanation };

/** Explanations that apply to one call only. */
export const explanationsByProduct: { readonly [P in Product]?: { readonly [C in Code]?: Explanation } } = {
  updateTransactionStatus: {
    "INS-6": {
      reason: "The reservation is no longer open: it was committed or released, or it expired.",
      advice: "Query its outcome (waitForOutcome, with the transactionId of the reservation).",
    },
    "INS-21": {
      reason: "The voucher code does not belong to this reservation, or another parameter is not valid.",
      advice:
        "Send the transactionId and voucherCode from the reservation's result. The money is still held.",
    },
  },
  reversal: {
    "INS-6": {
      reason: "The payment cannot be reversed: it moved no money, or it was already reversed.",
      advice: "Query its status (queryTransaction returns whether it was reversed).",
    },
    "INS-2006": {
      reason: "The receiver's balance is too low.",
      advice: "Nothing was reversed. Wait until the receiver has money, or reverse a part.",
    },
  },
  directDebitCreate: {
    "INS-10": {
      reason:
        "This request was sent before, or there is already such a mandate, or the customer has not yet answered a request for it.",
      advice:
        "Query the mandate (queryMandate). Cancel it before you request one with other terms under the same mandateReference.",
    },
    "INS-6": {
      reason:
        "No mandate was created: the customer declined or entered a wrong PIN, or their account does not allow it.",
      advice: "Ask the customer. Another attempt needs a new reference.",
    },
  },
  directDebitPayment: {
    "INS-6": {
      reason:
        "The debit failed: the mandate does not allow it today or was already debited in this period, or an account does not allow it.",
      advice: "No money moved. Query the mandate's terms (queryMandate).",
    },
  },
  directDebitCancel: {
    "INS-6": {
      reason: "The organisation has no mandate with this reference from this customer.",
      advice: "Check reference and customer. Nothing was cancelled.",
    },
  },
  queryTransactionStatus: queryExplanations,
  queryBeneficiaryName: queryExplanations,
  queryDirectDebit: queryExplanations,
};
