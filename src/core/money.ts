/**
 * The markets, their currencies, and exact amounts.
 *
 * Money is a `bigint` count of minor units (cents, pesewas) everywhere inside; it becomes text only
 * at the edges, through the two functions below. No amount is ever a JavaScript number.
 */

export type Environment = "sandbox" | "live";

export const environments: readonly Environment[] = ["sandbox", "live"];

/**
 * A country's operator. `country` and `currency` are the wire's values; `prefix` and `digits` say what
 * a number of this market looks like (`digits` counts the whole MSISDN); days turn at midnight in
 * `timeZone`. DR Congo's wallets hold dollars. Decimals follow ISO 4217.
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

/** One market in one environment: what money never leaves, and the name of its schema. */
export interface Rail {
  readonly environment: Environment;
  readonly market: Market;
  /** `<environment>_<market>`: the schema's name, and how the rail is called in logs and metrics. */
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
 * The most that one payment may carry, in minor units (ten trillion in the major unit). A balance is
 * an eight-byte integer in PostgreSQL; this leaves room for nine thousand such payments on one account,
 * and `ledger` refuses the one that would not fit.
 */
export const maxAmountMinor = 1_000_000_000_000_000n;

/**
 * Reads a decimal amount exactly: `"12.5"` in a market with two decimals is `1250n`.
 *
 * Returns null for what is no amount of this currency: more decimals than it has (even zeros, since
 * a caller who writes `10.000` may mean something else by it), nothing at all, zero, or too much.
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

/** Writes minor units as the wire does: `1250n` with two decimals is `"12.50"`. */
export function formatAmount(amountMinor: bigint, decimals: number): string {
  const sign = amountMinor < 0n ? "-" : "";
  const digits = (amountMinor < 0n ? -amountMinor : amountMinor).toString().padStart(decimals + 1, "0");
  if (decimals === 0) return sign + digits;
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
