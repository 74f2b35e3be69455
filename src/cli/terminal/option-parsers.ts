/**
 * Parses option values. An invalid value throws commander's `InvalidArgumentError` or `UsageError` with a
 * one-line message.
 */
import { InvalidArgumentError } from "commander";
import {
  sessionLifetimeRange,
  shortcodeFormat,
  timeOfDayFormat,
  usernameFormat,
  type TextFormat,
} from "../../core/field-formats.ts";
import {
  addressRangeDescription,
  isAddressRange,
  maxAddressRangeLength,
} from "../../developers/address-ranges.ts";
import { msPerSecond } from "../../core/clock.ts";
import { maxOverlapMs } from "../../core/credential-overlap.ts";
import { environments, marketNames, markets, type Environment, type Market } from "../../core/markets.ts";
import { parseAmount } from "../../core/money.ts";
import { isMarketMsisdn, parseMsisdn } from "../../core/msisdn.ts";
import { parseTimestamp } from "../../core/timestamps.ts";
import { productNames } from "../../protocols/registry.ts";
import { duration } from "../../config/parsers.ts";
import { promptBehaviours } from "../../store/rail/accounts.ts";
import { apiOperatorRoles } from "../../store/main/api-operators.ts";
import { organisationKinds } from "../../store/rail/organisations.ts";
import { UsageError } from "./exit-codes.ts";

function createChoiceParser<Word extends string>(choices: readonly Word[]): (text: string) => Word {
  return (text) => {
    const match = choices.find((choice) => choice === text);
    if (match !== undefined) return match;
    throw new InvalidArgumentError(`It must be one of ${choices.join(", ")}.`);
  };
}

/** Values separated by commas or given repeatedly; commander passes the previous values. */
function createListParser<Value>(
  parse: (text: string) => Value,
): (text: string, previous?: readonly Value[]) => readonly Value[] {
  return (text, previous = []) => [...previous, ...text.split(",").map((part) => parse(part.trim()))];
}

function createPatternParser(expression: RegExp, description: string): (text: string) => string {
  return (text) => {
    if (expression.test(text)) return text;
    throw new InvalidArgumentError(`It must be ${description}.`);
  };
}

/** Checks a value with the format that the control API checks the same field with. */
function createFormatParser({ pattern, description }: TextFormat): (text: string) => string {
  const expression = new RegExp(pattern, "u");
  return (text) => {
    if (expression.test(text)) return text;
    throw new InvalidArgumentError(`It is not accepted. ${description}`);
  };
}

function addressRange(text: string): string {
  if (text.length <= maxAddressRangeLength && isAddressRange(text)) return text;
  throw new InvalidArgumentError(`It is not accepted. ${addressRangeDescription}`);
}

export const market = createChoiceParser<Market>(marketNames);
export const environment = createChoiceParser<Environment>(environments);
export const promptBehaviour = createChoiceParser(promptBehaviours);
export const organisationKind = createChoiceParser(organisationKinds);
export const organisationAccounts = ["working", "utility", "merchant", "settlement", "charges_paid"] as const;
export const organisationAccount = createChoiceParser(organisationAccounts);
export const product = createChoiceParser(productNames);
export const deliveryState = createChoiceParser(["open", "dead_lettered", "delivered"] as const);
export const products = createListParser(product);
export const shortcode = createFormatParser(shortcodeFormat);
export const username = createFormatParser(usernameFormat);
export const operatorRoles = createListParser(createChoiceParser(apiOperatorRoles));
export const shortcodes = createListParser(shortcode);
/** One line of text. PostgreSQL cannot store NUL, and a terminal would obey the other characters of \p{Cc}. */
export const shortText = createPatternParser(
  /^(?!\s*$)\P{Cc}{1,100}$/u,
  "1 to 100 characters, without control characters",
);
export const origins = (text: string, previous: readonly string[] = []): readonly string[] => [
  ...previous,
  shortText(text),
];
export const timeOfDay = createFormatParser(timeOfDayFormat);
export const email = createPatternParser(/^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u, "an e-mail address");

export function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number.");
}

export function applicationId(text: string): bigint {
  if (/^[1-9]\d{0,17}$/.test(text)) return BigInt(text);
  throw new InvalidArgumentError("It must be an application id.");
}

export const sources = createListParser(addressRange);

/** A duration in milliseconds. */
export function sessionLifetime(text: string): number {
  const ms = /^\d+[smhd]$/.test(text) ? duration()(text, "session lifetime") : NaN;
  const { minimumSeconds, maximumSeconds } = sessionLifetimeRange;
  if (ms >= minimumSeconds * msPerSecond && ms <= maximumSeconds * msPerSecond) return ms;
  throw new InvalidArgumentError("It must be a time from 60s to 30d, such as 24h.");
}

/** How long a replaced credential stays valid, in milliseconds. */
export function credentialOverlap(text: string): number {
  const ms = /^\d{1,9}[smhd]$/.test(text) ? duration()(text, "overlap") : NaN;
  if (ms <= maxOverlapMs) return ms;
  throw new InvalidArgumentError("It must be a time from 0s to 7d, such as 24h.");
}

export function webAddress(text: string): string {
  const url = URL.parse(text);
  const isPlain = !/[\s\p{Cc}]/u.test(text);
  if (url !== null && ["http:", "https:"].includes(url.protocol) && url.username === "" && isPlain)
    return text;
  throw new InvalidArgumentError("It must be an http or https URL without a user name and password.");
}

/** A timestamp with a zone, as milliseconds since 1970. */
export function timestamp(text: string): number {
  const at = parseTimestamp(text);
  if (at !== null) return at;
  throw new InvalidArgumentError("It must be a timestamp with a zone, such as 2026-11-21T08:30:00Z.");
}

/** Parses a decimal amount of the market's currency into minor units. */
export function parseMarketAmount(inMarket: Market, text: string): bigint {
  const { currency, decimals } = markets[inMarket];
  const amountMinor = parseAmount(text, decimals);
  if (amountMinor !== null) return amountMinor;
  throw new UsageError(`--amount ${text} is not a valid amount of ${currency}. Write it like 100.00.`);
}

/** A live MSISDN must have the market's format. The sandbox also accepts others. */
export function parseMarketMsisdn(inMarket: Market, inEnvironment: Environment, text: string): string {
  const msisdn = parseMsisdn(text, inMarket);
  if (msisdn !== null && (inEnvironment === "sandbox" || isMarketMsisdn(msisdn, inMarket))) return msisdn;
  const { name, prefix, digits } = markets[inMarket];
  throw new UsageError(
    `--msisdn ${text} is not a number of ${name}. Its numbers have ${digits} digits and begin with ${prefix}.`,
  );
}
