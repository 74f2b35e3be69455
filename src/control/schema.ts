/**
 * Schemas of the control API: JSON Schema that carries the type of what it lets through.
 *
 * One table of them checks what arrives, types it, and is what `openapi.json` and `docs/control-api.md`
 * show. Fields that a schema does not name are refused, not ignored: `{ "anser": "decline" }` should not
 * pass for a change.
 */
import { Ajv, type ErrorObject } from "ajv";
import { ControlError } from "./route.ts";

declare const value: unique symbol;

/** The keywords of JSON Schema that we use, for values of `T`. The symbol is never there; it only carries the type. */
export interface Schema<T> {
  readonly [value]?: T;
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

type ValueOf<S> = S extends Schema<infer T> ? T : never;
type Fields = Readonly<Record<string, Schema<unknown>>>;
type Values<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> };

interface Documented {
  readonly description?: string;
  readonly examples?: readonly unknown[];
}

export const text = (
  about: Documented & { readonly pattern?: string; readonly minLength?: number; readonly maxLength?: number },
): Schema<string> => ({ type: "string", ...about });

export const whole = (
  about: Documented & { readonly minimum?: number; readonly maximum?: number },
): Schema<number> => ({
  type: "integer",
  ...about,
});

export const flag = (about: Documented = {}): Schema<boolean> => ({ type: "boolean", ...about });

export const oneOf = <const T extends string>(values: readonly T[], about: Documented = {}): Schema<T> => ({
  type: "string",
  enum: values,
  ...about,
});

export const list = <T>(
  items: Schema<T>,
  about: Documented & { readonly minItems?: number; readonly maxItems?: number } = {},
): Schema<readonly T[]> => ({ type: "array", items, ...about });

/** A field for each name that the caller chooses. */
export const named = <T>(each: Schema<T>, about: Documented = {}): Schema<Readonly<Record<string, T>>> => ({
  type: "object",
  additionalProperties: each,
  ...about,
});

export const orNull = <T>({ type = [], ...rest }: Schema<T>): Schema<T | null> => ({
  ...rest,
  type: [type, "null"].flat(),
});

export const object = <R extends Fields, O extends Fields = {}>(
  required: R,
  optional?: O,
): Schema<Values<R> & Partial<Values<O>>> => ({
  type: "object",
  properties: { ...required, ...optional },
  ...(Object.keys(required).length > 0 ? { required: Object.keys(required) } : {}),
  additionalProperties: false,
});

/** No coercion: `1000` for `"1000"` would be money that went through a JavaScript number. */
const ajv = new Ajv({ coerceTypes: false, verbose: true, allowUnionTypes: true });

/** The value, if the schema lets it through. Throws a `ControlError` that names the field. */
export function checked<T>(schema: Schema<T>, given: unknown, what: "body" | "query"): T {
  const check = ajv.compile<T>(schema);
  if (check(given)) return given;
  const error = check.errors?.[0];
  throw new ControlError(400, error === undefined ? `The ${what} is not accepted.` : inWords(error, what));
}

/** Says which field is wrong and what it should be, without repeating what it was. */
function inWords(
  { instancePath, keyword, params, message, parentSchema }: ErrorObject,
  what: string,
): string {
  const place = instancePath
    .slice(1)
    .replace(/\/(\d+)/g, "[$1]")
    .replaceAll("/", ".");
  const field = place === "" ? `The ${what}` : place;
  const inside = (name: unknown) => (place === "" ? String(name) : `${place}.${String(name)}`).slice(0, 100);
  if (keyword === "required") return `${inside(params["missingProperty"])} is missing.`;
  if (keyword === "additionalProperties")
    return `${inside(params["additionalProperty"])} is no field of this request.`;
  if (keyword === "enum")
    return `${field} must be one of: ${(params["allowedValues"] as string[]).join(", ")}.`;
  const should: unknown = parentSchema?.["description"];
  if (keyword === "pattern" && typeof should === "string") return `${field} is not accepted. ${should}`;
  return typeof should === "string" ? `${field} ${message}. ${should}` : `${field} ${message}.`;
}
