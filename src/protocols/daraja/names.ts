/** The names that Daraja's rows are stored under. */

/** The protocol, in payments, notifications, credentials and log lines. */
export const protocolName = "daraja";

/** The market that has Daraja. */
export const darajaMarket = "safaricomKEN";

/** The kinds of notification; each goes to a URL of its own. */
export const notificationKinds = {
  stk: "Receives the result of each STK push, at its CallBackURL.",
  stk_busy: "Receives the refusal of an STK push to a customer who has a prompt open, at its CallBackURL.",
  confirmation: "Receives each payment to a shortcode, at the registered ConfirmationURL.",
  result: "Receives the result of each call with a ResultURL.",
  timeout: "Receives the notice that a call with a QueueTimeOutURL was not executed in time.",
  express: "Receives the result of each B2B express checkout, at its callbackUrl.",
  ratiba: "Receives the customer's answer to each standing order, at its CallBackURL.",
  invoice: "Receives each payment of an invoice, at the biller's callbackurl.",
} as const;

export type NotificationKind = keyof typeof notificationKinds;

/** The two halves of an application's credential for OAuth. */
export const consumerKeyKind = "consumer_key";
export const consumerSecretKind = "consumer_secret";

/** What an organisation's STK passwords are made with. */
export const passkeyKind = "passkey";
