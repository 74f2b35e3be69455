/** The names that OpenAPI v2's rows are stored under. */

/** The protocol, in payments, notifications, credentials and log lines. */
export const protocolName = "openapi-v2";

/** The one kind of notification: the result of a call, at the request's or the application's response URL. */
export const resultKind = "result";

/** The credential that a client exchanges for a session. */
export const apiKeyKind = "api_key";
