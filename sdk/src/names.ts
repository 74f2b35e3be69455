/**
 * Names that nobody knows. Forgotten in silence, a misspelt option does something else than its writer meant:
 * `baseURL` would send a test's payments to the real M-Pesa, `Secret` would open a listener to everybody, and a
 * misspelt `reference` would be a second payment.
 */
import { InvalidArgumentError } from "./errors.ts";

/** Throws `MisuseError` unless `given` is an object with no other names than those known. */
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
    `There is no field ${JSON.stringify(unknown.slice(0, 40))}; there are ${names}.`,
  );
}
