/** Reasons, advice and outcomes of INS codes, for responses and for callbacks. IPG v1 has its own meanings of some numbers. */

/** The reason and advice for a code. */
export interface Explanation {
  readonly reason: string;
  readonly advice: string;
}

const newPayment = "No money moved. Another attempt is a new payment with a new reference.";
const fixRequest = "Correct the request. Nothing was done.";
const askMpesa = "Ask M-Pesa's support. Nothing was done.";

/** The platform's tests hold this table to the platform's own. */
// prettier-ignore
export const codes: Readonly<Record<string, Explanation>> = {
  "INS-0":    { reason: "The request succeeded.", advice: "No action is needed." },
  "INS-1":    { reason: "The platform failed, possibly after it moved the money.", advice: "Query the outcome (waitForOutcome) before you do anything else. If you send the request again, use the same reference." },
  "INS-2":    { reason: "Authentication failed.", advice: "Check that API key and public key are those of the account in this environment, and that the key was not renewed or revoked." },
  "INS-4":    { reason: "An account is not active: the customer's, or the organisation's.", advice: "Have it activated. No money moved." },
  "INS-5":    { reason: "The customer declined.", advice: `Ask the customer. ${newPayment}` },
  "INS-6":    { reason: "The payment failed: a wrong PIN, or an account that does not allow it.", advice: `Ask the customer. ${newPayment}` },
  "INS-9":    { reason: "The platform got no answer in time. The payment may still complete.", advice: "Query the outcome (waitForOutcome). Do not make a new payment before you know it." },
  "INS-10":   { reason: "This reference was used before. The outcome of the first request is not known from this response.", advice: "Query the outcome of the first request (waitForOutcome). Another payment needs another reference." },
  "INS-13":   { reason: "The shortcode is not accepted: it does not exist, or your account may not use it.", advice: "Check serviceProviderCode and receiver. In M-Pesa's sandbox they are 171717 and 979797." },
  "INS-14":   { reason: "The reference of the query is not valid, or no payment has it.", advice: "Send the payment's reference, transactionId or conversationId." },
  "INS-15":   { reason: "The amount is not valid.", advice: "Send a decimal number above zero, with at most two decimals; for a reversal at most what has not been reversed yet." },
  "INS-16":   { reason: "The platform was overloaded.", advice: "Query the outcome (waitForOutcome), and send the request again later with the same reference." },
  "INS-17":   { reason: "The transaction reference is not valid.", advice: "Send 1 to 20 letters, digits and underscores." },
  "INS-18":   { reason: "No payment that this call applies to has this transaction ID.", advice: "Send the transactionId from the payment's result." },
  "INS-19":   { reason: "The request's reference is not valid.", advice: "Send 1 to 32 letters and digits, as createReference() returns." },
  "INS-20":   { reason: "A parameter is missing.", advice: fixRequest },
  "INS-21":   { reason: "A parameter has an invalid value.", advice: "Correct the request. Pesarail's request log names the parameter." },
  "INS-22":   { reason: "The operation is not supported.", advice: fixRequest },
  "INS-23":   { reason: "The platform does not know the state of the payment.", advice: "Query the outcome (waitForOutcome), or ask M-Pesa's support." },
  "INS-24":   { reason: "The initiator's name is not valid.", advice: "Check the initiator in the client's options." },
  "INS-25":   { reason: "The initiator's password is not valid.", advice: "Check the initiator in the client's options." },
  "INS-26":   { reason: "Your account may not use this call.", advice: "Ask M-Pesa to enable it. In Pesarail, enable the product in the application's settings." },
  "INS-993":  { reason: "There is no such direct debit.", advice: askMpesa },
  "INS-994":  { reason: "The direct debit exists already.", advice: askMpesa },
  "INS-995":  { reason: "The customer's profile has problems.", advice: "Ask the customer to contact M-Pesa. No money moved." },
  "INS-996":  { reason: "The customer's account is not active.", advice: "Ask the customer to have it activated. No money moved." },
  "INS-997":  { reason: "The linked transaction does not exist.", advice: askMpesa },
  "INS-998":  { reason: "The market is not valid.", advice: askMpesa },
  "INS-2001": { reason: "The initiator's name or password is wrong.", advice: "Check the initiator in the client's options. Wrong attempts lock it." },
  "INS-2002": { reason: "The receiver is not valid.", advice: "Check the receiver's number or shortcode." },
  "INS-2005": { reason: "A limit does not allow the payment.", advice: "Request less, or wait until the limit's day has ended. No money moved." },
  "INS-2006": { reason: "The payer's balance is too low.", advice: "No money moved. Request less, or wait until the payer has more money. Another attempt is a new payment with a new reference." },
  "INS-2051": { reason: "No customer has this number.", advice: "Check the number with the customer." },
  "INS-2057": { reason: "The customer's language is not valid.", advice: "Ask the customer to contact M-Pesa. No money moved." },
};

/** The reason and the advice for a code. For an undocumented code, the reason contains the platform's description. */
export function explainCode(code: string, description = ""): Explanation {
  const documented = Object.hasOwn(codes, code) ? codes[code] : undefined;
  if (documented !== undefined) return documented;
  if (isSuccessCode(code)) return { reason: "The request succeeded.", advice: "No action is needed." };
  const suffix = description === "" ? "" : `: ${description}`;
  return {
    reason: `The platform responded ${code === "" ? "without a code" : `with the undocumented code ${code}`}${suffix}.`,
    advice: codes["INS-1"]?.advice ?? "",
  };
}

/** Callbacks have `0` for success. */
const isSuccessCode = (code: string): boolean => code === "INS-0" || code === "0";

/**
 * What a code means for the money. Doubtful codes have their own values, which callers report as `unknown`: a timeout,
 * a duplicate, a platform failure in a call that moves money, and every code that is not documented or empty.
 */
export function outcomeForCode(
  code: string,
  movesMoney: boolean,
): "accepted" | "refused" | "timed_out" | "duplicate" | "platform_error" {
  if (isSuccessCode(code)) return "accepted";
  if (code === "INS-9") return "timed_out";
  if (code === "INS-10") return "duplicate";
  if (["INS-1", "INS-16", "INS-23"].includes(code)) return movesMoney ? "platform_error" : "refused";
  return Object.hasOwn(codes, code) ? "refused" : "platform_error";
}
