/** Kenya's market of a simulation: customers, merchants with their URLs and initiators, listeners and validators. */
import { encryptPassword } from "../../src/protocols/g2/security-credential.ts";
import { connect, type Sql } from "../../src/store/driver/connect.ts";
import { createDarajaClientAt, kenya } from "../support/daraja.ts";
import type { Server } from "../support/server.ts";
import { registerSimulatedCustomers, type SimulatedCustomer } from "./customers.ts";
import type { MerchantPlan } from "./daraja-plan.ts";
import type { SimulationEnvironment } from "./environment.ts";
import { createListener, type CallbackFields, type Listener } from "./listeners.ts";
import type { KenyaPlan } from "./plan.ts";
import { createValidator, type Validator } from "./validators.ts";

export { kenya };

export interface Merchant extends MerchantPlan {
  readonly shortcode: string;
  /** The listener's URLs by their paths. */
  readonly callbackUrl: string;
  readonly resultUrl: string;
  readonly timeoutUrl: string;
}

/** What a merchant's program needs to make payments. */
export interface DarajaAccess {
  readonly initiator: string;
  readonly credential: string;
}

export interface SimulatedKenya {
  readonly sql: Sql;
  readonly customers: readonly SimulatedCustomer[];
  readonly merchants: readonly Merchant[];
  readonly listeners: readonly Listener[];
  readonly validators: readonly Validator[];
  readonly access: DarajaAccess;
}

/** What a merchant has at the beginning for payouts: too little for all of them. */
export const merchantBalance = "300.00";

const initiator = { username: "simulated", password: "Simulated-1" } as const;

export const callbackPaths = {
  stk: "/stk",
  confirmation: "/confirmation",
  result: "/result",
  timeout: "/timeout",
} as const;

/** Kenya's listeners and validators, which exist before the servers know of them. */
export type KenyaServers = Pick<SimulatedKenya, "sql" | "listeners" | "validators">;

export async function createKenyaServers(
  plan: KenyaPlan,
  validatorCount: number,
  environment: SimulationEnvironment,
): Promise<KenyaServers> {
  return {
    sql: connect(environment.address, {
      schema: `sandbox_${kenya}`,
      maxConnections: 2,
      name: "simulation",
      arrays: false,
    }),
    listeners: await Promise.all(
      plan.listeners.map(({ behaviour }) => createListener(behaviour, identifyCallback)),
    ),
    validators: await Promise.all(Array.from({ length: validatorCount }, () => createValidator())),
  };
}

export async function closeKenyaServers({ sql, listeners, validators }: KenyaServers): Promise<void> {
  await Promise.all([
    ...listeners.map((listener) => listener.close()),
    ...validators.map((validator) => validator.close()),
    sql.end({ timeout: 5 }),
  ]);
}

/** The path, and the id by which an integrator recognises the payment. */
function identifyCallback(fields: CallbackFields, path: string): string {
  const { Body, Result, TransID } = fields as {
    readonly Body?: { readonly stkCallback: { readonly MerchantRequestID: string } };
    readonly Result?: { readonly OriginatorConversationID: string };
    readonly TransID?: string;
  };
  const id = Body?.stkCallback.MerchantRequestID ?? Result?.OriginatorConversationID ?? TransID ?? "";
  return `${path} ${id}`;
}

export async function setUpKenya(
  server: Server,
  plan: KenyaPlan,
  servers: KenyaServers,
): Promise<SimulatedKenya> {
  const customers = await registerSimulatedCustomers(server, kenya, plan.customers);
  const merchants = plan.merchants.map((merchant, index) => toMerchant(merchant, index, servers));
  await server.control("POST", `/markets/${kenya}/organisations`, {
    organisations: merchants.map(({ shortcode }) => ({ shortcode, name: `Shop ${shortcode}` })),
  });
  const client = createDarajaClientAt(server.gateway, server.daraja);
  for (const merchant of merchants) {
    const { shortcode, validator, responseType } = merchant;
    const path = `/markets/${kenya}/organisations/${shortcode}`;
    // The plain number, so that what a customer paid can be added up.
    await server.control("PATCH", path, {
      externalValidation: validator !== null,
      confirmationMsisdn: "plain",
    });
    await server.control("POST", `${path}/top-up`, { amount: merchantBalance, account: "utility" });
    await server.control("POST", `${path}/operators`, { ...initiator, roles: ["b2c"] });
    const registered = await client.post("/mpesa/c2b/v2/registerurl", {
      ShortCode: shortcode,
      ResponseType: responseType,
      ConfirmationURL: new URL(callbackPaths.confirmation, merchant.callbackUrl).href,
      ...(validator === null ? {} : { ValidationURL: servers.validators[validator]?.url }),
    });
    if (registered.status !== 200) throw new Error(`registerurl: ${registered.text}`);
  }
  const credential = encryptPassword(server.daraja.certificate, initiator.password);
  return { ...servers, customers, merchants, access: { initiator: initiator.username, credential } };
}

function toMerchant(plan: MerchantPlan, index: number, { listeners }: KenyaServers): Merchant {
  const toUrl = (path: string): string => new URL(path, listeners[plan.listener]?.url).href;
  return {
    ...plan,
    shortcode: `5002${String(index).padStart(2, "0")}`,
    callbackUrl: toUrl(callbackPaths.stk),
    resultUrl: toUrl(callbackPaths.result),
    timeoutUrl: toUrl(callbackPaths.timeout),
  };
}
