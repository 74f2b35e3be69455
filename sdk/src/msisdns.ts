/** Customers' numbers: from what people write to the wire's international form. */
import { InvalidArgumentError } from "./errors.ts";
import { markets } from "./generated/openapi-v2.ts";
import type { Environment, Market } from "./requests.ts";

/** All zeros but for the last digit: not a number, but a wish for an ending (docs/scenarios.md). */
const scenario = /^0+[1-9]$/;

export interface MsisdnRules {
  readonly environment: Environment;
  readonly market: Market;
  /** How many digits a scenario's number may have. */
  readonly scenarioDigits: readonly number[];
}

/**
 * `+255 750 000 001`, `0750000001`, `750000001` and `255750000001` are all `255750000001` in Tanzania.
 *
 * Throws `MisuseError`, which does not repeat the number: errors end in logs.
 */
export function toWireMsisdn(
  field: string,
  number: unknown,
  { environment, market, scenarioDigits }: MsisdnRules,
): string {
  if (typeof number !== "string") throw new InvalidArgumentError(field, `${field} must be a string.`);
  const compact = number.trim().replace(/[\s().\-\u2010-\u2015]/g, "");
  const { prefix, digits, name } = markets[market];
  if (scenario.test(compact) && scenarioDigits.includes(compact.length)) {
    if (environment === "sandbox") return compact;
    throw new InvalidArgumentError(field, `${field} asks for a scenario; those are the sandbox's alone.`);
  }
  const international = toInternational(compact, prefix, digits);
  if (international !== null) return international;
  throw new InvalidArgumentError(
    field,
    `${field} is no number of ${name}: ${prefix} and ${digits - prefix.length} digits, or those digits alone.`,
  );
}

function toInternational(compact: string, prefix: string, digits: number): string | null {
  const match = /^(\+|00)?(\d+)$/.exec(compact);
  if (match === null) return null;
  const [, sign, rest = ""] = match;
  if (rest.startsWith(prefix) && rest.length === digits && rest[prefix.length] !== "0") return rest;
  if (sign !== undefined) return null;
  // Some countries write a national number with a leading zero, and some do not.
  const national = rest.replace(/^0/, "");
  return national.length === digits - prefix.length && !national.startsWith("0") ? prefix + national : null;
}
