/** Amounts: converts a program's value to wire text, without rounding through a JavaScript number. */
import { InvalidArgumentError } from "./errors.ts";

/** Converts an amount of a currency with this many decimals. Throws `InvalidArgumentError`. */
export function toWireAmount(field: string, amount: unknown, decimals: number): string {
  if (typeof amount === "bigint") return fromMinorUnits(field, amount, decimals);
  if (typeof amount !== "string") {
    const hint =
      typeof amount === "number"
        ? `write "${amount}" instead`
        : `got ${amount === null ? "null" : typeof amount}`;
    throw new InvalidArgumentError(
      field,
      `${field} must be decimal digits in a string, such as "10.50", or a bigint of minor units: ${hint}.`,
    );
  }
  const [, fraction = ""] = /^\d*(?:\.(\d+))?$/.exec(amount) ?? throwNotAnAmount(field, amount);
  if (fraction.length > decimals) {
    throw new InvalidArgumentError(field, `${field} ${quote(amount)} has more than ${decimals} decimals.`);
  }
  if (!/[1-9]/.test(amount)) throw new InvalidArgumentError(field, `${field} must be above zero.`);
  return amount;
}

function throwNotAnAmount(field: string, amount: string): never {
  throw new InvalidArgumentError(
    field,
    `${field} ${quote(amount)} is not an amount: use digits and a decimal point, without signs, spaces or commas.`,
  );
}

function fromMinorUnits(field: string, amountMinor: bigint, decimals: number): string {
  if (amountMinor <= 0n) throw new InvalidArgumentError(field, `${field} must be above zero.`);
  const digits = amountMinor.toString().padStart(decimals + 1, "0");
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

const quote = (text: string): string => JSON.stringify(text.slice(0, 40));
