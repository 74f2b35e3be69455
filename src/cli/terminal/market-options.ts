/** Numbers and markets as people type them: spaces and a plus allowed, the market found by the number. */
import { Option } from "commander";
import { marketNames, markets, type Market } from "../../core/money.ts";
import * as read from "./option-parsers.ts";
import { UsageError } from "./exit-codes.ts";

/** `--market`, with the names that help and completion show. */
export function createMarketOption(description: string): Option {
  return new Option("--market <name>", description).choices(marketNames).argParser(read.market);
}

/** `+255 750 000 001` as the wire has it. Throws `Misused` for what is no number. */
export function parseMsisdn(text: string): string {
  const digits = text.replaceAll(/[\s()+-]/g, "");
  if (/^\d{11,14}$/.test(digits)) return digits;
  throw new UsageError(`${text} is no MSISDN: those have 11 to 14 digits, such as 255750000001.`);
}

/** The market that a number belongs to, or the one that was named. Throws `Misused` where neither tells. */
export function findMarket(msisdn: string, explicitMarket?: Market): Market {
  if (explicitMarket !== undefined) return explicitMarket;
  const match = marketNames.find((name) => {
    const { prefix, digits } = markets[name];
    return msisdn.startsWith(prefix) && msisdn.length === digits;
  });
  if (match !== undefined) return match;
  throw new UsageError(`${msisdn} tells no market: --market names it.`);
}

/** Where a person looks at a handset of the sandbox. */
export const handsetPageUrl = (
  { gateway }: { readonly gateway: string },
  market: Market,
  msisdn: string,
): string => `${gateway}/handset/${market}/${msisdn}`;
