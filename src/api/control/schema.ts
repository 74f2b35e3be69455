/**
 * Schemas of the control API: JSON Schema with the TypeScript type of valid values.
 *
 * The same schemas validate requests, give them types, and are published in `openapi.json` and
 * `docs/control-api.md`. Unknown fields are refused, so that a misspelt field such as
 * `{ "anser": "decline" }` is not silently ignored.
 */
import { Ajv, type ErrorObject } from "ajv";
import { ControlError } from "./route.ts";

declare const valueType: unique symbol;

/** The JSON Schema keywords in use, for values of `T`. The symbol property never exists; it only carries the type. */
export interface Schema<T> {
  readonly [valueType]?: T;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema<unknown>;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Fields;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema<unknown>;
}

type SchemaValue<S> = S extends Schema<infer T> ? T : never;
type Fields = Readonly<Record<string, Schema<unknown>>>;
type ObjectValue<F extends Fields> = { readonly [K in keyof F]: SchemaValue<F[K]> };

interface SchemaOptions {
  readonly description?: string;
  readonly examples?: readonly unknown[];
}

export const string = (
  options: SchemaOptions & {
    readonly pattern?: string;
    readonly minLength?: number;
    readonly maxLength?: number;
  },
): Schema<string> => ({ type: "string", ...options });

export const integer = (
  options: SchemaOptions & { readonly minimum?: number; readonly maximum?: number },
): Schema<number> => ({
  type: "integer",
  ...options,
});

export const boolean = (options: SchemaOptions = {}): Schema<boolean> => ({ type: "boolean", ...options });

export const stringEnum = <const T extends string>(
  values: readonly T[],
  options: SchemaOptions = {},
): Schema<T> => ({
  type: "string",
  enum: values,
  ...options,
});

export const array = <T>(
  items: Schema<T>,
  options: SchemaOptions & { readonly minItems?: number; readonly maxItems?: number } = {},
): Schema<readonly T[]> => ({ type: "array", items, ...options });

/** An object with any property names. */
export const record = <T>(
  valueSchema: Schema<T>,
  options: SchemaOptions = {},
): Schema<Readonly<Record<string, T>>> => ({
  type: "object",
  additionalProperties: valueSchema,
  ...options,
});

export const nullable = <T>({ type = [], ...rest }: Schema<T>): Schema<T | null> => ({
  ...rest,
  type: [type, "null"].flat(),
});

export const object = <R extends Fields, O extends Fields = {}>(
  required: R,
  optional?: O,
): Schema<ObjectValue<R> & Partial<ObjectValue<O>>> => ({
  type: "object",
  properties: { ...required, ...optional },
  ...(Object.keys(required).length > 0 ? { required: Object.keys(required) } : {}),
  additionalProperties: false,
});

/** No coercion: an amount must not be a JavaScript number, so `1000` is not accepted for `"1000"`. */
const ajv = new Ajv({ coerceTypes: false, verbose: true, allowUnionTypes: true });

/** Returns a valid value with its type. Otherwise throws a `ControlError` that names the field. */
export function validate<T>(schema: Schema<T>, input: unknown, source: "body" | "query"): T {
  const validator = ajv.compile<T>(schema);
  if (validator(input)) return input;
  const error = validator.errors?.[0];
  throw new ControlError(
    400,
    error === undefined ? `The ${source} is not accepted.` : describeError(error, source),
  );
}

/** Names the invalid field and the expected value, without repeating the actual value. */
function describeError(
  { instancePath, keyword, params, message, parentSchema }: ErrorObject,
  source: string,
): string {
  const path = instancePath
    .slice(1)
    .replace(/\/(\d+)/g, "[$1]")
    .replaceAll("/", ".");
  const field = path === "" ? `The ${source}` : path;
  const joinPath = (name: unknown) => (path === "" ? String(name) : `${path}.${String(name)}`).slice(0, 100);
  if (keyword === "required") return `${joinPath(params["missingProperty"])} is missing.`;
  if (keyword === "additionalProperties")
    return `${joinPath(params["additionalProperty"])} is not a field of this request.`;
  if (keyword === "enum")
    return `${field} must be one of: ${(params["allowedValues"] as string[]).join(", ")}.`;
  const expectation: unknown = parentSchema?.["description"];
  if (keyword === "pattern" && typeof expectation === "string")
    return `${field} is not accepted. ${expectation}`;
  return typeof expectation === "string" ? `${field} ${message}. ${expectation}` : `${field} ${message}.`;
}
