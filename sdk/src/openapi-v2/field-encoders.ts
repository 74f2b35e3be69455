/** Encoders of request fields. Each converts a value to its wire text, or throws `InvalidArgumentError`. */
import { toWireAmount } from "../amounts.ts";
import { InvalidArgumentError } from "../errors.ts";
import { frequencies, markets, operations } from "./generated.ts";
import { validateUrl } from "../http/urls.ts";
import { toWireMsisdn } from "./msisdns.ts";
import type { Environment, Market } from "./requests.ts";

/** The field to encode, and the environment and market whose rules apply. */
export interface EncodeContext {
  readonly field: string;
  readonly environment: Environment;
  readonly market: Market;
}

export type Encoder = (value: unknown, context: EncodeContext) => string;

/** A field of a request: its wire name and its encoder. */
export interface Field {
  readonly wire: string;
  readonly encode: Encoder;
}

const encodeString: Encoder = (value, { field }) => {
  if (typeof value === "string") return value;
  throw new InvalidArgumentError(field, `${field} must be a string.`);
};

/**
 * Checks a reference against the status query's expression, which is stricter than the one for payments. Otherwise
 * the status of a payment with a longer reference, or one with a space, could not be queried.
 */
export function validateReference(field: string, value: unknown): string {
  const { input_QueryReference: query } = operations.queryTransactionStatus.parameters;
  if (typeof value === "string" && query?.expression?.test(value) === true) return value;
  throw new InvalidArgumentError(
    field,
    `${field} must be 1 to 32 letters and digits, as the status query requires.`,
  );
}

const encodeMsisdn =
  (...scenarioDigits: number[]): Encoder =>
  (value, { field, environment, market }) =>
    toWireMsisdn(field, value, { environment, market, scenarioDigits });

const encodeDate: Encoder = (value, { field }) => {
  const [, year, month, day] = /^(\d{4})-?(\d\d)-?(\d\d)$/.exec(typeof value === "string" ? value : "") ?? [];
  const iso = `${year}-${month}-${day}`;
  const date = new Date(`${iso}T00:00:00Z`);
  if (!Number.isNaN(date.getTime()) && date.toISOString().startsWith(iso)) return `${year}${month}${day}`;
  throw new InvalidArgumentError(field, `${field} must be a valid date, such as "2027-01-31".`);
};

const encodeDayOfMonth: Encoder = (value, { field }) => {
  if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 31) {
    return String(value).padStart(2, "0");
  }
  throw new InvalidArgumentError(field, `${field} must be a day of the month, from 1 to 31.`);
};

const encodeFrequency: Encoder = (value, { field }) => {
  const entry = Object.entries(frequencies).find(([, name]) => name === value);
  if (entry !== undefined) return entry[0];
  throw new InvalidArgumentError(field, `${field} must be one of ${Object.values(frequencies).join(", ")}.`);
};

const encodeAgreement: Encoder = (value, { field }) => {
  if (value === true) return "1";
  throw new InvalidArgumentError(
    field,
    `${field} must be true: a mandate requires the customer's agreement.`,
  );
};

const encodeAmount: Encoder = (value, { field, market }) =>
  toWireAmount(field, value, markets[market].decimals);

const defineField =
  (encode: Encoder) =>
  (wire: string): Field => ({ wire, encode });

export const text = defineField(encodeString);
export const reference = defineField((value, { field }) => validateReference(field, value));
export const url = defineField((value, { field }) => validateUrl(field, value));
export const amount = defineField(encodeAmount);
export const msisdn = defineField(encodeMsisdn(12));
/** For debits, scenario numbers may also have twenty digits. */
export const debitedMsisdn = defineField(encodeMsisdn(12, 20));
export const day = defineField(encodeDate);
export const dayOfMonth = defineField(encodeDayOfMonth);
export const frequency = defineField(encodeFrequency);
export const agreement = defineField(encodeAgreement);
