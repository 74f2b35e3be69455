/** Readers of request fields: each turns what a program holds into the text that the wire wants, or throws `MisuseError`. */
import { amountText } from "./amounts.ts";
import { MisuseError } from "./errors.ts";
import { frequencies, markets, operations } from "./generated/openapi-v2.ts";
import { msisdnDigits } from "./msisdns.ts";
import type { Environment, Market } from "./requests.ts";

/** Where a field is read: which request it is in, and whose rules hold. */
export interface Reading {
  readonly field: string;
  readonly environment: Environment;
  readonly market: Market;
}

export type Read = (value: unknown, reading: Reading) => string;

/** A field of a request: the wire's name, and how it is read. */
export interface Field {
  readonly wire: string;
  readonly read: Read;
}

const aString: Read = (value, { field }) => {
  if (typeof value === "string") return value;
  throw new MisuseError(field, `${field} must be a string.`);
};

/**
 * A reference that can be asked about: the status query's own expression, which is narrower than the one
 * for references. A payment under a longer name, or one with a space in it, could not be settled.
 */
export function readReference(field: string, value: unknown): string {
  const { input_QueryReference: query } = operations.queryTransactionStatus.parameters;
  if (typeof value === "string" && query?.expression?.test(value) === true) return value;
  throw new MisuseError(
    field,
    `${field} must be 1 to 32 letters and digits: the status query takes no other.`,
  );
}

/** Where a result is told. Throws `MisuseError`. */
export function readUrl(field: string, value: unknown): string {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : null;
  if (url !== null && /^https?:$/.test(url.protocol)) return value as string;
  throw new MisuseError(field, `${field} must be an http or https address.`);
}

const aNumberOf =
  (...scenarioDigits: number[]): Read =>
  (value, { field, environment, market }) =>
    msisdnDigits(field, value, { environment, market, scenarioDigits });

const aDay: Read = (value, { field }) => {
  const [, year, month, day] = /^(\d{4})-?(\d\d)-?(\d\d)$/.exec(typeof value === "string" ? value : "") ?? [];
  const iso = `${year}-${month}-${day}`;
  const date = new Date(`${iso}T00:00:00Z`);
  if (!Number.isNaN(date.getTime()) && date.toISOString().startsWith(iso)) return `${year}${month}${day}`;
  throw new MisuseError(field, `${field} must be a day that exists, such as "2027-01-31".`);
};

const aDayOfMonth: Read = (value, { field }) => {
  if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 31) {
    return String(value).padStart(2, "0");
  }
  throw new MisuseError(field, `${field} must be a day of the month, from 1 to 31.`);
};

const aFrequency: Read = (value, { field }) => {
  const found = Object.entries(frequencies).find(([, name]) => name === value);
  if (found !== undefined) return found[0];
  throw new MisuseError(field, `${field} must be one of ${Object.values(frequencies).join(", ")}.`);
};

const agreed: Read = (value, { field }) => {
  if (value === true) return "1";
  throw new MisuseError(
    field,
    `${field} must be true: without the customer's agreement there is no mandate.`,
  );
};

const anAmount: Read = (value, { field, market }) => amountText(field, value, markets[market].decimals);

const field =
  (read: Read) =>
  (wire: string): Field => ({ wire, read });

export const text = field(aString);
export const reference = field((value, { field }) => readReference(field, value));
export const url = field((value, { field }) => readUrl(field, value));
export const amount = field(anAmount);
export const msisdn = field(aNumberOf(12));
/** A debit's scenario numbers may have twenty digits too. */
export const debitedMsisdn = field(aNumberOf(12, 20));
export const day = field(aDay);
export const dayOfMonth = field(aDayOfMonth);
export const frequency = field(aFrequency);
export const agreement = field(agreed);
