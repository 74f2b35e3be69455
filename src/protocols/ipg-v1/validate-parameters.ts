/** Parses and checks the parameters of a call, in the order of its table. */
import type { RawFields } from "../json-fields.ts";
import { quoteName, type RequestFields } from "../ipg/request-fields.ts";
import { findSimilarName } from "../ipg/unknown-names.ts";
import type { IpgV1Operation, IpgV1ParameterError, IpgV1Parameters, IpgV1Values } from "./operation.ts";
import type { IpgV1Parameter } from "./parameters.ts";

/** Longer text is refused before any expression sees it. */
const maxTextLength = 300;

export type RawValueGetter = (name: string) => string | undefined;

/** The value of a parameter as it was sent, under any of its names. An empty value counts as absent. */
export function createRawValueGetter({ parameters }: IpgV1Operation, fields: RawFields): RawValueGetter {
  return (name) => {
    const names = [name, ...(parameters[name]?.aliases ?? [])];
    return names.map((each) => fields.get(each)).find((value) => value !== undefined && value !== "");
  };
}

/** The parsed values, or the code of the first parameter that is not valid. */
export function validateParameters(
  operation: IpgV1Operation,
  requestFields: RequestFields,
  getRawValue: RawValueGetter,
): { readonly values: IpgV1Values<IpgV1Parameters> } | IpgV1ParameterError {
  const { parameters } = operation;
  const incomplete =
    requestFields.error ??
    findTwoValues(operation, requestFields.fields) ??
    findMissing(operation, getRawValue);
  if (incomplete !== null) return incomplete;
  const values: Record<string, unknown> = {};
  for (const [name, parameter] of Object.entries(parameters)) {
    const text = getRawValue(name);
    const read =
      text === undefined ? readAbsent(name, parameter, requestFields) : readValue(name, parameter, text);
    if ("code" in read) return read;
    values[name] = read.value;
  }
  return { values: values as IpgV1Values<IpgV1Parameters> };
}

type ReadValue = { readonly value: unknown } | IpgV1ParameterError;

function readAbsent(
  name: string,
  { code, aliases = [], refusedIfEmpty }: IpgV1Parameter,
  { fields, nullNames }: RequestFields,
): ReadValue {
  const present = [name, ...aliases].find((each) => fields.has(each) || nullNames.includes(each));
  if (refusedIfEmpty !== true || present === undefined) return { value: null };
  return { code, reason: `${present} is present, but empty. Leave it out, or give it a value.` };
}

function readValue(
  name: string,
  { code, spaceCode, expression, parse }: IpgV1Parameter,
  text: string,
): ReadValue {
  if (text.length > maxTextLength) return { code, reason: `${name} is too long.` };
  if (spaceCode !== undefined && /\s/.test(text))
    return {
      code: spaceCode,
      reason: `${name} has a space. M-Pesa's gateway fails with ${spaceCode} then, and does not say why.`,
    };
  if (!expression.test(text)) return { code, reason: `${name} does not match ${expression.source}.` };
  const value = parse(text);
  return value === null ? { code, reason: `${name} has an invalid value.` } : { value };
}

/**
 * A name that resembles a parameter whose absence permits more than any value, such as the amount of a reversal. To ignore it
 * would move more money than the sender meant.
 */
export function findMisspeltLimit(
  { parameters }: IpgV1Operation,
  fields: RawFields,
): IpgV1ParameterError | null {
  for (const [name, { aliases = [], refusedIfEmpty }] of Object.entries(parameters)) {
    const names = [name, ...aliases];
    if (refusedIfEmpty !== true || names.some((each) => fields.has(each))) continue;
    const misspelt = [...fields.keys()].find(
      (key) => !Object.hasOwn(parameters, key) && findSimilarName(names, key) !== null,
    );
    if (misspelt !== undefined)
      return { code: "INS-21", reason: `${quoteName(misspelt)} is no parameter: is ${name} meant?` };
  }
  return null;
}

/** Two names of one parameter may both be sent, if they agree. */
function findTwoValues({ parameters }: IpgV1Operation, fields: RawFields): IpgV1ParameterError | null {
  for (const [name, { aliases = [], refusedIfEmpty }] of Object.entries(parameters)) {
    const isSent = (each: string): boolean =>
      fields.has(each) && (refusedIfEmpty === true || fields.get(each) !== "");
    const [first, ...others] = [name, ...aliases].filter(isSent);
    const other = others.find((each) => fields.get(each) !== fields.get(first ?? ""));
    if (other !== undefined)
      return {
        code: "INS-21",
        reason: `${first} and ${other} are the same parameter, with different values: send one of them.`,
      };
  }
  return null;
}

function findMissing(
  { parameters }: IpgV1Operation,
  getRawValue: RawValueGetter,
): IpgV1ParameterError | null {
  const missing = Object.entries(parameters).find(
    ([name, { mandatory }]) => mandatory && getRawValue(name) === undefined,
  );
  return missing === undefined ? null : { code: "INS-20", reason: `${missing[0]} is missing.` };
}
