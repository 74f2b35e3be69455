/**
 * The parameters of OpenAPI v2: what each must look like, which code says that it does not, and what it
 * becomes. These tables validate requests, and are what `openapi.json` and the documentation are made of.
 */
import { markets, parseAmount, type Market } from "../../core/money.ts";
import { frequencies, parseDay, type Frequency } from "../../payments/mandate-terms.ts";
import type { Code } from "./codes.ts";

export interface Parameter<T = unknown, Mandatory extends boolean = boolean> {
  readonly description: string;
  readonly mandatory: Mandatory;
  /** The documented expression, or null where the page has none and `read` decides alone. */
  readonly expression: RegExp | null;
  readonly example: string;
  /** The code for a value that does not pass. */
  readonly code: Code;
  /** Other spellings of the name that real clients send. */
  readonly aliases?: readonly string[];
  /** An expression that holds in one market instead. */
  readonly marketExpressions?: Partial<Record<Market, RegExp>>;
  /** Turns a text that passed the expression into a value, or null if it is none. */
  parse(text: string, market: Market): T | null;
  /** Whether it carries a customer's number, which no log may show. */
  readonly personal?: boolean;
}

const asText = (value: string): string => value;

/** The same parameter, where a page does not ask for it. */
export function optional<T>(parameter: Parameter<T, true>): Parameter<T, false> {
  return { ...parameter, mandatory: false };
}

/** The same parameter in another call's words. */
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
    "How much to move, as a decimal number of the market's currency; at most its number of decimals.",
  expression: /^\d*\.?\d+$/,
  example: "10.00",
  code: "INS-15",
  parse: (value, market) => parseAmount(value, markets[market].decimals),
});

export const customerMsisdn = parameter<string>({
  description: "The customer's number in international form, digits only.",
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
  description: "The shortcode of the organisation that asks.",
  expression: /^([0-9A-Za-z]{4,12})$/,
  example: "000000",
  code: "INS-13",
  parse: asText,
});

export const transactionReference = parameter<string>({
  description: "The payment's reference, which the customer sees.",
  expression: /^[0-9a-zA-Z \w+]{1,20}$/,
  example: "T12344C",
  code: "INS-17",
  parse: asText,
});

export const thirdPartyConversationId = parameter<string>({
  description: "The caller's own id of this request; used once per application, market and call.",
  expression: /^[0-9a-zA-Z \w+]{1,40}$/,
  example: "asv02e5958774f7ba228d83d0d689761",
  code: "INS-28",
  parse: asText,
});

export const purchasedItemsDesc = parameter<string>({
  description: "What is paid for. Letters, digits and spaces: a comma is refused.",
  expression: /^[0-9a-zA-Z \w+]{1,256}$/,
  example: "Shoes",
  code: "INS-30",
  parse: asText,
});

export const paymentItemsDesc = parameter<string>({
  description: "What is paid for. Letters, digits and spaces: a comma is refused.",
  expression: /^[0-9a-zA-Z \w+]{1,256}$/,
  example: "Salary payment",
  code: "INS-31",
  parse: asText,
});

export const queryReference = parameter<string>({
  description:
    "The payment in question: its TransactionID, its ConversationID, or the caller's own id of it.",
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
  description: "What to ask for; only Name can be.",
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
    description: "The token that stands for the customer's number, as an earlier answer gave it.",
    expression: /^[0-9a-zA-Z \w=]{1,26}$/,
    example: "0g3qxk5t7cz9v1n4m8r2b6w5h",
    code: "INS-56",
    parse: asText,
    personal: true,
  }),
);

export const mandateId = optional(
  parameter<bigint>({
    description: "The mandate's number, as its creation answered it.",
    expression: /^[0-9]{1,12}$/,
    example: "15045",
    code: "INS-51",
    parse: BigInt,
  }),
);

export const agreedTc = parameter<string>({
  description: "1 when the customer agreed to the terms; without their agreement there is no mandate.",
  expression: /^[0-1]{1}$/,
  example: "1",
  code: "INS-36",
  parse: (value) => (value === "1" ? value : null),
});

export const firstPaymentDate = optional(
  parameter<number>({
    description: "The mandate's first day, YYYYMMDD; today when there is a frequency and no date.",
    expression: /^[0-9]{8}$/,
    example: "20270101",
    code: "INS-39",
    parse: parseDay,
  }),
);

export const frequency = optional(
  parameter<Frequency>({
    description: `How often it may be paid: ${Object.entries(frequencies)
      .map(([code, name]) => `${code} ${name}`)
      .join(", ")}. Absent is on demand, without dates or days.`,
    expression: /^[0-9]{2}$/,
    example: "04",
    code: "INS-40",
    parse: (value) => (value in frequencies ? (value as Frequency) : null),
  }),
);

const parseDayOfMonth = (value: string): number | null => {
  const number = Number(value);
  return number >= 1 && number <= 31 ? number : null;
};

export const startRangeOfDays = optional(
  parameter<number>({
    description: "The first day of the month on which it may be paid; for monthly frequencies and longer.",
    expression: /^[0-9]{2}$/,
    example: "01",
    code: "INS-41",
    parse: parseDayOfMonth,
  }),
);

export const endRangeOfDays = optional(
  parameter<number>({
    description: "The last day of the month on which it may be paid; for monthly frequencies and longer.",
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
  description: "True to ask whether the customer has BalanceAmount, else False.",
  example: "True",
  code: "INS-21",
  parse: (value) => (/^true$/i.test(value) ? true : /^false$/i.test(value) ? false : null),
});

export const balanceAmount = optional(
  parameter<bigint>({
    description: "The amount to ask about; mandatory when QueryBalanceAmount is True.",
    expression: /^\d*.?\d+$/,
    example: "100",
    code: "INS-54",
    parse: (value, market) => parseAmount(value, markets[market].decimals),
  }),
);

export const voucherCode = parameter<string>({
  description: "The code that the first step answered.",
  expression: /^[0-9A-Za-z]{4,12}$/,
  example: "TGS81345",
  code: "INS-21",
  parse: asText,
});

export const apiVersion = parameter<string>({
  description: "The version of the two-step calls.",
  expression: /^3\.1$/,
  example: "3.1",
  code: "INS-21",
  parse: asText,
});

/** The wire keeps the step's outcome in a field that is named for the customer's number. */
export const commitOrRelease = parameter<"commit" | "release">({
  description:
    "1 commits the payment, 0 releases the money. (The field's name is the wire's, not its meaning.)",
  expression: /^[01]$/,
  example: "1",
  code: "INS-21",
  parse: (value) => (value === "1" ? "commit" : "release"),
  personal: true,
});

export const stepTransactionId = parameter<string>({
  description: "The TransactionID that the first step answered.",
  expression: /^[0-9a-zA-Z]{1,13}$/,
  example: "0000000000001",
  code: "INS-18",
  parse: asText,
});

/**
 * Every call takes it besides its own parameters: where the result is told, instead of the application's
 * response URL. It stands in no sample, since it would turn an answer into an acknowledgement.
 */
export const responseUrl = {
  name: "input_ResponseURL",
  description:
    "Where the result is told, for this request alone, instead of the application's response URL. An http or https address; in live https, and a port from 11000 to 19000.",
  code: "INS-21",
} as const;
