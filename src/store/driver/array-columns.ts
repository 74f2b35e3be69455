/**
 * Columns for `unnest`: a batch travels to PostgreSQL as one array per column.
 *
 * The driver can write arrays itself, but escapes every element through two regular expressions. These
 * write the same literals and look for something to escape first.
 */

/** An array literal of numbers, bigints or hexadecimal uuids: nothing in them can need a quote. */
export function toArrayLiteral(values: readonly (bigint | number | string | null)[]): string {
  let literal = "{";
  for (let i = 0; i < values.length; i += 1) {
    if (i > 0) literal += ",";
    literal += values[i] ?? "null";
  }
  return `${literal}}`;
}

/** An array literal of texts. PostgreSQL cannot store NUL, so callers never let one get here. */
export function toTextArrayLiteral(values: readonly (string | null)[]): string {
  let literal = "{";
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? null;
    if (i > 0) literal += ",";
    if (value === null) literal += "null";
    else literal += needsEscape.test(value) ? `"${value.replace(escapedCharacters, "\\$&")}"` : `"${value}"`;
  }
  return `${literal}}`;
}

const needsEscape = /["\\]/;
const escapedCharacters = /["\\]/g;

/** A moment for `timestamptz`, from milliseconds since 1970. */
export const toTimestamp = (at: number): Date => new Date(at);
