/** Customers that a test makes for itself, with numbers that nobody else has. */
import { randomInt } from "node:crypto";
import { amountText } from "../amounts.ts";
import { markets } from "../generated/openapi-v2.ts";
import { msisdnDigits } from "../msisdns.ts";
import type { Amount, Market } from "../requests.ts";
import type { Control } from "./control.ts";
import { SandboxError } from "./sandbox-error.ts";

/**
 * How a customer answers every prompt. At once: `approve`, `decline`, `ignore`, `off`. On their handset: `ask`,
 * `no_signal`, `slow`, `late`, `loses_signal`. docs/handsets.md says what each does.
 */
export type Answer =
  "approve" | "decline" | "ignore" | "off" | "ask" | "no_signal" | "slow" | "late" | "loses_signal";

export interface CustomerOptions {
  /** Their number; a free one if absent. */
  readonly msisdn?: string | undefined;
  /** What is in the wallet, exactly; `"100000"` if absent. */
  readonly balance?: Amount | undefined;
  /** `approve` if absent; `ask` for a customer whose handset the test answers. */
  readonly answer?: Answer | undefined;
  /** The handset's PIN, four to six digits; 1234 if absent. */
  readonly pin?: string | undefined;
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
}

export interface Customer {
  readonly msisdn: string;
  readonly market: Market;
}

/** Registers a customer. Throws `SandboxError` where the number is somebody's already. */
export async function makeCustomer(
  control: Control,
  market: Market,
  { msisdn, balance = "100000", answer = "approve", ...rest }: CustomerOptions,
): Promise<Customer> {
  const number = msisdn === undefined ? freeNumber(market) : readNumber(msisdn, market);
  const money = isNothing(balance) ? "0" : amountText("balance", balance, markets[market].decimals);
  if (await register(control, market, { ...rest, msisdn: number, balance: money, answer })) {
    return { msisdn: number, market };
  }
  throw new SandboxError(`${number} is somebody's already, and a customer is made once.`);
}

/** Somebody with a PIN of their own gets a handset at once; others when they are first asked. */
async function register(control: Control, market: Market, person: CustomerOptions): Promise<boolean> {
  const path = `/markets/${market}`;
  if (person.pin !== undefined) {
    const { msisdn } = person;
    const isThere = await exists(control, `${path}/customers/${msisdn}`);
    return isThere
      ? false
      : (await control<{ created: boolean }>("POST", `${path}/handsets`, person)).created;
  }
  const answered = await control<{ customers: { created: boolean }[] }>("POST", `${path}/customers`, {
    customers: [person],
  });
  return answered.customers[0]?.created ?? false;
}

/** Asked before: a handset would be given to whoever has the number, and change their PIN. */
async function exists(control: Control, path: string): Promise<boolean> {
  try {
    await control("GET", path);
    return true;
  } catch (error) {
    if (error instanceof SandboxError && error.httpStatus === 404) return false;
    throw error;
  }
}

/** Residents' numbers begin otherwise; among a hundred million of these nobody meets by chance. */
function freeNumber(market: Market): string {
  const { prefix, digits } = markets[market];
  const rest = digits - prefix.length - 1;
  return `${prefix}9${randomInt(10 ** rest)
    .toString()
    .padStart(rest, "0")}`;
}

const readNumber = (msisdn: string, market: Market): string =>
  msisdnDigits("msisdn", msisdn, { environment: "live", market, scenarioDigits: [] });

const isNothing = (amount: Amount): boolean =>
  typeof amount === "bigint" ? amount === 0n : /^0*(\.0*)?$/.test(amount) && amount !== "";
