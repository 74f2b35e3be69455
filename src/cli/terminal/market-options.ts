/**
 * Phone numbers and markets on the command line: numbers may contain spaces and a plus, and usually determine
 * the market.
 */
import { Option } from "commander";
import { marketNames, markets, type Market } from "../../core/markets.ts";
import * as parse from "./option-parsers.ts";
import { UsageError } from "./exit-codes.ts";

/** `--market`, with the choices for help and completion. */
export function createMarketOption(description: string): Option {
  return new Option("--market <name>", description).choices(marketNames).argParser(parse.market);
}

/** `+255 750 000 001` in the wire format. Throws `UsageError` if it is not a number. */
export function parseMsisdn(text: string): string {
  const digits = text.replaceAll(/[\s()+-]/g, "");
  if (/^\d{11,14}$/.test(digits)) return digits;
  throw new UsageError(`${text} is not an MSISDN. An MSISDN has 11 to 14 digits, such as 255750000001.`);
}

/** The given market, or the market of the number. Throws `UsageError` if there is neither. */
export function findMarket(msisdn: string, explicitMarket?: Market): Market {
  if (explicitMarket !== undefined) return explicitMarket;
  const match = marketNames.find((name) => {
    const { prefix, digits } = markets[name];
    return msisdn.startsWith(prefix) && msisdn.length === digits;
  });
  if (match !== undefined) return match;
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
