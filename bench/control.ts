import {
  buildRequest,
  parseResponse,
  sendRequest,
  type ControlParameters,
  type ControlCall,
  type ControlResult,
} from "../src/api/control/client.ts";
import { createEncrypter } from "./bearers.ts";
import type { Market } from "../src/core/markets.ts";
import type { Parties } from "./payments.ts";
import type { SandboxJson } from "./platform.ts";

/** The market of the benchmark. All rails work the same, so one is enough. */
export const market = { name: "vodacomTZN", country: "TZN", currency: "TZS", prefix: "255" } as const;

/** The limit of one control API request. */
const customersPerCall = 10_000;

/** More than a customer can spend in a day of payments of 10 to 99 shillings. */
const openingBalance = "1000000.00";

/** Limits that the server checks and counts with every payment, and that no run can reach. */
const unreachedLimits = {
  singleValue: "1000000.00",
  sessionDailyValue: "1000000000000.00",
  sessionDailyCount: 2_000_000_000,
  customerDailyValue: "1000000.00",
  customerDailyCount: 1_000_000,
};

/** A market with its parties. */
export interface MarketParties {
  readonly market: Market;
  /** The constant prefix of every MSISDN. */
  readonly prefix: string;
  readonly parties: Parties;
  /** The products whose payments have limits, as those of live applications. */
  readonly products: readonly string[];
}

/** Creates the accounts of a run, and sets limits. */
export async function createParties(
  sandbox: SandboxJson,
  { market: marketName, prefix, parties, products }: MarketParties,
  signal: AbortSignal,
): Promise<void> {
  const params = { market: marketName };
  const customers = Array.from({ length: parties.customers }, (_, index) => ({
    msisdn: `${prefix}${parties.firstMsisdn + index}`,
    balance: openingBalance,
  }));
  for (let from = 0; from < customers.length; from += customersPerCall) {
    const batch = customers.slice(from, from + customersPerCall);
    await callControl(sandbox, signal, "POST /markets/{market}/customers", {
      params,
      body: { customers: batch },
    });
  }
  const organisations = listShortcodes(parties).map((shortcode, index) => ({
    shortcode,
    name: `Shop ${index + 1}`,
  }));
  await callControl(sandbox, signal, "POST /markets/{market}/organisations", {
    params,
    body: { organisations },
  });
  const id = await findApplicationId(sandbox, signal);
  const limits = Object.fromEntries(products.map((product) => [product, unreachedLimits]));
  await callControl(sandbox, signal, "PATCH /applications/{id}", { params: { id }, body: { limits } });
}

export const listShortcodes = ({ firstShortcode, organisations }: Parties): string[] =>
  Array.from({ length: organisations }, (_, index) => `${firstShortcode + index}`);

/** Finds the sandbox's first application, whose API key is in `sandbox.json`. */
export async function findApplicationId(sandbox: SandboxJson, signal: AbortSignal): Promise<string> {
  const { applications } = await callControl(sandbox, signal, "GET /applications");
  const [application] = applications;
  if (application === undefined) throw new Error("the sandbox has no application");
  return application.id;
}

/** Counts the completed payments in a market's ledger. */
export async function countCompletedPayments(
  sandbox: SandboxJson,
  marketName: Market,
  signal: AbortSignal,
): Promise<number> {
  const { payments } = await callControl(sandbox, signal, "GET /markets/{market}/totals", {
    params: { market: marketName },
  });
  return payments["completed"] ?? 0;
}

/** Requests a session key, as a client does. */
export async function requestSessionKey(
  { gateway, openapi }: SandboxJson,
  signal: AbortSignal,
  apiKey = openapi.apiKey,
): Promise<string> {
  const bearer = createEncrypter(openapi.publicKey)(apiKey);
  const response = await fetch(`${gateway}/sandbox/ipg/v2/${market.name}/getSession/`, {
    headers: { Authorization: `Bearer ${bearer}`, Origin: "*" },
    signal,
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`getSession returned ${response.status}: ${text}`);
  const { output_SessionID }: { output_SessionID: string } = JSON.parse(text);
  return output_SessionID;
}

/** Makes a call that must succeed. */
export async function callControl<Call extends ControlCall>(
  { control }: SandboxJson,
  signal: AbortSignal,
  call: Call,
  ...args: ControlParameters<Call>
): Promise<ControlResult<Call>> {
  const response = await sendRequest(control, buildRequest(call, ...args), { signal });
  const { status, text } = response;
  if (status >= 300) throw new Error(`${call} returned ${status}: ${text.slice(0, 500)}`);
  return parseResponse(response) as ControlResult<Call>;
}
