/** Validates the fields of a request in the order of their table. */
import {
  InvalidValue,
  type DarajaField,
  type FieldContext,
  type FieldTable,
  type FieldValues,
  type SentValue,
} from "./fields.ts";
import type { RequestBody } from "./request-body.ts";

/** The first field that is missing or invalid. */
export interface InvalidField {
  readonly field: string;
  /** A sentence for the request log. */
  readonly reason: string;
  /** What follows the field's name in the error message. */
  readonly detail?: string | undefined;
}

export function readFields<F extends FieldTable>(
  fields: F,
  body: Pick<RequestBody, "get">,
  context: FieldContext,
): { readonly values: FieldValues<F> } | { readonly invalid: InvalidField } {
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const sent = getSentValue(body, name, field);
    const errorName = getErrorName(name, field);
    if (sent === undefined || (field.zeroIsAbsent === true && isZero(sent))) {
      if (field.mandatory) return { invalid: { field: errorName, reason: `${name} is missing.` } };
      values[name] = null;
      continue;
    }
    const value = field.parse(sent, context);
    if (value instanceof InvalidValue) {
      const { reason, detail } = value;
      return { invalid: { field: errorName, reason: `${name} is invalid: ${reason}`, detail } };
    }
    values[name] = value;
  }
  return { values: values as FieldValues<F> };
}

const isZero = ({ type, text }: SentValue): boolean => type === "number" && text === "0";

/** The value of a field, by its own name or another spelling. */
export function getSentValue(
  body: Pick<RequestBody, "get">,
  name: string,
  { aliases = [] }: Pick<DarajaField, "aliases">,
): SentValue | undefined {
  for (const spelling of [name, ...aliases]) {
    const value = body.get(spelling);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The name of the first mandatory field, for the error of a body that cannot be read. */
export const findFirstMandatory = (fields: FieldTable): string => {
  const first = Object.entries(fields).find(([, { mandatory }]) => mandatory) ?? Object.entries(fields)[0];
  return first === undefined ? "Request" : getErrorName(...first);
};

/** A nested field is named without the object that it is in. */
const getErrorName = (name: string, { errorName }: DarajaField): string =>
  errorName ?? name.slice(name.lastIndexOf(".") + 1);
