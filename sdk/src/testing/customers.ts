/** Customers that a test registers, with unused numbers. */
import { randomInt } from "node:crypto";
import { toWireAmount } from "../amounts.ts";
import { toInternationalMsisdn } from "../msisdns.ts";
import type { Amount } from "../openapi-v2/requests.ts";
import type { CallControl } from "./control.ts";
import type { PromptBehaviour } from "./generated.ts";
import { getMarketFormat, type SandboxMarket } from "./markets.ts";
import { SandboxError } from "./sandbox-error.ts";

export interface CustomerOptions {
  /** The customer's number; default: an unused one. */
  readonly msisdn?: string | undefined;
  /** The wallet's balance; default `"100000"`. */
  readonly balance?: Amount | undefined;
  /** Default `approve`. Use `ask` if the test answers on the handset. */
  readonly answer?: PromptBehaviour | undefined;
  /** The handset's PIN, four to six digits; default 1234. */
  readonly pin?: string | undefined;
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
}

export interface Customer {
  readonly msisdn: string;
  readonly market: SandboxMarket;
}

/** Registers a customer. Throws `SandboxError` if the number is already registered. */
export async function createCustomer(
  control: CallControl,
  market: SandboxMarket,
  { msisdn, balance = "100000", answer = "approve", ...rest }: CustomerOptions,
): Promise<Customer> {
  const digits = msisdn === undefined ? randomMsisdn(market) : normaliseMsisdn(msisdn, market);
  const balanceText = isZero(balance)
    ? "0"
    : toWireAmount("balance", balance, getMarketFormat(market).decimals);
  if (await register(control, market, { ...rest, msisdn: digits, balance: balanceText, answer })) {
    return { msisdn: digits, market };
  }
  throw new SandboxError(`${digits} is already registered. Use another number.`);
}

/** A customer with a PIN gets a handset at once, others with their first prompt. Returns false if already registered. */
async function register(
  control: CallControl,
  market: SandboxMarket,
  customer: CustomerOptions,
): Promise<boolean> {
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

/** Check first: registering a handset for an existing customer would change the PIN. */
async function exists(control: CallControl, path: string): Promise<boolean> {
  try {
    await control("GET", path);
    return true;
  } catch (error) {
    if (error instanceof SandboxError && error.httpStatus === 404) return false;
    throw error;
  }
}

/** No seed customer has such a number, and a collision among so many numbers is unlikely. */
function randomMsisdn(market: SandboxMarket): string {
  const { newPrefix, digits } = getMarketFormat(market);
  const rest = digits - newPrefix.length;
  return newPrefix + String(randomInt(10 ** rest)).padStart(rest, "0");
}

const normaliseMsisdn = (msisdn: string, market: SandboxMarket): string =>
  toInternationalMsisdn("msisdn", msisdn, getMarketFormat(market));

const isZero = (amount: Amount): boolean =>
  typeof amount === "bigint" ? amount === 0n : /^0*(\.0*)?$/.test(amount) && amount !== "";
