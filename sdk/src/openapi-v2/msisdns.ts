/** Customers' numbers on the wire of OpenAPI v2: in the international form, or a scenario of the sandbox. */
import { InvalidArgumentError } from "../errors.ts";
import { toCompact, toInternationalMsisdn } from "../msisdns.ts";
import { markets } from "./generated.ts";
import type { Environment, Market } from "./requests.ts";

/** Zeros and one last digit: not a phone number, but a sandbox scenario (docs/scenarios.md). */
const scenario = /^0+[1-9]$/;

export interface MsisdnRules {
  readonly environment: Environment;
  readonly market: Market;
  /** The allowed lengths of scenario numbers. */
  readonly scenarioDigits: readonly number[];
}

/**
 * `+255 750 000 001`, `0750000001`, `750000001` and `255750000001` are all `255750000001` in Tanzania.
 *
 * Throws `InvalidArgumentError`. The message does not contain the number, because errors are written to logs.
 */
export function toWireMsisdn(
  field: string,
  number: unknown,
  { environment, market, scenarioDigits }: MsisdnRules,
): string {
  if (typeof number !== "string") throw new InvalidArgumentError(field, `${field} must be a string.`);
  const compact = toCompact(number);
  if (scenario.test(compact) && scenarioDigits.includes(compact.length)) {
    if (environment === "sandbox") return compact;
    throw new InvalidArgumentError(field, `${field} is a scenario number, which only the sandbox accepts.`);
  }
  return toInternationalMsisdn(field, number, markets[market]);
}
