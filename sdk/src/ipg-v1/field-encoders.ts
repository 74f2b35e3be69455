/** Encoders of request fields. Each converts a value to its wire text, or throws `InvalidArgumentError`. */
import { toWireAmount } from "../amounts.ts";
import { InvalidArgumentError } from "../errors.ts";
import { toInternationalMsisdn } from "../msisdns.ts";

export type Encoder = (value: unknown, field: string) => string;

/** A field of a request: its wire name and its encoder. */
export interface Field {
  readonly wire: string;
  readonly encode: Encoder;
  readonly mandatory: boolean;
}

const createPatternEncoder =
  (pattern: RegExp, description: string): Encoder =>
  (value, field) => {
    if (typeof value !== "string") throw new InvalidArgumentError(field, `${field} must be a string.`);
    if (pattern.test(value)) return value;
    throw new InvalidArgumentError(field, `${field} must be ${description}.`);
  };

export const encodeShortcode = createPatternEncoder(/^[0-9A-Za-z]{4,12}$/, "4 to 12 letters and digits");

/** The gateway fails with INS-1 for a space, so the client refuses it first. */
export const encodeReference = createPatternEncoder(/^[0-9A-Za-z]{1,32}$/, "1 to 32 letters and digits");

const encodeTransactionReference = createPatternEncoder(
  /^\w{1,20}$/,
  "1 to 20 letters, digits and underscores, without spaces",
);

const encodeTransactionId = createPatternEncoder(
  /^[0-9A-Za-z]{1,20}$/,
  "the transactionId of a payment's result",
);

const decimals = 2;

const mozambique = { name: "Vodacom Mozambique", prefix: "258", digits: 12 };

const encodeMsisdn: Encoder = (value, field) => {
  if (typeof value !== "string") throw new InvalidArgumentError(field, `${field} must be a string.`);
  const msisdn = toInternationalMsisdn(field, value, mozambique);
  if (/^2588[45]/.test(msisdn)) return msisdn;
  throw new InvalidArgumentError(field, `${field} is not a number of Vodacom: they begin with 84 or 85.`);
};

const defineField =
  (encode: Encoder) =>
  (wire: string, { mandatory = true }: { readonly mandatory?: boolean } = {}): Field => ({
    wire,
    encode,
    mandatory,
  });

export const amount = defineField((value, field) => toWireAmount(field, value, decimals));
export const msisdn = defineField(encodeMsisdn);
export const reference = defineField(encodeReference);
export const shortcode = defineField(encodeShortcode);
export const transactionId = defineField(encodeTransactionId);
export const transactionReference = defineField(encodeTransactionReference);
