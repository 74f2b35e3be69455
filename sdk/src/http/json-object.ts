/** Parses the body of a response as a JSON object. */
import { unexpectedResponseError } from "./connection-error.ts";
import type { HttpResponse } from "./send.ts";

/** Throws `ConnectionError` for any other body, because M-Pesa sends a JSON object even with an error. */
export function parseJsonObject({ status, text }: HttpResponse): Readonly<Record<string, unknown>> {
  const value = parseJson(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  const problem = text.trim() === "" ? "The body is empty" : "The body is not a JSON object";
  throw unexpectedResponseError(status, text, problem);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
