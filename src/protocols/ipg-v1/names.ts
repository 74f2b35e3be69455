/** The names that IPG v1's rows are stored under. */

/** The protocol, in payments, notifications, credentials and log lines. */
export const protocolName = "ipg-v1";

/** The market that has IPG v1. */
export const ipgV1Market = "vodacomMOZ";

/** The one kind of notification: the result of a call, at the application's response URL. */
export const resultKind = "result";

/** The credential that every request presents, encrypted. */
export const apiKeyKind = "api_key";
