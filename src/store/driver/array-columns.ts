/**
 * Array literals for `unnest`: a batch is sent to PostgreSQL as one array per column.
 *
 * The driver can format arrays too, but it runs two regular expressions over every element. These functions
 * produce the same literals and escape an element only if it needs it.
 */

/** An array literal of numbers, bigints or hexadecimal uuids, which never need quotes. */
export function toArrayLiteral(values: readonly (bigint | number | string | null)[]): string {
  let literal = "{";
  for (let i = 0; i < values.length; i += 1) {
    if (i > 0) literal += ",";
    literal += values[i] ?? "null";
  }
  return `${literal}}`;
}

/** An array literal of texts. PostgreSQL cannot store NUL: callers remove it first. */
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

/** A value for `timestamptz`, from milliseconds since 1970. */
export const toTimestamp = (at: number): Date => new Date(at);
