/** The markets, their currencies, and the two environments. */

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
  safaricomKEN: { name: "Safaricom Kenya",    country: "KEN", currency: "KES", decimals: 2, prefix: "254", digits: 12, timeZone: "Africa/Nairobi" },
} as const;

export type Market = keyof typeof markets;

/** What people write before an amount: `TZS 10.00`, and in Kenya `Ksh10.00`. */
export const getMoneyPrefix = (market: Market): string =>
  market === "safaricomKEN" ? "Ksh" : `${markets[market].currency} `;

export const marketNames = Object.keys(markets) as readonly Market[];
