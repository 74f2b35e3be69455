/**
 * Refuses unknown fields. If the SDK ignored a misspelt option, it would do harm: `baseURL` would send a test's
 * payments to the real M-Pesa, `Secret` would make a listener accept unsigned callbacks, and a misspelt `reference`
 * would cause a second payment.
 */
import { InvalidArgumentError } from "./errors.ts";

/** Throws `InvalidArgumentError` unless `value` is an object that has only known fields. */
export function checkUnknownFields(
  label: string,
  value: unknown,
  knownFields: object,
): asserts value is object {
  if (typeof value !== "object" || value === null)
    throw new InvalidArgumentError(label, `${label} must be an object.`);
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(knownFields, name));
  if (unknown === undefined) return;
  const names = Object.keys(knownFields).join(", ");
  throw new InvalidArgumentError(
    unknown,
    `Unknown field ${JSON.stringify(unknown.slice(0, 40))}. Known fields: ${names}.`,
  );
}
