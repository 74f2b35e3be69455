/** Customers' numbers: converts written forms to the international form of the wire. */
import { InvalidArgumentError } from "./errors.ts";

/** The format of a market's numbers. */
export interface MsisdnFormat {
  readonly name: string;
  readonly prefix: string;
  readonly digits: number;
}

/**
 * `+255 750 000 001`, `0750000001`, `750000001` and `255750000001` are all `255750000001` in Tanzania.
 *
 * Throws `InvalidArgumentError`. The message does not contain the number, because errors are written to logs.
 */
export function toInternationalMsisdn(
  field: string,
  number: string,
  { name, prefix, digits }: MsisdnFormat,
): string {
  const international = toInternational(toCompact(number), prefix, digits);
  if (international !== null) return international;
  throw new InvalidArgumentError(
    field,
    `${field} is not a number of ${name}. Write ${prefix} and ${digits - prefix.length} digits, or only those digits.`,
  );
}

/** Without spaces and punctuation. */
export const toCompact = (number: string): string => number.trim().replace(/[\s().\-\u2010-\u2015]/g, "");

function toInternational(compact: string, prefix: string, digits: number): string | null {
  const match = /^(\+|00)?(\d+)$/.exec(compact);
  if (match === null) return null;
  const [, sign, rest = ""] = match;
  if (rest.startsWith(prefix) && rest.length === digits && rest[prefix.length] !== "0") return rest;
  if (sign !== undefined) return null;
  // In some countries, national numbers have a leading zero.
  const national = rest.replace(/^0/, "");
  return national.length === digits - prefix.length && !national.startsWith("0") ? prefix + national : null;
}
