/**
 * Phone numbers and markets on the command line: numbers may contain spaces and a plus, and usually determine
 * the market.
 */
import { Option } from "commander";
import { marketNames, type Market } from "../../core/markets.ts";
import { findMsisdnMarket, parseMsisdn } from "../../core/msisdn.ts";
import * as parse from "./option-parsers.ts";
import { UsageError } from "./exit-codes.ts";

/** `--market`, with the choices for help and completion. */
export function createMarketOption(description: string): Option {
  return new Option("--market <name>", description).choices(marketNames).argParser(parse.market);
}

/**
 * `+255 750 000 001` in the wire format; with a market, `0750 000 001` too. Throws `UsageError` if it is not a number.
 */
export function parseTypedMsisdn(text: string, market?: Market): string {
  const msisdn = parseMsisdn(text, market ?? null);
  if (msisdn !== null) return msisdn;
  throw new UsageError(`${text} is not an MSISDN. An MSISDN has 11 to 14 digits, such as 255750000001.`);
}

/** The given market, or the market of the number. Throws `UsageError` if there is neither. */
export function findMarket(msisdn: string, explicitMarket?: Market): Market {
  if (explicitMarket !== undefined) return explicitMarket;
  const match = findMsisdnMarket(msisdn);
  if (match !== null) return match;
  throw new UsageError(
    `Cannot determine the market from ${msisdn}. Add --market, such as --market vodacomTZN.`,
  );
}

/** The page of a sandbox handset. */
export const handsetPageUrl = (
  { gateway }: { readonly gateway: string },
  market: Market,
  msisdn: string,
): string => `${gateway}/handset/${market}/${msisdn}`;
