/**
 * The kinds of fields in Daraja's requests: the format of each, and its parser.
 *
 * The table of an operation's fields validates requests in its order, and the documentation is generated from it. Every
 * number may be sent as a number or as a text, because Daraja's clients do both.
 */
import type { Environment } from "../../core/markets.ts";

/** Why a value is invalid: for the request log, and what follows the field's name in the error message, if anything. */
export class InvalidValue {
  readonly reason: string;
  readonly detail: string | undefined;

  constructor(reason: string, detail?: string) {
    this.reason = reason;
    this.detail = detail;
  }
}

/** What parsers need besides the text. */
export interface FieldContext {
  readonly environment: Environment;
  /** A sentence that says why callbacks may not go to this URL, or null if they may. */
  validateUrl(url: string): string | null;
  /** Adds a sentence to the request log, for a value that was accepted although it is unusual. */
  note(sentence: string): void;
}

/** A value of the body: its text, and what it was. Null and empty texts count as absent. */
export interface SentValue {
  readonly text: string;
  readonly type: "string" | "number" | "boolean" | "nested";
  /** The parsed JSON. */
  readonly json: unknown;
}

export interface DarajaField<T = unknown, Mandatory extends boolean = boolean> {
  readonly mandatory: Mandatory;
  readonly description: string;
  /** The value of the documentation and of the samples; its JSON type is the documented one. */
  readonly example: unknown;
  /** Other spellings that real clients send. */
  readonly aliases?: readonly string[];
  /** The name in error messages, if it is not the field's own. */
  readonly errorName?: string;
  /** The request log has no value of a secret field. */
  readonly secret?: true;
  /** The request log masks a customer's number. */
  readonly personal?: true;
  /** Whether the number 0 counts as absent: clients with types send it for a number that was not set. */
  readonly zeroIsAbsent?: true;
  /** The format, for the documentation. */
  readonly format: string;
  /** The JSON Schema of the value. */
  readonly schema: object;
  parse(value: SentValue, context: FieldContext): T | InvalidValue;
}

export type FieldTable = Readonly<Record<string, DarajaField>>;

/** The parsed fields of an operation. Optional ones may be null. */
export type FieldValues<F extends FieldTable> = {
  readonly [K in keyof F]: F[K] extends DarajaField<infer T, true>
    ? T
    : F[K] extends DarajaField<infer T, false>
      ? T | null
      : never;
};

interface FieldText {
  readonly description: string;
  readonly example: unknown;
  readonly aliases?: readonly string[];
}

type Mandatory<T> = DarajaField<T, true>;

const define = <T>(
  { description, example, aliases }: FieldText,
  { format, schema }: Pick<DarajaField, "format" | "schema">,
  parse: DarajaField<T>["parse"],
): Mandatory<T> => ({
  mandatory: true,
  description,
  example,
  format,
  schema,
  ...(aliases === undefined ? {} : { aliases }),
  parse,
});

/** Makes a field optional: an absent, empty or null one is null. */
export const optional = <T>(field: Mandatory<T>): DarajaField<T, false> => ({ ...field, mandatory: false });

/** Makes a field optional that can never be 0. The number 0 is null as well. */
export const optionalNumber = <T>(field: Mandatory<T>): DarajaField<T, false> => ({
  ...optional(field),
  zeroIsAbsent: true,
});

const readScalar = ({ text, type }: SentValue): string | InvalidValue =>
  type === "string" || type === "number" ? text : new InvalidValue(`It is a ${type} value.`);

export interface TextFieldOptions extends FieldText {
  readonly minLength?: number;
  readonly maxLength?: number;
  /** Cuts a longer text instead of refusing it. */
  readonly truncates?: true;
}

/** Free text; a number counts as its digits. */
export function text(options: TextFieldOptions): Mandatory<string> {
  const { minLength = 1, maxLength = 300, truncates } = options;
  const format = `text, ${minLength} to ${maxLength} characters`;
  const schema = { type: ["string", "number"], minLength, ...(truncates === true ? {} : { maxLength }) };
  return define(options, { format, schema }, (value, { note }) => {
    const read = readScalar(value);
    if (read instanceof InvalidValue) return read;
    if (!read.isWellFormed() || read.includes("\0"))
      return new InvalidValue("It has a character that no text has.");
    if (read.length < minLength) return new InvalidValue(`It has fewer than ${minLength} characters.`);
    if (read.length <= maxLength) return read;
    if (truncates !== true) return new InvalidValue(`It has more than ${maxLength} characters.`);
    note(`A text was cut to its first ${maxLength} characters.`);
    return read.slice(0, maxLength);
  });
}

const minorPerShilling = 100n;

export interface WholeAmountOptions extends FieldText {
  readonly min?: number;
  readonly max?: number;
  /** Refuses the number `100.0`. Otherwise it is 100: clients with floating-point amounts send it so. */
  readonly digitsOnly?: true;
}

/** Whole shillings. The value is in minor units. */
export function wholeAmount(options: WholeAmountOptions): Mandatory<bigint> {
  const { min = 1, max = 250_000, digitsOnly } = options;
  const format = `whole shillings, ${min} to ${max}`;
  const schema = { type: ["integer", "string"], minimum: min, maximum: max, pattern: String.raw`^\d+$` };
  return define(options, { format, schema }, (value) => {
    const scalar = readScalar(value);
    if (scalar instanceof InvalidValue) return scalar;
    const read = value.type === "number" && digitsOnly !== true ? scalar.replace(/\.0{1,4}$/, "") : scalar;
    if (!/^\d{1,12}$/.test(read)) return new InvalidValue("It is not a number of whole shillings.");
    const shillings = BigInt(read);
    if (shillings < BigInt(min) || shillings > BigInt(max))
      return new InvalidValue(`It is not from ${min} to ${max}.`);
    return shillings * minorPerShilling;
  });
}

/** A text or number with this format. */
export function matching(
  options: FieldText & { readonly expression: RegExp; readonly format: string },
): Mandatory<string> {
  const schema = { type: ["string", "integer"], pattern: options.expression.source };
  return define(options, { format: options.format, schema }, (value) => {
    const read = readScalar(value);
    if (read instanceof InvalidValue) return read;
    return options.expression.test(read) ? read : new InvalidValue(`It is not ${options.format}.`);
  });
}

/** A customer's number in the international format, 2547… or 2541…. */
export const msisdn = (options: FieldText): Mandatory<string> => ({
  ...matching({ ...options, expression: /^254[17]\d{8}$/, format: "a number 2547… or 2541… of 12 digits" }),
  personal: true,
});

export const shortcode = (options: FieldText): Mandatory<string> =>
  matching({ ...options, expression: /^\d{5,7}$/, format: "5 to 7 digits" });

/** `yyyyMMddHHmmss`, as a text. It is not compared with a clock: clients stamp it in any time zone. */
export const timestamp = (options: FieldText): Mandatory<string> =>
  matching({
    ...options,
    expression: /^20\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d[0-5]\d$/,
    format: "yyyyMMddHHmmss",
  });

/** One of some values. Spaces around it are ignored. */
export function enumeration<const V extends string>(
  options: FieldText & {
    readonly values: readonly V[];
    /** Other spellings, by the value that they stand for. */
    readonly spellings?: Readonly<Record<string, V>>;
  },
): Mandatory<V> {
  const { values, spellings = {} } = options;
  const byText = new Map<string, V>([
    ...values.map((value) => [value, value] as const),
    ...Object.entries(spellings),
  ]);
  const format = values.map((value) => `\`${value}\``).join(", ");
  return define(options, { format, schema: { type: "string", enum: values } }, (sent) => {
    const read = readScalar(sent);
    if (read instanceof InvalidValue) return read;
    return byText.get(read.trim()) ?? new InvalidValue(`It is not one of ${values.join(", ")}.`);
  });
}

/** A URL for notifications. It is stored as it was sent; a space in it is not forgiven. */
export const callbackUrl = (options: FieldText): Mandatory<string> =>
  define(
    options,
    { format: "an http or https URL; in live, https", schema: { type: "string", format: "uri" } },
    (value, { validateUrl }) => {
      if (value.type !== "string") return new InvalidValue(`It is a ${value.type} value.`);
      const reason = validateUrl(value.text);
      return reason === null ? value.text : new InvalidValue(reason);
    },
  );

/** An RSA-2048 block in base64 has 344 characters. */
const credentialExpression = /^[A-Za-z0-9+/]{342}==$/;

/** The initiator's password, encrypted with the environment's certificate. Line breaks in the base64 are ignored. */
export const securityCredential = (options: FieldText): Mandatory<string> => ({
  ...define(options, { format: "base64 of 256 bytes", schema: { type: "string" } }, (value) => {
    const read = readScalar(value);
    if (read instanceof InvalidValue) return read;
    const compact = read.replaceAll(/\s/g, "");
    return credentialExpression.test(compact)
      ? compact
      : new InvalidValue("It is not the base64 of a block of 256 bytes, encrypted with the certificate.");
  }),
  secret: true,
});

/** A text that the request log never has. */
export const secretText = (options: TextFieldOptions): Mandatory<string> => ({
  ...text(options),
  secret: true,
});

/** A list or an object inside the body, as parsed JSON; its operation validates it. */
export const nested = (options: FieldText & { readonly format: string }): Mandatory<unknown> =>
  define(options, { format: options.format, schema: { type: ["array", "object"] } }, (value) =>
    value.type === "nested" ? value.json : new InvalidValue("It is not a list or an object."),
  );
