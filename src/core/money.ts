/**
 * Exact amounts.
 *
 * Amounts are `bigint` minor units (cents, pesewas) everywhere inside; only the two functions below convert them from
 * and to text. No amount is ever a JavaScript number.
 */

/**
 * The maximum amount of one payment, in minor units (ten trillion in the major unit). A balance is an eight-byte integer
 * in PostgreSQL, which fits nine thousand such payments; `ledger` refuses a credit that does not fit.
 */
export const maxAmountMinor = 1_000_000_000_000_000n;

/**
 * Parses a decimal amount exactly: `"12.5"` with two decimals is `1250n`.
 *
 * Returns null if the text is empty or not a number, has too many decimals, or is zero or too large. Trailing zeros count
 * as decimals, because `10.000` may be meant as ten thousand.
 */
export function parseAmount(text: string, decimals: number): bigint | null {
  const match = /^(\d*)(?:\.(\d+))?$/.exec(text);
  if (match === null) return null;
  const whole = match[1] ?? "";
  const fraction = match[2] ?? "";
  if (whole === "" && fraction === "") return null;
  if (fraction.length > decimals || whole.length > 400) return null;
  const amountMinor = BigInt(whole + fraction.padEnd(decimals, "0"));
  return amountMinor > 0n && amountMinor <= maxAmountMinor ? amountMinor : null;
}

/** Formats minor units as on the wire: `1250n` with two decimals is `"12.50"`. */
export function formatAmount(amountMinor: bigint, decimals: number): string {
  const sign = amountMinor < 0n ? "-" : "";
  const digits = (amountMinor < 0n ? -amountMinor : amountMinor).toString().padStart(decimals + 1, "0");
  if (decimals === 0) return sign + digits;
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
