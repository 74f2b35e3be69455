/** Why a value does not match its schema, as one sentence for the client. It never repeats the value. */
import type { TSchema } from "typebox";
import type { TLocalizedValidationError } from "typebox/error";
import { Errors } from "typebox/value";

/** The first problem of a value. */
export interface SchemaProblem {
  /** Where it is, such as `customers[0].msisdn`; empty for the value itself. */
  readonly path: string;
  readonly message: string;
}

/** The keywords that messages use. */
interface Keywords {
  readonly description?: string;
  readonly properties?: object;
  readonly propertyNames?: { readonly enum: readonly string[] };
}

/** Checks a value. Returns null for a valid one. `name` is what messages call the value itself, such as `The body`. */
export function findProblem(schema: TSchema, value: unknown, name: string): SchemaProblem | null {
  const errors = Errors(schema, value);
  return errors.length === 0 ? null : describeErrors(schema, errors, name);
}

/** Describes the first error of a validation. */
export function describeErrors(
  schema: TSchema,
  errors: readonly TLocalizedValidationError[],
  name: string,
): SchemaProblem {
  // Errors of a field come before those of the object around it. A field or a name that is refused has two errors,
  // of which the second has the reason.
  const error =
    errors.find(
      ({ keyword, schemaPath }) => keyword !== "boolean" && !schemaPath.endsWith("/propertyNames"),
    ) ?? errors[0];
  if (error === undefined) return { path: "", message: `${name} is not accepted.` };
  const path = formatPath(error.instancePath);
  return { path, message: describeError(error, findSchema(schema, error.schemaPath), path, name) };
}

function describeError(
  error: TLocalizedValidationError,
  { description, properties = {}, propertyNames }: Keywords,
  path: string,
  name: string,
): string {
  const field = path === "" ? name : path;
  const join = (key: string | undefined) => (path === "" ? String(key) : `${path}.${key}`).slice(0, 100);
  if (error.keyword === "required") return `${join(error.params.requiredProperties[0])} is missing.`;
  if (error.keyword === "dependentRequired")
    return `${join(error.params.dependencies[0])} is missing. Set it together with ${error.params.property}.`;
  if (error.keyword === "additionalProperties")
    return `${join(error.params.additionalProperties[0])} is not a field of this request. ${listFields(properties)}`;
  if (error.keyword === "propertyNames")
    return `${join(error.params.propertyNames[0])} is unknown. It must be one of: ${propertyNames?.enum.join(", ")}.`;
  if (error.keyword === "enum") return `${field} must be one of: ${error.params.allowedValues.join(", ")}.`;
  if (description === undefined) return `${field} ${error.message}.`;
  const isPattern = error.keyword === "pattern" || error.keyword === "format";
  return isPattern ? `${field} is not accepted. ${description}` : `${field} ${error.message}. ${description}`;
}

function listFields(properties: object): string {
  const names = Object.keys(properties);
  return names.length === 0 ? "There is no field." : `The fields: ${names.join(", ")}.`;
}

/** `customers[0].msisdn` for the JSON pointer `/customers/0/msisdn`. */
const formatPath = (pointer: string): string =>
  pointer
    .slice(1)
    .replaceAll(/\/(\d+)(?=\/|$)/g, "[$1]")
    .replaceAll("/", ".")
    .slice(0, 100);

/** The schema that a JSON pointer such as `#/properties/name` refers to. */
function findSchema(root: TSchema, pointer: string): Keywords {
  let schema: unknown = root;
  for (const key of pointer.split("/").slice(1))
    schema = (schema as Readonly<Record<string, unknown>> | undefined)?.[key];
  return schema ?? {};
}
