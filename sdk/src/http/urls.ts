/** Checks callback URLs that a program passes. */
import { InvalidArgumentError } from "../errors.ts";

/** Checks a callback URL. Throws `InvalidArgumentError`. */
export function validateUrl(field: string, value: unknown): string {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : null;
  if (url !== null && /^https?:$/.test(url.protocol)) return value as string;
  throw new InvalidArgumentError(field, `${field} must be an http or https URL.`);
}
