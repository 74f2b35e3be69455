/** Checks durations that a program passes. */
import { InvalidArgumentError } from "../errors.ts";

/** Longer timers overflow and fire at once. */
const maxMilliseconds = 2 ** 31 - 1;

/** Throws `InvalidArgumentError`. */
export function validateMilliseconds(field: string, value: number | undefined): number | undefined {
  if (value === undefined || (Number.isFinite(value) && value >= 0 && value <= maxMilliseconds)) return value;
  throw new InvalidArgumentError(
    field,
    `${field} must be a number of milliseconds, at most ${maxMilliseconds}.`,
  );
}

/** A timeout of 0 would always fail. Some libraries use 0 for "no timeout", so refuse it. */
export function validateTimeout(field: string, value: number | undefined): number | undefined {
  if (value === 0) throw new InvalidArgumentError(field, `${field} must be above zero.`);
  return validateMilliseconds(field, value);
}
