/** Encoders of request fields. Each converts a value to its JSON value, or throws `InvalidArgumentError`. */
import { toWireAmount } from "../amounts.ts";
import { InvalidArgumentError } from "../errors.ts";
import { validateUrl } from "../http/urls.ts";

export type JsonValue = string | number | readonly object[];

export type Encoder = (value: unknown, field: string) => JsonValue;

type ScalarEncoder = (value: unknown, field: string) => string | number;

/** A field of a request: its wire name, its encoder, and whether the call needs it. */
export interface Field {
  readonly wire: string;
  readonly encode: Encoder;
  readonly mandatory: boolean;
}

const invalid = (field: string, problem: string): InvalidArgumentError =>
  new InvalidArgumentError(field, `${field} ${problem}.`);

const encodeText =
  (maxLength: number, minLength = 1): Encoder =>
  (value, field) => {
    if (typeof value !== "string") throw invalid(field, "must be a string");
    if (value.length < minLength || value.length > maxLength)
      throw invalid(field, `must have ${minLength} to ${maxLength} characters`);
    return value;
  };

/** Whole shillings. */
const encodeAmount: ScalarEncoder = (value, field) => {
  const [shillings = "", cents = ""] = toWireAmount(field, value, 2).split(".");
  if (/[1-9]/.test(cents)) throw invalid(field, "must be whole shillings");
  const amount = Number(shillings);
  if (!Number.isSafeInteger(amount)) throw invalid(field, "is too large");
  return amount;
};

/** `+254 708 374 149`, `0708374149`, `708374149` and `254708374149` are all `254708374149`. */
export function encodeMsisdn(value: unknown, field: string): string {
  if (typeof value !== "string") throw invalid(field, "must be a string");
  const compact = value.trim().replaceAll(/[\s().\-\u2010-\u2015]/g, "");
  const [, national] = /^(?:(?:\+|00)?254|0)?([17]\d{8})$/.exec(compact) ?? [];
  if (national !== undefined) return `254${national}`;
  // The message does not contain the number, because errors are written to logs.
  throw invalid(field, "is not a number of Safaricom Kenya: write 254 and 9 digits that begin with 7 or 1");
}

export function encodeShortcode(value: unknown, field: string): string {
  if (typeof value === "string" && /^\d{5,7}$/.test(value)) return value;
  throw invalid(field, "must be 5 to 7 digits in a string");
}

const encodeChoice =
  (values: Readonly<Record<string, string>>): Encoder =>
  (value, field) => {
    const wire = typeof value === "string" && Object.hasOwn(values, value) ? values[value] : undefined;
    if (wire === undefined) throw invalid(field, `must be one of ${Object.keys(values).join(", ")}`);
    return wire;
  };

/** `2027-01-31` as yyyyMMdd. */
const encodeDay: Encoder = (value, field) => {
  const text = typeof value === "string" ? value : "";
  const date = new Date(`${text}T00:00:00Z`);
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text))
    return text.replaceAll("-", "");
  throw invalid(field, 'must be a valid date, such as "2027-01-31"');
};

/** `yyyy-MM-dd HH:mm:ss` in Nairobi. */
const encodeTime: Encoder = (value, field) => {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) throw invalid(field, "must be a Date");
  const nairobi = new Date(value.getTime() + 3 * 3_600_000);
  return nairobi.toISOString().slice(0, 19).replace("T", " ");
};

const encodeInteger =
  (min: number, max: number): ScalarEncoder =>
  (value, field) => {
    if (Number.isInteger(value) && Number(value) >= min && Number(value) <= max) return Number(value);
    throw invalid(field, `must be a whole number from ${min} to ${max}`);
  };

/** Digits as a JSON number, as in M-Pesa's own examples of the call. */
const asNumber =
  (encode: ScalarEncoder): Encoder =>
  (value, field) =>
    Number(encode(value, field));

const asText =
  (encode: ScalarEncoder): Encoder =>
  (value, field) =>
    String(encode(value, field));

const defineField =
  (encode: Encoder) =>
  (wire: string): Field => ({ wire, encode, mandatory: true });

/** Makes a field optional. */
export const optional = (field: Field): Field => ({ ...field, mandatory: false });

export const text = (wire: string, maxLength = 300, minLength = 1): Field =>
  defineField(encodeText(maxLength, minLength))(wire);
export const amount = defineField(encodeAmount);
export const amountText = defineField(asText(encodeAmount));
export const msisdn = defineField(asNumber(encodeMsisdn));
export const msisdnText = defineField(encodeMsisdn);
export const shortcode = defineField(asNumber(encodeShortcode));
export const shortcodeText = defineField(encodeShortcode);
export const url = defineField((value, field) => validateUrl(field, value));
export const day = defineField(encodeDay);
export const time = defineField(encodeTime);
export const integer = (wire: string, min: number, max: number): Field =>
  defineField(encodeInteger(min, max))(wire);
/** An integer as a text. */
export const integerText = (wire: string, min: number, max: number): Field =>
  defineField(asText(encodeInteger(min, max)))(wire);
export const choice = (wire: string, values: Readonly<Record<string, string>>): Field =>
  defineField(encodeChoice(values))(wire);
/** A list, whose items the client encodes. */
export const items = (wire: string, fields: Readonly<Record<string, Field>>): Field =>
  defineField((value, field) => {
    if (!Array.isArray(value) || value.length === 0) throw invalid(field, "must be a list with an item");
    return value.map((item: unknown, index) => encodeFields(item, fields, `${field}[${index}]`));
  })(wire);

/** Encodes an object by a table of fields. Throws `InvalidArgumentError`. */
export function encodeFields(
  value: unknown,
  fields: Readonly<Record<string, Field>>,
  label: string,
): Record<string, JsonValue> {
  if (typeof value !== "object" || value === null) throw invalid(label, "must be an object");
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(fields, name));
  if (unknown !== undefined) throw invalid(`${label}.${unknown.slice(0, 40)}`, "is unknown");
  const wire: Record<string, JsonValue> = {};
  for (const [name, { wire: key, encode, mandatory }] of Object.entries(fields)) {
    const part = (value as Readonly<Record<string, unknown>>)[name];
    if (part !== undefined && part !== null && part !== "") wire[key] = encode(part, `${label}.${name}`);
    else if (mandatory) throw invalid(`${label}.${name}`, "is missing");
  }
  return wire;
}
