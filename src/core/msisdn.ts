/**
 * Numbers of customers: the format of each market, and numbers as people type them.
 *
 * Live accepts only the market's format. The sandbox accepts any 11 to 14 digits, because M-Pesa's documentation and
 * the scenarios use numbers such as 000000000001 and, in Ghana, 254707161122.
 */
import { createRequire } from "node:module";
import type * as phoneNumbers from "libphonenumber-js";
import { marketNames, markets, type Market } from "./markets.ts";

/** ISO 3166 codes, by which `libphonenumber-js` knows a country's numbering plan. */
export const msisdnCountryCodes: Readonly<Record<Market, phoneNumbers.CountryCode>> = {
  vodafoneGHA: "GH",
  vodacomTZN: "TZ",
  vodacomLES: "LS",
  vodacomDRC: "CD",
  vodacomMOZ: "MZ",
  safaricomKEN: "KE",
};

/** The format of a market's MSISDNs, as a regular expression without anchors: `255\d{9}`. */
export function msisdnPattern(market: Market): string {
  const { prefix, digits } = markets[market];
  return String.raw`${prefix}\d{${digits - prefix.length}}`;
}

const marketExpressions = new Map(
  marketNames.map((market) => [market, new RegExp(`^${msisdnPattern(market)}$`)]),
);

/** Whether a text is an MSISDN of the market: the format that live requires. */
export const isMarketMsisdn = (text: string, market: Market): boolean =>
  marketExpressions.get(market)?.test(text) === true;

/** Whether a text is an MSISDN that some sandbox market accepts. */
export const isMsisdn = (text: string): boolean => /^\d{11,14}$/.test(text);

/** The least number of digits that a sandbox market accepts. Only Lesotho has MSISDNs of eleven digits. */
export const minMsisdnDigits = (market: Market): number => Math.min(12, markets[market].digits);

/** The market whose format an MSISDN has, or null. */
export const findMsisdnMarket = (msisdn: string): Market | null =>
  marketNames.find((market) => isMarketMsisdn(msisdn, market)) ?? null;

/**
 * Converts a number as people type it to an MSISDN, or returns null.
 *
 * `+255 750 000 001` needs no market. `0750 000 001` and `750000001` need one. 11 to 14 digits are an MSISDN already,
 * whatever their market.
 */
export function parseMsisdn(text: string, market: Market | null): string | null {
  const compact = text.replaceAll(/[\s()+-]/g, "");
  if (isMsisdn(compact)) return compact;
  if (market === null) return null;
  const number = loadPhoneNumbers().parsePhoneNumberFromString(text, {
    defaultCountry: msisdnCountryCodes[market],
    // The whole text must be the number.
    extract: false,
  });
  // A national number does not begin with zero: that zero is dialled within the country only.
  if (number === undefined || number.ext !== undefined || number.nationalNumber.startsWith("0")) return null;
  const msisdn = number.countryCallingCode + number.nationalNumber;
  return isMarketMsisdn(msisdn, market) ? msisdn : null;
}

const require = createRequire(import.meta.url);

/** Loads the library when a number needs it: that takes tens of milliseconds, and most commands need none. */
const loadPhoneNumbers = (): typeof phoneNumbers => require("libphonenumber-js") as typeof phoneNumbers;
