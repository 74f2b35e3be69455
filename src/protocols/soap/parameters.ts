/** The parameters of commands: what each kind accepts. */
import { maxAmountMinor } from "../../core/money.ts";
import type { CommandSettings, SoapParameter } from "./operation.ts";

/** What was read of a command's parameters. */
export interface ReadParameters {
  /** Keys of mandatory parameters that are absent. */
  readonly missing: readonly string[];
  /** Keys of parameters whose value is not valid. */
  readonly invalid: readonly string[];
  readonly values: ReadonlyMap<string, string>;
  /** Of the parameter of the kind `amount`. */
  readonly amountMinor: bigint | null;
}

/** Some programs put into the reference data what belongs to the parameters, so both are read. */
export function readParameters(
  table: Readonly<Record<string, SoapParameter>>,
  sources: readonly ReadonlyMap<string, string>[],
  settings: CommandSettings,
): ReadParameters {
  const missing: string[] = [];
  const invalid: string[] = [];
  const values = new Map<string, string>();
  let amountMinor: bigint | null = null;
  for (const [key, { kind, isOptional = false, maxLength = 255 }] of Object.entries(table)) {
    const text = findValue(sources, key);
    if (text === undefined) {
      if (!isOptional) missing.push(key);
      continue;
    }
    if (kind === "amount") amountMinor = parseShillings(text, settings);
    const isValid = kind === "amount" ? amountMinor !== null : text.length <= maxLength;
    if (isValid) values.set(key, text);
    else invalid.push(key);
  }
  return { missing, invalid, values, amountMinor };
}

const findValue = (sources: readonly ReadonlyMap<string, string>[], key: string): string | undefined =>
  sources.map((source) => source.get(key)).find((value) => value !== undefined);

/** `100`, `100.0` and `7000.00`; zeros behind the cents mean nothing. Null for what is no amount. */
export function parseShillings(text: string, { negativeAmounts }: CommandSettings): bigint | null {
  const [, sign, whole = "", fraction = ""] = /^([-+]?)(\d{1,13})(?:\.(\d{1,2})0{0,6})?$/.exec(text) ?? [];
  if (whole === "" || (sign === "-" && negativeAmounts === "refuse")) return null;
  const amountMinor = BigInt(whole + fraction.padEnd(2, "0"));
  return amountMinor <= maxAmountMinor ? amountMinor : null;
}
