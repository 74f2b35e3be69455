/** Readers of request fields: each turns what a program holds into the text that the wire wants, or throws `MisuseError`. */
import { toWireAmount } from "./amounts.ts";
import { InvalidArgumentError } from "./errors.ts";
import { frequencies, markets, operations } from "./generated/openapi-v2.ts";
import { toWireMsisdn } from "./msisdns.ts";
import type { Environment, Market } from "./requests.ts";

/** Where a field is read: which request it is in, and whose rules hold. */
export interface EncodeContext {
  readonly field: string;
  readonly environment: Environment;
  readonly market: Market;
}

export type Encoder = (value: unknown, context: EncodeContext) => string;

/** A field of a request: the wire's name, and how it is read. */
export interface Field {
  readonly wire: string;
  readonly encode: Encoder;
}

const encodeString: Encoder = (value, { field }) => {
  if (typeof value === "string") return value;
  throw new InvalidArgumentError(field, `${field} must be a string.`);
};

/**
 * A reference that can be asked about: the status query's own expression, which is narrower than the one
 * for references. A payment under a longer name, or one with a space in it, could not be settled.
 */
export function validateReference(field: string, value: unknown): string {
  const { input_QueryReference: query } = operations.queryTransactionStatus.parameters;
  if (typeof value === "string" && query?.expression?.test(value) === true) return value;
  throw new InvalidArgumentError(
    field,
    `${field} must be 1 to 32 letters and digits: the status query takes no other.`,
  );
}

/** Where a result is told. Throws `MisuseError`. */
export function validateUrl(field: string, value: unknown): string {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : null;
  if (url !== null && /^https?:$/.test(url.protocol)) return value as string;
  throw new InvalidArgumentError(field, `${field} must be an http or https address.`);
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
  throw new InvalidArgumentError(field, `${field} must be a day that exists, such as "2027-01-31".`);
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
    `${field} must be true: without the customer's agreement there is no mandate.`,
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
/** A debit's scenario numbers may have twenty digits too. */
export const debitedMsisdn = defineField(encodeMsisdn(12, 20));
export const day = defineField(encodeDate);
export const dayOfMonth = defineField(encodeDayOfMonth);
export const frequency = defineField(encodeFrequency);
export const agreement = defineField(encodeAgreement);
