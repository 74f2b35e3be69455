/** Reads the body of a response: a JSON object of strings, with `output_ResponseCode` or `output_error`. */
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
  if (fields["output_ResponseCode"] === undefined && fields["output_error"] === undefined)
    throw unexpectedResponseError(status, text, "The body has no output_ResponseCode");
  return { status, fields };
}
