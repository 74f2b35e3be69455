/**
 * Schemas of our own JSON APIs: TypeBox, with the few forms that it has no function for.
 *
 * One schema validates, gives the TypeScript type, and is published in `openapi.json` and in the generated pages. Objects
 * refuse unknown fields, so that a misspelt field such as `{ "anser": "decline" }` is not silently ignored.
 */
import {
  Type,
  type TObjectOptions,
  type Static,
  type TObject,
  type TOptional,
  type TProperties,
  type TSchema,
  type TSchemaOptions,
  type TUnsafe,
} from "typebox";

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

/** A valid value of a schema. */
export type Value<S> = S extends TSchema ? DeepReadonly<Static<S>> : undefined;

type WithOptional<R extends TProperties, O extends TProperties> = R & { [K in keyof O]: TOptional<O[K]> };

/** An object with these fields and no others. */
export function object<R extends TProperties, O extends TProperties = {}>(
  required: R,
  optional?: O,
  options: Omit<TObjectOptions, "additionalProperties"> = {},
): TObject<WithOptional<R, O>> {
  const properties: TProperties = { ...required };
  for (const [name, schema] of Object.entries(optional ?? {})) properties[name] = Type.Optional(schema);
  return Type.Object(properties as WithOptional<R, O>, { ...options, additionalProperties: false });
}

/** An object with any names, or with those that `propertyNames` lists, and values of one schema. */
export const record = <S extends TSchema, Name extends string = string>(
  values: S,
  options: TSchemaOptions & { readonly propertyNames?: { readonly enum: readonly Name[] } } = {},
): TUnsafe<Record<Name, Static<S>>> =>
  Type.Unsafe({ type: "object", additionalProperties: values, ...options });

export const stringEnum = <const T extends string>(
  values: readonly T[],
  options: TSchemaOptions = {},
): TUnsafe<T> => Type.Unsafe({ type: "string", enum: values, ...options });

/** A type and null in one schema, which is easier to read than a union, and has better error messages. */
export const nullable = <S extends TSchema>(schema: S): TUnsafe<Static<S> | null> => {
  const { type, ...rest } = schema as unknown as { readonly type: string; readonly enum?: readonly string[] };
  const values = rest.enum === undefined ? {} : { enum: [...rest.enum, null] };
  return Type.Unsafe({ ...rest, ...values, type: [type, "null"] });
};
