/**
 * The parameters of OpenAPI v2: the format of each, the code for an invalid value, and the parser. These tables
 * validate requests, and `openapi.json` and the documentation are generated from them.
 */
import { markets, type Market } from "../../core/markets.ts";
import { parseAmount } from "../../core/money.ts";
import { parseDay, type Frequency } from "../../payments/mandate-terms.ts";
import { frequencyByCode, frequencyTexts } from "./frequencies.ts";
import type { Code } from "./codes.ts";

export interface Parameter<T = unknown, Mandatory extends boolean = boolean> {
  readonly description: string;
  readonly mandatory: Mandatory;
  /** The documented expression, or null where the documentation has none and only `parse` decides. */
  readonly expression: RegExp | null;
  readonly example: string;
  /** The code for an invalid value. */
  readonly code: Code;
  /** Other spellings of the name that existing clients send. */
  readonly aliases?: readonly string[];
  /** Expressions that replace the documented one in some markets. */
  readonly marketExpressions?: Partial<Record<Market, RegExp>>;
  /** Parses a text that matched the expression, or returns null if it is invalid. */
  parse(text: string, market: Market): T | null;
  /** Whether the value may be a customer's number, which logs must mask. */
  readonly personal?: boolean;
  /** Whether the value authorises something, so that logs must not keep it. */
  readonly secret?: boolean;
  /**
   * For an optional parameter whose absence permits more than any value: what is refused with `code` instead of being
   * taken as absent. The program that sent it had a value in mind, and lost it.
   */
  readonly refusedIfEmpty?: "empty" | "empty or null";
}

const asText = (value: string): string => value;

/** The same parameter, for calls where it is optional. */
export function optional<T>(parameter: Parameter<T, true>): Parameter<T, false> {
  return { ...parameter, mandatory: false };
}

/** The same optional parameter, refused if it is present without a value. */
export const refuseEmpty = <T>(
  parameter: Parameter<T, false>,
  refusedIfEmpty: NonNullable<Parameter["refusedIfEmpty"]>,
): Parameter<T, false> => ({ ...parameter, refusedIfEmpty });

/** The same parameter with another call's description. */
export function withDescription<P extends Parameter>(parameter: P, description: string, example?: string): P {
  return { ...parameter, description, example: example ?? parameter.example };
}

function parameter<T>(
  definition: Omit<Parameter<T, true>, "mandatory" | "expression"> & { readonly expression?: RegExp },
): Parameter<T, true> {
  return { expression: null, ...definition, mandatory: true };
}

export const amount = parameter<bigint>({
  description:
    "The amount, as a decimal number in the market's currency, with at most as many decimals as the currency has.",
  expression: /^\d*\.?\d+$/,
  example: "10.00",
  code: "INS-15",
  parse: (value, market) => parseAmount(value, markets[market].decimals),
});

export const customerMsisdn = parameter<string>({
  description: "The customer's MSISDN in international form, digits only.",
  expression: /^[0-9]{12,14}$/,
  marketExpressions: { vodacomLES: /^[0-9]{11,14}$/ },
  example: "000000000001",
  code: "INS-2051",
  parse: asText,
  personal: true,
});

export const country = parameter<string>({
  description: "The market's country; it must agree with the market in the path.",
  example: "GHA",
  code: "INS-998",
  parse: (value, market) => (value === markets[market].country ? value : null),
});

export const currency = parameter<string>({
  description: "The country's currency.",
  expression: /^[a-zA-Z]{1,3}$/,
  example: "GHS",
  code: "INS-26",
  parse: (value, market) => (value === markets[market].currency ? value : null),
});

export const serviceProviderCode = parameter<string>({
  description: "The shortcode of the requesting organisation.",
  expression: /^([0-9A-Za-z]{4,12})$/,
  example: "000000",
  code: "INS-13",
  parse: asText,
});

export const transactionReference = parameter<string>({
  description: "The payment's reference. The customer sees it.",
  expression: /^[0-9a-zA-Z \w+]{1,20}$/,
  example: "T12344C",
  code: "INS-17",
  parse: asText,
});

export const thirdPartyConversationId = parameter<string>({
  description:
    "The caller's own id of this request; unique per application, market and call. A payment can be queried by it only if it has 1 to 32 letters and digits, and no other characters.",
  expression: /^[0-9a-zA-Z \w+]{1,40}$/,
  example: "asv02e5958774f7ba228d83d0d689761",
  code: "INS-28",
  parse: asText,
});

export const purchasedItemsDesc = parameter<string>({
  description: "What the payment is for. Letters, digits, underscores and spaces; a comma is refused.",
  expression: /^[0-9a-zA-Z \w+]{1,256}$/,
  example: "Shoes",
  code: "INS-30",
  parse: asText,
});

export const paymentItemsDesc = parameter<string>({
  description: "What the payment is for. Letters, digits, underscores and spaces; a comma is refused.",
  expression: /^[0-9a-zA-Z \w+]{1,256}$/,
  example: "Salary payment",
  code: "INS-31",
  parse: asText,
});

export const queryReference = parameter<string>({
  description: "The payment: its TransactionID, its ConversationID, or the caller's own id of the request.",
  expression: /^(?:[A-Za-z0-9]{10,20}|[A-Za-z0-9]{1,9}|[A-Za-z0-9]{21,32})$/,
  example: "000000000000000000001",
  code: "INS-21",
  parse: asText,
});

export const transactionId = parameter<string>({
  description: "The payment's TransactionID.",
  expression: /^[0-9a-zA-Z]{1,20}$/,
  example: "0000000000001",
  code: "INS-18",
  parse: asText,
});

export const kycQueryType = parameter<string>({
  description: "The type of the query; only Name is supported.",
  expression: /^(Name)$/,
  example: "Name",
  code: "INS-32",
  aliases: ["input_KYCQueryType"],
  parse: asText,
});

export const thirdPartyReference = parameter<string>({
  description: "The organisation's own reference of the mandate.",
  expression: /^[0-9a-zA-Z]{1,32}$/,
  example: "Test123",
  code: "INS-19",
  parse: asText,
});

export const msisdnToken = optional(
  parameter<string>({
    description: "The token for the customer's MSISDN, from an earlier response.",
    expression: /^[0-9a-zA-Z \w=]{1,26}$/,
    example: "0g3qxk5t7cz9v1n4m8r2b6w5h",
    code: "INS-56",
    parse: asText,
    personal: true,
  }),
);

export const mandateId = optional(
  parameter<bigint>({
    description: "The mandate's id, from the response that created it.",
    expression: /^[0-9]{1,12}$/,
    example: "15045",
    code: "INS-51",
    parse: BigInt,
  }),
);

export const agreedTc = parameter<string>({
  description: "1 if the customer agreed to the terms. Other values are refused.",
  expression: /^[0-1]{1}$/,
  example: "1",
  code: "INS-36",
  parse: (value) => (value === "1" ? value : null),
});

export const firstPaymentDate = optional(
  parameter<number>({
    description: "The mandate's first day, YYYYMMDD. Default: today, if there is a frequency.",
    expression: /^[0-9]{8}$/,
    example: "20270101",
    code: "INS-39",
    parse: parseDay,
  }),
);

export const frequency = optional(
  parameter<Frequency>({
    description: `How often the mandate may be debited: ${Object.entries(frequencyTexts)
      .map(([code, name]) => `${code} ${name}`)
      .join(", ")}. If absent, on demand, without dates or days.`,
    expression: /^[0-9]{2}$/,
    example: "04",
    code: "INS-40",
    parse: (value) =>
      value in frequencyByCode ? frequencyByCode[value as keyof typeof frequencyByCode] : null,
  }),
);

const parseDayOfMonth = (value: string): number | null => {
  const number = Number(value);
  return number >= 1 && number <= 31 ? number : null;
};

export const startRangeOfDays = optional(
  parameter<number>({
    description:
      "The first day of the month on which a debit is allowed; for monthly and longer frequencies.",
    expression: /^[0-9]{2}$/,
    example: "01",
    code: "INS-41",
    parse: parseDayOfMonth,
  }),
);

export const endRangeOfDays = optional(
  parameter<number>({
    description: "The last day of the month on which a debit is allowed; for monthly and longer frequencies.",
    expression: /^[0-9]{2}$/,
    example: "22",
    code: "INS-42",
    parse: parseDayOfMonth,
  }),
);

export const expiryDate = optional(
  parameter<number>({
    description: "The mandate's last day, YYYYMMDD.",
    expression: /^[0-9]{8}$/,
    example: "20271231",
    code: "INS-43",
    parse: parseDay,
  }),
);

export const queryBalanceAmount = parameter<boolean>({
  description: "True to query whether the customer's balance covers BalanceAmount, else False.",
  example: "True",
  code: "INS-21",
  parse: (value) => (/^true$/i.test(value) ? true : /^false$/i.test(value) ? false : null),
});

export const balanceAmount = optional(
  parameter<bigint>({
    description: "The amount to compare with the balance; mandatory when QueryBalanceAmount is True.",
    expression: /^\d*.?\d+$/,
    example: "100",
    code: "INS-54",
    parse: (value, market) => parseAmount(value, markets[market].decimals),
  }),
);

export const voucherCode = parameter<string>({
  description: "The voucher code from the response of the first step.",
  expression: /^[0-9A-Za-z]{4,12}$/,
  example: "TGS81345",
  code: "INS-21",
  parse: asText,
  secret: true,
});

export const apiVersion = parameter<string>({
  description: "The version of the two-step calls.",
  expression: /^3\.1$/,
  example: "3.1",
  code: "INS-21",
  parse: asText,
});

/** On the wire, commit or release is in a field named for the customer's MSISDN. */
export const commitOrRelease = parameter<"commit" | "release">({
  description: "1 commits the payment, 0 releases the money. (M-Pesa named the field; it is not an MSISDN.)",
  expression: /^[01]$/,
  example: "1",
  code: "INS-21",
  parse: (value) => (value === "1" ? "commit" : "release"),
  personal: true,
});

export const stepTransactionId = parameter<string>({
  description: "The TransactionID from the response of the first step.",
  expression: /^[0-9a-zA-Z]{1,13}$/,
  example: "0000000000001",
  code: "INS-18",
  parse: asText,
});

/**
 * Every call accepts it besides its own parameters. The examples leave it out, because with it the response is an
 * acknowledgement.
 */
export const responseUrl = {
  name: "input_ResponseURL",
  description:
    "The URL for the callback of this request, instead of the application's response URL. An http or https URL; in live, https with a port from 11000 to 19000.",
  code: "INS-21",
} as const;
