/**
 * Names that nobody knows. Forgotten in silence, a misspelt option does something else than its writer meant:
 * `baseURL` would send a test's payments to the real M-Pesa, `Secret` would open a listener to everybody, and a
 * misspelt `reference` would be a second payment.
 */
import { MisuseError } from "./errors.ts";

/** Throws `MisuseError` unless `given` is an object with no other names than those known. */
export function checkNames(what: string, given: unknown, known: object): asserts given is object {
  if (typeof given !== "object" || given === null) throw new MisuseError(what, `${what} must be an object.`);
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) return;
  const names = Object.keys(known).join(", ");
  throw new MisuseError(
    unknown,
    `There is no field ${JSON.stringify(unknown.slice(0, 40))}; there are ${names}.`,
  );
}
