/**
 * The part of a simulation that is about IPG v1: payments in Mozambique's market, some by an application with a response URL.
 * Callers wait a second for the response and then hang up: IPG v1 would answer when the prompt has ended.
 */
import assert from "node:assert/strict";
import { connect, type Sql } from "../../src/store/driver/connect.ts";
import { countBy } from "./count-by.ts";
import { encryptTo, readPublicKey } from "../support/sandbox.ts";
import { registerSimulatedCustomers, type SimulatedCustomer } from "./customers.ts";
import type { SimulationEnvironment } from "./environment.ts";
import { createListener, type Listener } from "./listeners.ts";
import type { CustomerPlan, ListenerPlan } from "./plan.ts";
import type { Random } from "./random.ts";
import type { Server } from "../support/server.ts";

export const mozambique = "vodacomMOZ";

export type IpgV1PaymentKind = "collect" | "pay_out" | "transfer";

export interface IpgV1Step {
  readonly do: "pay_ipg_v1";
  readonly kind: IpgV1PaymentKind;
  readonly customer: number;
  readonly isAsynchronous: boolean;
  readonly amount: number;
}

export interface MozambiquePlan {
  readonly customers: readonly CustomerPlan[];
  readonly listener: ListenerPlan;
}

export const ipgV1CustomerCount = 8;

const kinds = { collect: 6, pay_out: 3, transfer: 1 } as const;

export const createIpgV1Step = (random: Random): IpgV1Step => ({
  do: "pay_ipg_v1",
  kind: random.weighted(kinds),
  customer: random.integer(0, ipgV1CustomerCount - 1),
  isAsynchronous: random.next() < 0.5,
  amount: random.integer(1, 60),
});

/** The market's listener and database, which exist before the servers know of them. */
export interface MozambiqueServers {
  readonly sql: Sql;
  readonly listener: Listener;
}

export async function createMozambiqueServers(
  { listener }: MozambiquePlan,
  { address }: SimulationEnvironment,
): Promise<MozambiqueServers> {
  const schema = `sandbox_${mozambique}`;
  return {
    sql: connect(address, { schema, maxConnections: 2, name: "simulation", arrays: false }),
    listener: await createListener(listener.behaviour),
  };
}

export async function closeMozambiqueServers({ sql, listener }: MozambiqueServers): Promise<void> {
  await Promise.all([listener.close(), sql.end({ timeout: 5 })]);
}

/** What the client of a payment knows about it. */
export interface SentIpgV1Payment {
  readonly reference: string;
  readonly isAsynchronous: boolean;
  /** Null if the connection broke, or the caller hung up. */
  result: Readonly<Record<string, string>> | null;
}

export interface SimulatedMozambique extends MozambiqueServers {
  readonly customers: readonly SimulatedCustomer[];
  /** The bearers of the applications: without a response URL, and with one. */
  readonly bearers: { readonly synchronous: string; readonly asynchronous: string };
  readonly sent: SentIpgV1Payment[];
}

export async function setUpMozambique(
  server: Server,
  plan: MozambiquePlan,
  servers: MozambiqueServers,
): Promise<SimulatedMozambique> {
  const customers = await registerSimulatedCustomers(server, mozambique, plan.customers, "8477");
  const register = async (settings: object): Promise<string> => {
    const { ipgV1 } = await server.control("POST", "/applications", {
      name: "Simulated shop of IPG v1",
      ...settings,
    });
    return encryptTo(readPublicKey(server.ipgV1.publicKey), ipgV1.apiKey);
  };
  const bearers = {
    synchronous: await register({}),
    asynchronous: await register({ ipgV1ResponseUrl: servers.listener.url }),
  };
  return { ...servers, customers, bearers, sent: [] };
}

export interface IpgV1Context {
  readonly environment: SimulationEnvironment;
  readonly market: SimulatedMozambique;
  readonly seed: number;
  waitForDatabase(): Promise<unknown>;
}

const callerTimeoutMs = 1500;

/** Makes one payment. If the connection breaks or the caller hangs up, the result stays null. */
export async function payByIpgV1(step: IpgV1Step, context: IpgV1Context): Promise<void> {
  const { market, environment, seed } = context;
  const { sent, bearers, customers } = market;
  const payment: SentIpgV1Payment = {
    reference: `i${seed}x${sent.length}`,
    isAsynchronous: step.isAsynchronous,
    result: null,
  };
  sent.push(payment);
  const { path, fields } = buildRequest(step, payment, customers[step.customer]?.msisdn ?? "");
  const { gateway } = await environment.server();
  try {
    const response = await fetch(`${gateway}/ipg/v1x/${path}/`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${step.isAsynchronous ? bearers.asynchronous : bearers.synchronous}`,
      },
      body: JSON.stringify(fields),
      signal: AbortSignal.timeout(callerTimeoutMs),
    });
    payment.result = (await response.json()) as Readonly<Record<string, string>>;
  } catch {
    await context.waitForDatabase();
  }
}

function buildRequest({ kind, amount }: IpgV1Step, { reference }: SentIpgV1Payment, msisdn: string) {
  const common = {
    input_TransactionReference: "Simulated",
    input_Amount: String(amount),
    input_ThirdPartyReference: reference,
  };
  const customer = { ...common, input_CustomerMSISDN: msisdn, input_ServiceProviderCode: "171717" };
  if (kind === "collect") return { path: "c2bPayment/singleStage", fields: customer };
  if (kind === "pay_out") return { path: "b2cPayment", fields: customer };
  const parties = { input_PrimaryPartyCode: "171717", input_ReceiverPartyCode: "979797" };
  return { path: "b2bPayment", fields: { ...common, ...parties } };
}

export interface IpgV1Summary {
  readonly sent: number;
  readonly unanswered: number;
  readonly recorded: Readonly<Record<string, number>>;
  readonly delivered: number;
}

/**
 * Each payment has at most one outcome, which is that of its response; each that owes a callback had exactly one by id, with
 * the recorded outcome; and the balances add up to nothing.
 */
export async function checkIpgV1({ sql, sent, listener }: SimulatedMozambique): Promise<IpgV1Summary> {
  const rows = await sql<{ reference: string; status: string; owed: number; count: bigint }[]>`
    select reference, min(status) as status, max(notifications_owed)::integer as owed, count(*) as count
    from payments where application_id is not null group by reference`;
  const recorded = new Map(rows.map((row) => [row.reference, row]));
  for (const { reference, isAsynchronous, result } of sent) {
    const row = recorded.get(reference);
    const label = `${reference}: result ${JSON.stringify(result)}, recorded ${row?.status}`;
    assert(row === undefined || row.count === 1n, label);
    if (result === null) continue;
    const code = result["output_ResponseCode"];
    if (code === "INS-0" && isAsynchronous) assert(row !== undefined, label);
    if (code === "INS-0" && !isAsynchronous) assert.equal(row?.status, "completed", label);
    if (code !== "INS-0" && code !== "INS-9" && code !== "INS-10")
      assert.notEqual(row?.status, "completed", label);
  }
  assert.deepEqual(listener.contradictions, []);
  const codes = [...listener.received.values()].map(
    ({ fields }) => [fields["input_ThirdPartyReference"] ?? "", fields["input_ResultCode"] ?? ""] as const,
  );
  const owing = rows.filter(({ owed }) => owed > 0);
  assert.deepEqual(
    codes.map(([reference]) => reference).toSorted(),
    owing.map(({ reference }) => reference).toSorted(),
  );
  for (const [reference, code] of codes)
    assert.equal(code === "0", recorded.get(reference)?.status === "completed", reference);
  const [{ sum } = { sum: 1n }] = await sql<{ sum: bigint }[]>`
    select sum(available_minor + held_minor)::bigint as sum from accounts`;
  assert.equal(sum, 0n, "the sum of the rail's balances");
  return {
    sent: sent.length,
    unanswered: sent.filter(({ result }) => result === null).length,
    recorded: countBy(rows.map(({ status }) => status)),
    delivered: codes.length,
  };
}
