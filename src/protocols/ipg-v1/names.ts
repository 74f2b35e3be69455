/** The names that IPG v1's rows are stored under. */

import { hash } from "node:crypto";

/** The protocol, in payments, notifications, credentials and log lines. */
export const protocolName = "ipg-v1";

/** The market that has IPG v1. */
export const ipgV1Market = "vodacomMOZ";

/** The one kind of notification: the result of a call, at the application's response URL. */
export const resultKind = "result";

/** The credential that every request presents, encrypted. */
export const apiKeyKind = "api_key";

/** There are no sessions: limits hold for the application, so that another key has no limits of its own. */
export const toUsageSession = (applicationId: bigint): string =>
  hash("sha256", `${protocolName}:${applicationId}`, "hex");
