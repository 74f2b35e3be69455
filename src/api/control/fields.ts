/** Fields that several routes share, and conversion of amounts. */
import { Type } from "typebox";
import { formatAmount, parseAmount } from "../../core/money.ts";
import { markets, type Market } from "../../core/markets.ts";
import { usernameFormat } from "../../core/field-formats.ts";
import { promptBehaviours } from "../../store/rail/accounts.ts";
import { stringEnum } from "../../core/schema.ts";
import { ApiError } from "../api-error.ts";

export const msisdn = Type.String({
  pattern: "^[0-9]{11,14}$",
  description: "The customer's number: 12 to 14 digits, in Lesotho 11 to 14.",
  examples: ["255750000001"],
});

export const username = Type.String({ ...usernameFormat, examples: [...usernameFormat.examples] });

export const amount = Type.String({
  pattern: "^[0-9]{1,13}([.][0-9]{1,2})?$",
  description: 'A decimal amount of the market\'s currency, in quotes, such as "100.00".',
  examples: ["100.00"],
});

export const signedAmount = Type.String({
  pattern: "^-?[0-9]{1,13}([.][0-9]{1,2})?$",
  description:
    'A decimal amount of the market\'s currency, in quotes, such as "100.00"; a negative amount is removed.',
  examples: ["100.00", "-5.00"],
});

export const behaviour = stringEnum(promptBehaviours, {
  description:
    "How the customer answers prompts. Without a handset: `approve`, `decline`, `ignore`, `off`. On their handset: `ask`, " +
    "`no_signal`, `slow`, `late`, `loses_signal`. See docs/handsets.md.",
});

export const pin = Type.String({
  pattern: "^[0-9]{4,6}$",
  description: "The handset's PIN: four to six digits.",
  examples: ["1234"],
});

export const status = stringEnum(["active", "pending", "locked", "inactive"], {
  description:
    "The status of the account: `active`, `pending`, `locked` or `inactive`. Only an active account can pay or be paid.",
});

export const amountOutput = Type.String({
  description: "A decimal amount of the market's currency.",
  examples: ["100.00"],
});

export const currency = Type.String({ description: "The market's currency.", examples: ["TZS"] });

export const timestamp = Type.String({
  description: "A time, as ISO 8601 in UTC.",
  examples: ["2026-11-21T08:30:00.000Z"],
});

/** A time in a request. */
export const timestampInput = (description: string) =>
  Type.String({
    pattern:
      "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,3})?)?(Z|[+-][0-9]{2}:[0-9]{2})$",
    description: `${description}, as ISO 8601 with a time zone.`,
    examples: ["2026-11-21T08:30:00Z"],
  });

/** Parses an amount that matches its schema; zero is valid. Throws 400 if it is too large or has too many decimals. */
export function parseAmountMinor(value: string, market: Market, field: string): bigint {
  const negative = value.startsWith("-");
  const digits = negative ? value.slice(1) : value;
  if (/^[0.]*$/.test(digits)) return 0n;
  const amountMinor = parseAmount(digits, markets[market].decimals);
  if (amountMinor === null) {
    throw new ApiError(
      400,
      `${field} is larger than one payment can be, or has more decimals than ${markets[market].currency}.`,
    );
  }
  return negative ? -amountMinor : amountMinor;
}

export const formatAmountMinor = (amountMinor: bigint, market: Market): string =>
  formatAmount(amountMinor, markets[market].decimals);
