/**
 * The markets, their currencies, and exact amounts.
 *
 * Amounts are `bigint` minor units (cents, pesewas) everywhere inside; only the two functions below convert them from
 * and to text. No amount is ever a JavaScript number.
 */

export type Environment = "sandbox" | "live";

export const environments: readonly Environment[] = ["sandbox", "live"];

/**
 * A country's operator. `country` and `currency` are the values on the wire; `prefix` and `digits` are the format of an
 * MSISDN (`digits` includes the prefix); days start at midnight in `timeZone`. DR Congo's wallets hold dollars. Decimals
 * follow ISO 4217.
 */
// prettier-ignore
export const markets = {
  vodafoneGHA: { name: "Vodafone Ghana",      country: "GHA", currency: "GHS", decimals: 2, prefix: "233", digits: 12, timeZone: "Africa/Accra" },
  vodacomTZN:  { name: "Vodacom Tanzania",    country: "TZN", currency: "TZS", decimals: 2, prefix: "255", digits: 12, timeZone: "Africa/Dar_es_Salaam" },
  vodacomLES:  { name: "Vodacom Lesotho",     country: "LES", currency: "LSL", decimals: 2, prefix: "266", digits: 11, timeZone: "Africa/Maseru" },
  vodacomDRC:  { name: "Vodacom DR Congo",    country: "DRC", currency: "USD", decimals: 2, prefix: "243", digits: 12, timeZone: "Africa/Kinshasa" },
  vodacomMOZ:  { name: "Vodacom Mozambique",  country: "MOZ", currency: "MZN", decimals: 2, prefix: "258", digits: 12, timeZone: "Africa/Maputo" },
} as const;

export type Market = keyof typeof markets;

export const marketNames = Object.keys(markets) as readonly Market[];

/** One market in one environment, with its own schema. Money never crosses rails. */
export interface Rail {
  readonly environment: Environment;
  readonly market: Market;
  /** `<environment>_<market>`: the name of the schema, also used in logs and metrics. */
  readonly name: RailName;
}

export type RailName = `${Environment}_${Market}`;

export function railFor(environment: Environment, market: Market): Rail {
  return { environment, market, name: `${environment}_${market}` };
}

export const rails: readonly Rail[] = environments.flatMap((environment) =>
  marketNames.map((market) => railFor(environment, market)),
);

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
