/**
 * Schemas of the control API: JSON Schema that carries the type of what it lets through.
 *
 * One table of them checks what arrives, types it, and is what `openapi.json` and `docs/control-api.md`
 * show. Fields that a schema does not name are refused, not ignored: `{ "anser": "decline" }` should not
 * pass for a change.
 */
import { Ajv, type ErrorObject } from "ajv";
import { ControlError } from "./route.ts";

declare const valueType: unique symbol;

/** The keywords of JSON Schema that we use, for values of `T`. The symbol is never there; it only carries the type. */
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

/** A field for each name that the caller chooses. */
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

/** No coercion: `1000` for `"1000"` would be money that went through a JavaScript number. */
const ajv = new Ajv({ coerceTypes: false, verbose: true, allowUnionTypes: true });

/** The value, if the schema lets it through. Throws a `ControlError` that names the field. */
export function validate<T>(schema: Schema<T>, input: unknown, source: "body" | "query"): T {
  const validator = ajv.compile<T>(schema);
  if (validator(input)) return input;
  const error = validator.errors?.[0];
  throw new ControlError(
    400,
    error === undefined ? `The ${source} is not accepted.` : describeError(error, source),
  );
}

/** Says which field is wrong and what it should be, without repeating what it was. */
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
    return `${joinPath(params["additionalProperty"])} is no field of this request.`;
  if (keyword === "enum")
    return `${field} must be one of: ${(params["allowedValues"] as string[]).join(", ")}.`;
  const expectation: unknown = parentSchema?.["description"];
  if (keyword === "pattern" && typeof expectation === "string")
    return `${field} is not accepted. ${expectation}`;
  return typeof expectation === "string" ? `${field} ${message}. ${expectation}` : `${field} ${message}.`;
}
