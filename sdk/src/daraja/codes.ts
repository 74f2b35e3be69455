/**
 * Reasons, advice and outcomes of codes: the errorCode of a refused request, and the ResultCode of a result.
 *
 * An errorCode reads `<HTTP status>.00F.NN`. F is the family of the call (1: STK, reversal, QR; 2: payouts, balance;
 * 3: C2B, B2B, status), so a code means the same in each.
 */

/** The reason and advice for a code. */
export interface Explanation {
  readonly reason: string;
  readonly advice: string;
}

const askCustomer = "Ask the customer, and request the payment again if they want to pay.";
const newRequest = "No money moved. Request it again later.";
const fixRequest = "Correct the request. Nothing was done.";

/** Results. The platform's tests hold this table to the platform's own. */
// prettier-ignore
export const results: Readonly<Record<string, Explanation>> = {
  "0":        { reason: "The request was completed.", advice: "" },
  "1":        { reason: "The payer's balance is too low.", advice: "Request less, or wait until the payer has more money." },
  "2":        { reason: "The amount is below the minimum.", advice: "Request more." },
  "3":        { reason: "The amount is above the maximum.", advice: "Request less, or split the payment." },
  "4":        { reason: "The payment would exceed a daily limit.", advice: "Try again tomorrow, or request less." },
  "8":        { reason: "The payment would exceed the receiver's maximum balance.", advice: "Send less, or wait until the receiver has spent some money." },
  "11":       { reason: "The payer's account is in an invalid state.", advice: "Ask M-Pesa about the organisation's account." },
  "15":       { reason: "The request was made before.", advice: "Query the first request." },
  "17":       { reason: "A rule or an internal failure stopped the payment.", advice: "Wait two minutes if the customer just paid the same amount." },
  "18":       { reason: "The check of the initiator's credential failed.", advice: "Check the initiator's password and the certificate." },
  "19":       { reason: "The request was too old.", advice: newRequest },
  "20":       { reason: "The initiator is unknown.", advice: "Check the initiator's name and the shortcode." },
  "21":       { reason: "The initiator may not make this request.", advice: "Give the initiator the role of this call in the organisation's portal." },
  "22":       { reason: "The initiator is not active.", advice: "Activate the initiator in the organisation's portal." },
  "24":       { reason: "The request lacks a parameter.", advice: fixRequest },
  "25":       { reason: "A parameter of the request is invalid.", advice: fixRequest },
  "26":       { reason: "The platform was busy.", advice: newRequest },
  "29":       { reason: "The command is invalid.", advice: fixRequest },
  "1001":     { reason: "The customer has another prompt open.", advice: "Wait until the customer has answered it, and request the payment again." },
  "1019":     { reason: "The payment expired before the customer answered.", advice: askCustomer },
  "1025":     { reason: "The prompt could not be sent.", advice: "Shorten the texts, and request the payment again." },
  "1032":     { reason: "The customer declined.", advice: askCustomer },
  "1037":     { reason: "The customer could not be reached, or did not answer.", advice: askCustomer },
  "2001":     { reason: "The PIN or the initiator's credential is wrong.", advice: "For a collection, ask the customer. For all other calls, check the initiator's password and the certificate." },
  "2006":     { reason: "The account's status does not allow the payment.", advice: "Ask the account's owner to have it activated." },
  "2028":     { reason: "The shortcode's product does not allow the request.", advice: "Check the shortcode and the command." },
  "2032":     { reason: "There is no transaction with this receipt.", advice: "Check the receipt." },
  "2040":     { reason: "The receiver is a kind of customer that the call does not support.", advice: "Pay a registered customer." },
  "4001":     { reason: "The merchant declined.", advice: askCustomer },
  "4102":     { reason: "The merchant is not verified.", advice: "Ask the merchant to complete their registration." },
  "4104":     { reason: "The till has no nominated number.", advice: "Ask the merchant to nominate a number." },
  "4201":     { reason: "The network failed to show the prompt.", advice: newRequest },
  "4203":     { reason: "The prompt failed.", advice: newRequest },
  "4999":     { reason: "The customer has not answered yet.", advice: "Query it again, or wait for the callback." },
  "8006":     { reason: "The credential is locked after wrong attempts.", advice: "Have the PIN or the initiator unlocked." },
  "9999":     { reason: "The prompt could not be sent.", advice: newRequest },
  SFC_IC0003: { reason: "The receiver does not exist.", advice: "Check the number or shortcode, and whether it is a till or a paybill." },
  R000001:    { reason: "The payment was reversed before.", advice: "Nothing is left to do." },
  R000002:    { reason: "The payment cannot be reversed with this receipt.", advice: "Check the receipt: it must be a customer's payment to you." },
  TP40153:    { reason: "The initiator has no permission, or belongs to another organisation.", advice: "Check the initiator and the shortcode." },
};

/** Results that leave the outcome open: an earlier request has it, or the customer has not answered. */
const doubtfulResults: ReadonlySet<string> = new Set(["15", "4999"]);

/** What a ResultCode means for the money. */
export function getResultOutcome(code: string): "accepted" | "refused" | "unknown" {
  if (/^0+$/.test(code)) return "accepted";
  return Object.hasOwn(results, code) && !doubtfulResults.has(code) ? "refused" : "unknown";
}

/** For an undocumented code, the reason contains the platform's description. */
export function explainResult(code: string, description: string): Explanation {
  const known = Object.hasOwn(results, code) ? results[code] : undefined;
  return known ?? explainUndocumented(code, description);
}

function explainUndocumented(code: string, description: string): Explanation {
  const suffix = description === "" ? "" : `: ${description.slice(0, maxMessageLength)}`;
  return {
    reason: `The platform responded ${code === "" ? "without a code" : `with ${code}`}${suffix}.`,
    advice: "Query the outcome, or ask M-Pesa.",
  };
}

/** Limits text from the other side, because our messages are written to logs. */
const maxMessageLength = 200;

/** An error response, in any of the shapes that M-Pesa's layers have. */
export interface WireError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** What an error means for the request. */
export type ErrorVerdict = "token" | "refused" | "duplicate" | "platform_error" | "pending" | "not_found";

/** The verdict of each message that one code shares. In the order of their checks. */
const messageVerdicts: readonly (readonly [RegExp, ErrorVerdict, Explanation])[] = [
  [
    /merchant does not exist/i,
    "refused",
    {
      reason: "The shortcode is unknown, or has no M-Pesa Express.",
      advice: "Check the shortcode and the environment.",
    },
  ],
  [
    /wrong credentials/i,
    "refused",
    {
      reason: "The passkey is not that of the shortcode.",
      advice: "Check passkey and shortcode: each has its own.",
    },
  ],
  [
    /unable to lock subscriber/i,
    "refused",
    { reason: "The customer has another prompt open.", advice: results["1001"]?.advice ?? "" },
  ],
  [
    /being processed/i,
    "pending",
    { reason: "The customer has not answered yet.", advice: "Query it again, or wait for the callback." },
  ],
  [
    /does not exist/i,
    "not_found",
    { reason: "The platform does not know the request.", advice: "Check the CheckoutRequestID." },
  ],
  [
    /duplicate originatorconversationid/i,
    "duplicate",
    {
      reason: "The reference was used before.",
      advice: "The first request has the outcome: query it with queryTransaction.",
    },
  ],
  [
    /already registered/i,
    "refused",
    {
      reason: "The URLs are registered already.",
      advice: "In live, M-Pesa changes them on request, or in the portal.",
    },
  ],
  [
    /spike ?arrest|quota/i,
    "refused",
    { reason: "Too many requests, or none left.", advice: "Wait, and send fewer requests." },
  ],
];

/** What an error response means. */
export function interpretError(error: WireError): { verdict: ErrorVerdict; explanation: Explanation } {
  const { status, code, message } = error;
  if (isTokenError(error))
    return {
      verdict: "token",
      explanation: {
        reason: `The token is not accepted for this call (${code}).`,
        advice:
          "Check consumer key, consumer secret and environment, and whether the application has the call's product.",
      },
    };
  const match = messageVerdicts.find(([expression]) => expression.test(message));
  if (match !== undefined) return { verdict: match[1], explanation: match[2] };
  if (status === 429) return { verdict: "refused", explanation: explainUndocumented(code, message) };
  if (status >= 400 && status < 500)
    return {
      verdict: "refused",
      explanation: { reason: explainUndocumented(code, message).reason, advice: fixRequest },
    };
  return { verdict: "platform_error", explanation: explainUndocumented(code, message) };
}

/** The token error of each family, of the gateway before them, and of Bill Manager. */
export function isTokenError({ status, code, message }: WireError): boolean {
  if (status === 401) return true;
  return (
    /^(404\.001\.03|400\.003\.01)$/.test(code) || (status < 500 && /invalid access token/i.test(message))
  );
}
