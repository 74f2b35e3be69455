/** Reads the body of a response: a JSON object of strings, with a code or with `output_error`. */
import { unexpectedResponseError } from "../http/connection-error.ts";
import { parseJsonObject } from "../http/json-object.ts";
import type { HttpResponse } from "../http/send.ts";
import type { WireFields } from "./results.ts";

export interface WireResponse {
  readonly status: number;
  readonly fields: WireFields;
}

/** Throws `ConnectionError` if the response is not from M-Pesa. */
export function parseWireResponse(response: HttpResponse): WireResponse {
  const { status, text } = response;
  // Drop null fields: as a string, "null" would look like a payment's ID.
  const fields = Object.fromEntries(
    Object.entries(parseJsonObject(response))
      .filter(([, field]) => field !== null)
      .map(([name, field]) => [name, typeof field === "string" ? field : JSON.stringify(field)]),
  );
  // A reversal's response may have its id under this name.
  const { output_ReversalTransactionID: reversalId } = fields;
  if (reversalId !== undefined) fields["output_TransactionID"] ??= reversalId;
  if (Object.keys(fields).some((name) => /^output_(?:ResponseCode|ResultCode|error)$/.test(name)))
    return { status, fields };
  throw unexpectedResponseError(status, text, "The body has no output_ResponseCode");
}

/** The code of a response. The answer to a name query has had either name. */
export const readCode = ({ fields }: WireResponse): string =>
  fields["output_ResponseCode"] ?? fields["output_ResultCode"] ?? "";

/** Limits text from the other side, because our messages are written to logs. */
const maxMessageLength = 200;

export const readDescription = ({ fields }: WireResponse): string =>
  (fields["output_ResponseDesc"] ?? fields["output_ResultDesc"] ?? fields["output_error"] ?? "").slice(
    0,
    maxMessageLength,
  );

/** Another status with `output_error` alone, such as 408, leaves the outcome unknown. */
const authenticationStatuses: ReadonlySet<number> = new Set([400, 401, 403]);

/**
 * Whether authentication failed, so that the platform did not process the request: `INS-2`, or `output_error` without a
 * code. Any other 401 concerns the payment or the customer.
 */
export function isRefusedByAuthentication(response: WireResponse): boolean {
  const { status, fields } = response;
  const code = readCode(response);
  if (code === "INS-2") return status >= 400 && status <= 499;
  return code === "" && authenticationStatuses.has(status) && (fields["output_error"] ?? "") !== "";
}
