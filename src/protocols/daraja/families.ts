/**
 * The families of Daraja's calls, and the error bodies of each.
 *
 * An error code reads `<status>.00<family>.<number>`. Families differ in more than that digit: in the code of an invalid
 * field, in the status of an invalid token, and in the response to a wrong method.
 */
import type { TokenFailure } from "./authentication.ts";

/** An error in Daraja's shape, `{"requestId", "errorCode", "errorMessage"}`. */
export interface DarajaError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** The error's `requestId`, if it is not the request's own; null for an error that has none. */
  readonly requestId?: string | null;
}

export interface DarajaFamily {
  /** A token that is not accepted. `tokenHint` is its first characters: no response repeats a token. */
  invalidToken(failure: TokenFailure, tokenHint: string): DarajaError;
  /** A field that is missing or invalid. `detail` follows the field's name. */
  invalidField(name: string, detail?: string): DarajaError;
  /** A body that is no JSON, or has a field twice. `firstField` is the call's first mandatory field. */
  invalidBody(firstField: string): DarajaError;
  /** A call by another method than its own. */
  wrongMethod(method: string): DarajaError;
  /** A path of the family that is no call. */
  readonly notFound: DarajaError;
  /** An internal fault, or an unavailable database. */
  readonly internalError: DarajaError;
  /** Outside an application's usage hours. */
  readonly quotaExceeded: DarajaError;
}

const noProduct = "Invalid API call as no apiproduct match found";

const error = (status: number, code: string, message: string): DarajaError => ({ status, code, message });

const invalidFieldText = (name: string, detail?: string): string =>
  `Bad Request - Invalid ${name}${detail === undefined ? "" : ` - ${detail}`}`;

const methodNotAllowed = (method: string): DarajaError =>
  error(405, "405.001", `${method} Method Not Allowed`);

const quotaExceeded = error(500, "500.003.03", "Error Occurred: Quota Violation");

/** STK push, STK query, reversal, QR. */
const express: DarajaFamily = {
  invalidToken: () => error(404, "404.001.03", "Invalid Access Token"),
  invalidField: (name, detail) => error(400, "400.002.02", invalidFieldText(name, detail)),
  invalidBody: (firstField) => error(400, "400.002.02", invalidFieldText(firstField)),
  wrongMethod: methodNotAllowed,
  notFound: error(404, "404.001.01", "Resource not found"),
  internalError: error(500, "500.001.1001", "Server Error"),
  quotaExceeded,
};

/** B2C, Pochi, balance. */
const payouts: DarajaFamily = {
  ...express,
  invalidToken: (failure, tokenHint) =>
    error(
      401,
      "401.002.01",
      failure === "product_missing"
        ? "Invalid Access Token"
        : `Error Occurred - Invalid Access Token - ${tokenHint}****`,
    ),
  notFound: error(404, "404.002.01", "Resource not found"),
  internalError: error(500, "500.002.1001", "System internal error."),
};

/** C2B, B2B, tax, top-up, express checkout, transaction status, Ratiba. */
const business: DarajaFamily = {
  invalidToken: (failure) =>
    error(
      401,
      "401.003.01",
      `Error Occurred - Invalid Access Token - ${failure === "product_missing" ? noProduct : "Invalid access token"}`,
    ),
  invalidField: (name, detail) => error(400, "400.003.02", invalidFieldText(name, detail)),
  invalidBody: () => error(400, "400.002.05", "Invalid Request Payload"),
  wrongMethod: () => error(404, "404.001.04", "Invalid Authentication Header"),
  notFound: error(404, "404.003.01", "Resource not found"),
  internalError: error(500, "500.003.1001", "Internal Server Error"),
  quotaExceeded,
};

const ownTokenError = (): DarajaError => error(401, "401.001", "Invalid Access Token");

/** Pull transactions. */
const pull: DarajaFamily = {
  ...express,
  invalidToken: ownTokenError,
  invalidField: (name, detail) =>
    error(400, "400.001", `Invalid ${name}${detail === undefined ? "" : ` - ${detail}`}`),
  invalidBody: (firstField) => error(400, "400.001", `Invalid ${firstField}`),
  internalError: error(500, "500", "Failed to retrieve"),
};

/** The organisation query. */
const organisation: DarajaFamily = {
  ...express,
  invalidToken: ownTokenError,
  invalidField: (name, detail) => error(400, "500", invalidFieldText(name, detail)),
  invalidBody: (firstField) => error(400, "500", invalidFieldText(firstField)),
};

/** B2C Hakikisha: payouts, but for the token. */
const hakikisha: DarajaFamily = { ...payouts, invalidToken: ownTokenError };

/** Bill Manager: its own error body, without a request id. */
const billManager: DarajaFamily = {
  ...express,
  invalidToken: () => ({
    ...error(401, "401", "Unauthorized - Invalid Access Token"),
    requestId: null,
  }),
};

export const families = {
  express,
  payouts,
  business,
  pull,
  organisation,
  hakikisha,
  billManager,
} as const satisfies Record<string, DarajaFamily>;

export type FamilyName = keyof typeof families;
