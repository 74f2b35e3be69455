/** Reads the body of a response: a JSON object, whose values are texts, numbers and objects. */
import { parseJsonObject } from "../http/json-object.ts";
import type { HttpResponse } from "../http/send.ts";
import type { WireFields } from "./results.ts";

export interface WireResponse {
  readonly status: number;
  readonly fields: WireFields;
}

/** Throws `ConnectionError` if the response is not from M-Pesa. */
export const parseWireResponse = (response: HttpResponse): WireResponse => ({
  status: response.status,
  fields: parseJsonObject(response),
});

/** A value by its path, such as `ResponseHeader.responseCode`. */
export function readPath(fields: unknown, path: string): unknown {
  let value = fields;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

/** A text or number as a text; empty if it is absent. */
export function readText(fields: unknown, path: string): string {
  const value = readPath(fields, path);
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

export const readList = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as readonly unknown[]) : [];

/** `1`, `1.0` and `1.00` are `1.00`. Null for a text that is no amount. */
export function formatAmount(text: string): string | null {
  const [, shillings, cents = ""] = /^(-?\d+)(?:\.(\d{1,2}))?0*$/.exec(text) ?? [];
  return shillings === undefined ? null : `${shillings}.${cents.padEnd(2, "0")}`;
}
