/** Customers that a test makes for itself, with numbers that nobody else has. */
import { randomInt } from "node:crypto";
import { toWireAmount } from "../amounts.ts";
import { markets } from "../generated/openapi-v2.ts";
import { toWireMsisdn } from "../msisdns.ts";
import type { Amount, Market } from "../requests.ts";
import type { CallControl } from "./control.ts";
import { SandboxError } from "./sandbox-error.ts";

/**
 * How a customer answers every prompt. At once: `approve`, `decline`, `ignore`, `off`. On their handset: `ask`,
 * `no_signal`, `slow`, `late`, `loses_signal`. docs/handsets.md says what each does.
 */
export type PromptBehaviour =
  "approve" | "decline" | "ignore" | "off" | "ask" | "no_signal" | "slow" | "late" | "loses_signal";

export interface CustomerOptions {
  /** Their number; a free one if absent. */
  readonly msisdn?: string | undefined;
  /** What is in the wallet, exactly; `"100000"` if absent. */
  readonly balance?: Amount | undefined;
  /** `approve` if absent; `ask` for a customer whose handset the test answers. */
  readonly answer?: PromptBehaviour | undefined;
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
export async function createCustomer(
  control: CallControl,
  market: Market,
  { msisdn, balance = "100000", answer = "approve", ...rest }: CustomerOptions,
): Promise<Customer> {
  const digits = msisdn === undefined ? randomMsisdn(market) : normaliseMsisdn(msisdn, market);
  const balanceText = isZero(balance) ? "0" : toWireAmount("balance", balance, markets[market].decimals);
  if (await register(control, market, { ...rest, msisdn: digits, balance: balanceText, answer })) {
    return { msisdn: digits, market };
  }
  throw new SandboxError(`${digits} is somebody's already, and a customer is made once.`);
}

/** Somebody with a PIN of their own gets a handset at once; others when they are first asked. */
async function register(control: CallControl, market: Market, customer: CustomerOptions): Promise<boolean> {
  const path = `/markets/${market}`;
  if (customer.pin !== undefined) {
    const { msisdn } = customer;
    const alreadyExists = await exists(control, `${path}/customers/${msisdn}`);
    return alreadyExists
      ? false
      : (await control<{ created: boolean }>("POST", `${path}/handsets`, customer)).created;
  }
  const response = await control<{ customers: { created: boolean }[] }>("POST", `${path}/customers`, {
    customers: [customer],
  });
  return response.customers[0]?.created ?? false;
}

/** Asked before: a handset would be given to whoever has the number, and change their PIN. */
async function exists(control: CallControl, path: string): Promise<boolean> {
  try {
    await control("GET", path);
    return true;
  } catch (error) {
    if (error instanceof SandboxError && error.httpStatus === 404) return false;
    throw error;
  }
}

/** Residents' numbers begin otherwise; among a hundred million of these nobody meets by chance. */
function randomMsisdn(market: Market): string {
  const { prefix, digits } = markets[market];
  const rest = digits - prefix.length - 1;
  return `${prefix}9${randomInt(10 ** rest)
    .toString()
    .padStart(rest, "0")}`;
}

const normaliseMsisdn = (msisdn: string, market: Market): string =>
  toWireMsisdn("msisdn", msisdn, { environment: "live", market, scenarioDigits: [] });

const isZero = (amount: Amount): boolean =>
  typeof amount === "bigint" ? amount === 0n : /^0*(\.0*)?$/.test(amount) && amount !== "";
