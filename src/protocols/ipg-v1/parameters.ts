/**
 * The parameters of IPG v1: the format of each, the code for an invalid value, and the parser. These tables validate
 * requests, and `openapi.json` and the documentation are generated from them.
 */
import { markets } from "../../core/markets.ts";
import { parseAmount } from "../../core/money.ts";
import type { IpgV1Code } from "./codes.ts";
import { ipgV1Market } from "./names.ts";

export interface IpgV1Parameter<T = unknown, Mandatory extends boolean = boolean> {
  readonly description: string;
  readonly mandatory: Mandatory;
  readonly expression: RegExp;
  readonly example: string;
  /** The code for an invalid value. */
  readonly code: IpgV1Code;
  /** The code for a value with a space, where M-Pesa's gateway fails instead of validating. */
  readonly spaceCode?: IpgV1Code;
  /** Other names that existing clients send. */
  readonly aliases?: readonly string[];
  /** Parses a text that matched the expression, or returns null if it is invalid. */
  parse(text: string): T | null;
  /** Whether the value is a customer's number, which logs must mask. */
  readonly personal?: boolean;
  /** Whether the value authorises something, so that logs must not keep it. */
  readonly secret?: boolean;
  /**
   * For an optional parameter whose absence permits more than any value: a value that is empty or null is refused with
   * `code`. The program that sent it had a value in mind, and lost it.
   */
  readonly refusedIfEmpty?: true;
}

const asText = (value: string): string => value;

function parameter<T>(definition: Omit<IpgV1Parameter<T, true>, "mandatory">): IpgV1Parameter<T, true> {
  return { ...definition, mandatory: true };
}

/** The same parameter with another call's description, example and other names. */
export const withDetails = <P extends IpgV1Parameter>(
  original: P,
  details: Partial<Pick<IpgV1Parameter, "aliases" | "description" | "example">>,
): P => ({ ...original, ...details });

/** The same parameter, which may be absent, but not empty. */
export const optional = <T>({ ...original }: IpgV1Parameter<T, true>): IpgV1Parameter<T, false> => ({
  ...original,
  mandatory: false,
  refusedIfEmpty: true,
});

const { decimals, prefix } = markets[ipgV1Market];

export const amount = parameter<bigint>({
  description: "The amount in meticais, as a decimal number with at most two decimals.",
  expression: /^\d*\.?\d+$/,
  example: "10.00",
  code: "INS-15",
  parse: (value) => parseAmount(value, decimals),
});

/** Returned in the international form. */
export const customerMsisdn = parameter<string>({
  description:
    "The customer's MSISDN: 84 or 85 and seven digits, with or without 258 before it, and without a plus.",
  expression: /^(?:258)?8[45][0-9]{7}$/,
  example: "258843330333",
  code: "INS-2051",
  parse: (value) => (value.startsWith(prefix) ? value : prefix + value),
  personal: true,
});

export const shortcode = parameter<string>({
  description: "The shortcode of the requesting organisation.",
  expression: /^[0-9A-Za-z]{4,12}$/,
  example: "171717",
  code: "INS-13",
  parse: asText,
});

export const transactionReference = parameter<string>({
  description:
    "The payment's reference. The customer sees it. A space is refused with INS-1, as M-Pesa's gateway does.",
  expression: /^[0-9a-zA-Z_+]{1,20}$/,
  example: "T12344C",
  code: "INS-17",
  spaceCode: "INS-1",
  parse: asText,
});

export const thirdPartyReference = parameter<string>({
  description:
    "The caller's own id of this request; unique per application and call. A payment can be queried by it. A space is refused with INS-1, as M-Pesa's gateway does.",
  expression: /^[0-9a-zA-Z]{1,32}$/,
  example: "11114",
  code: "INS-19",
  spaceCode: "INS-1",
  parse: asText,
});

export const queryReference = parameter<string>({
  description: "The payment: its TransactionID, its ConversationID, or the caller's own ThirdPartyReference.",
  expression: /^[0-9a-zA-Z]{1,32}$/,
  example: "TRIG000000",
  code: "INS-14",
  spaceCode: "INS-1",
  parse: asText,
});

export const transactionId = parameter<string>({
  description: "The payment's TransactionID.",
  expression: /^[0-9a-zA-Z]{1,20}$/,
  example: "TRIG000000",
  code: "INS-18",
  parse: asText,
});

export const initiatorIdentifier = parameter<string>({
  description: "The name of the organisation's API operator.",
  expression: /^[\x21-\x7e]{1,100}$/,
  example: "MPesa2018",
  code: "INS-24",
  parse: asText,
});

export const securityCredential = parameter<string>({
  description: "The operator's password, as it is.",
  expression: /^[\x20-\x7e]{1,100}$/,
  example: "Mpesa2019",
  code: "INS-25",
  parse: asText,
  secret: true,
});
