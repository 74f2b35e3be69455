/**
 * Runs a plan on real servers: payments overlap, customers reply on handsets, listeners go up and down, the clock
 * jumps, processes are killed. At the end everything is started again and time passes until every payment is final.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { msPerDay, msPerMinute } from "../../src/core/clock.ts";
import { connect, type Sql } from "../../src/store/driver/connect.ts";
import type { CallResult } from "../support/server.ts";
import { waitFor } from "../support/prompts.ts";
import { createListener, type Listener } from "./listeners.ts";
import { registerSimulatedCustomers, startCustomers, type SimulatedCustomer } from "./customers.ts";
import {
  closeKenyaServers,
  createKenyaServers,
  kenya as kenyanMarket,
  setUpKenya,
  type KenyaServers,
  type SimulatedKenya,
} from "./daraja-market.ts";
import { payByDaraja, type SentDarajaPayment } from "./daraja-payments.ts";
import { darajaCounts } from "./daraja-plan.ts";
import {
  closeMozambiqueServers,
  createMozambiqueServers,
  mozambique as mozambicanMarket,
  payByIpgV1,
  setUpMozambique,
  type MozambiqueServers,
  type SimulatedMozambique,
} from "./ipg-v1.ts";
import { createPlan, type PaymentKind, type PaymentStep, type SimulationPlan } from "./plan.ts";
import { createRequest } from "./requests.ts";
import { createSimulationEnvironment, type SimulationEnvironment } from "./environment.ts";

/** What the client of a payment knows about it. */
export interface SentPayment {
  readonly reference: string;
  readonly kind: PaymentKind;
  readonly listener: Listener | null;
  result: CallResult | null;
}

export interface SimulationResult {
  readonly plan: SimulationPlan;
  readonly sent: readonly SentPayment[];
  readonly listeners: readonly Listener[];
  readonly sql: Sql;
  readonly kenya: SimulatedKenya;
  readonly sentByDaraja: readonly SentDarajaPayment[];
  readonly mozambique: SimulatedMozambique;
  readonly environment: SimulationEnvironment;
  readonly killed: { readonly servers: number; readonly databases: number };
  readonly advancedSeconds: number;
}

const market = "vodacomTZN";
export const schema = `sandbox_${market}`;

/** The maximum number of payments in flight. */
const maxConcurrent = 24;
/** The callback schedule takes two days; two-step holds one. */
const drainSeconds = 4 * 24 * 3600;

/** A callback of Daraja and of the SOAP Broker is sent once, as M-Pesa does, in the runs of odd seeds, and several times in the others. */
const getServerSettings = (seed: number): Readonly<Record<string, string>> =>
  seed % 2 === 0 ? { DARAJA_CALLBACK_ATTEMPTS: "5", SOAP_CALLBACK_ATTEMPTS: "5" } : {};

/** Runs the plan of a seed, and calls `check` while the databases still exist. */
export async function runSimulation(
  seed: number,
  payments: number,
  check: (result: SimulationResult) => Promise<void>,
): Promise<void> {
  const plan = createPlan(seed, payments);
  await using environment = await createSimulationEnvironment(getServerSettings(seed));
  const listeners = await Promise.all(plan.listeners.map(({ behaviour: manner }) => createListener(manner)));
  const kenyaServers = await createKenyaServers(plan.kenya, darajaCounts.validators, environment);
  const mozambiqueServers = await createMozambiqueServers(plan.mozambique, environment);
  const sql = connect(environment.address, { schema, maxConnections: 2, name: "simulation", arrays: false });
  try {
    const result = await runPlan(plan, {
      environment,
      listeners,
      kenyaServers,
      mozambiqueServers,
      sql,
    });
    await drain(result);
    await check(result);
  } finally {
    await Promise.all([
      ...listeners.map((listener) => listener.close()),
      closeKenyaServers(kenyaServers),
      closeMozambiqueServers(mozambiqueServers),
      sql.end({ timeout: 5 }),
    ]);
  }
}

interface RunContext {
  readonly environment: SimulationEnvironment;
  readonly listeners: readonly Listener[];
  readonly kenyaServers: KenyaServers;
  readonly mozambiqueServers: MozambiqueServers;
  readonly sql: Sql;
}

async function runPlan(plan: SimulationPlan, context: RunContext): Promise<SimulationResult> {
  const { environment, sql } = context;
  const setup = await setUp(plan, context);
  const stopCustomers = [
    startCustomers({ market, sql, environment, customers: setup.customers }),
    startCustomers({
      market: kenyanMarket,
      sql: setup.kenya.sql,
      environment,
      customers: setup.kenya.customers,
    }),
    startCustomers({
      market: mozambicanMarket,
      sql: setup.mozambique.sql,
      environment,
      customers: setup.mozambique.customers,
    }),
  ];
  try {
    return await executeSteps(plan, { ...setup, ...context });
  } finally {
    await Promise.all(stopCustomers.map((stop) => stop()));
  }
}

interface SimulationSetup {
  readonly customers: readonly SimulatedCustomer[];
  /** The bearers of the listeners' applications; the last is of the application without a listener. */
  readonly bearers: readonly string[];
  readonly kenya: SimulatedKenya;
  readonly mozambique: SimulatedMozambique;
}

async function setUp(
  plan: SimulationPlan,
  { environment, listeners, kenyaServers, mozambiqueServers }: RunContext,
): Promise<SimulationSetup> {
  const server = await environment.server();
  const customers = await registerSimulatedCustomers(server, market, plan.customers);
  const kenya = await setUpKenya(server, plan.kenya, kenyaServers);
  const mozambique = await setUpMozambique(server, plan.mozambique, mozambiqueServers);
  const bearers: string[] = [];
  for (const { url } of listeners) {
    const { apiKey } = (await server.control("POST", "/applications", {
      name: "Simulated shop",
      responseUrl: url,
      sessionLifetimeSeconds: 2_592_000,
    })) as { apiKey: string };
    bearers.push(await server.session(apiKey));
  }
  const pollingApplication = (await server.control("POST", "/applications", {
    name: "Simulated till",
    sessionLifetimeSeconds: 2_592_000,
  })) as { apiKey: string };
  return {
    customers,
    kenya,
    mozambique,
    bearers: [...bearers, await server.session(pollingApplication.apiKey)],
  };
}

interface StepContext extends SimulationSetup, RunContext {}

async function executeSteps(plan: SimulationPlan, context: StepContext): Promise<SimulationResult> {
  const { environment, listeners, kenya, mozambique, sql } = context;
  const allListeners = [...listeners, ...kenya.listeners, mozambique.listener];
  const sent: SentPayment[] = [];
  const sentByDaraja: SentDarajaPayment[] = [];
  const daraja = {
    environment,
    kenya,
    seed: plan.seed,
    sent: sentByDaraja,
    token: { current: null },
    waitForDatabase: () => waitForDatabase(kenya.sql),
  };
  const ipgV1 = {
    environment,
    market: mozambique,
    seed: plan.seed,
    waitForDatabase: () => waitForDatabase(mozambique.sql),
  };
  const inFlight = new Set<Promise<void>>();
  const restarts: Promise<void>[] = [];
  const killed = { servers: 0, databases: 0 };
  let advancedSeconds = 0;
  const startPayment = async (makePayment: () => Promise<void>): Promise<void> => {
    while (inFlight.size >= maxConcurrent) await Promise.race(inFlight);
    const payment: Promise<void> = makePayment().finally(() => inFlight.delete(payment));
    inFlight.add(payment);
  };
  for (const step of plan.steps) {
    if (step.do === "pay") {
      await startPayment(() => pay(step, context, sent, plan.seed));
    } else if (step.do === "pay_daraja") {
      await startPayment(() => payByDaraja(step, daraja));
    } else if (step.do === "pay_ipg_v1") {
      await startPayment(() => payByIpgV1(step, ipgV1));
    } else if (step.do === "validator") {
      kenya.validators[step.validator]?.setUp(step.up);
    } else if (step.do === "callback_fault") {
      await setCallbackFault(environment, step);
    } else if (step.do === "jump") {
      await endValidationLeases(kenya.sql).catch(() => {});
      advancedSeconds += await advanceClock(environment, step.seconds);
    } else if (step.do === "listener") {
      allListeners[step.listener]?.setUp(step.up);
    } else if (step.do === "kill_database") {
      killed.databases += 1;
      await environment.killDatabase();
      await waitForFaultToSpread();
    } else {
      killed.servers += 1;
      // The other server continues meanwhile.
      restarts.push(environment.killServer(step.server));
      await waitForFaultToSpread();
    }
  }
  await Promise.all([...inFlight, ...restarts]);
  return {
    plan,
    sent,
    listeners,
    sql,
    kenya,
    sentByDaraja,
    mozambique,
    environment,
    killed,
    advancedSeconds,
  };
}

/** Loses callbacks, or sends them twice. A server that is killed meanwhile may not have been able to. */
async function setCallbackFault(
  environment: SimulationEnvironment,
  { kind, times }: { readonly kind: "lose" | "twice"; readonly times: number },
): Promise<void> {
  const server = await environment.server();
  await server.control("POST", `/markets/${kenyanMarket}/faults`, { kind, times }).catch(() => {});
}

/** Lets payments run into the fault before the next step causes another. */
const waitForFaultToSpread = (): Promise<void> => sleep(300);

/** While the database is down, only the payments in flight fail, so that most of the plan is carried out. */
const waitForDatabase = (sql: Sql): Promise<boolean> =>
  waitFor(
    "the database",
    () =>
      sql`select 1`.then(
        () => true,
        () => undefined,
      ),
    msPerMinute,
  );

/** Moves the clock; a server that is killed meanwhile may have moved it part of the way. */
async function advanceClock(environment: SimulationEnvironment, seconds: number): Promise<number> {
  const server = await environment.server();
  return server.control("POST", "/clock/advance", { seconds }).then(
    () => seconds,
    () => 0,
  );
}

/** Makes one payment. If the connection breaks, the result stays null. */
async function pay(
  step: PaymentStep,
  context: StepContext,
  sent: SentPayment[],
  seed: number,
): Promise<void> {
  const server = await context.environment.server();
  const listener = step.listener === null ? null : (context.listeners[step.listener] ?? null);
  const bearer = context.bearers[step.listener ?? context.listeners.length] ?? "";
  const reference = `s${seed}x${sent.length}`;
  const msisdn = context.customers[step.customer]?.msisdn ?? "";
  const { kind, method, path, fields } = createRequest({ step, reference, server, msisdn, sent });
  const payment: SentPayment = { reference, kind, listener, result: null };
  sent.push(payment);
  try {
    payment.result = await server.call(method, path, fields, bearer);
  } catch {
    await waitForDatabase(context.sql);
  }
}

/** All listeners acknowledge again, and enough time passes for every payment to become final. */
async function drain({ listeners, kenya, mozambique, environment, sql }: SimulationResult): Promise<void> {
  for (const listener of [...listeners, ...kenya.listeners, mozambique.listener]) listener.heal();
  for (const kind of ["lose", "twice"])
    await callUntilAnswered(environment, "POST", `/markets/${kenyanMarket}/faults`, { kind, times: 0 });
  await waitForDatabase(kenya.sql);
  await endValidationLeases(kenya.sql);
  await callUntilAnswered(environment, "POST", "/clock/advance", { seconds: drainSeconds });
  // Dead-lettered callbacks must be resent by hand.
  const { now } = (await callUntilAnswered(environment, "GET", "/clock")) as { now: string };
  const window = {
    from: new Date(Date.parse(now) - 30 * msPerDay).toISOString(),
    to: now,
    state: "dead_lettered",
  };
  for (const [name, schemaSql] of [
    [market, sql],
    [kenyanMarket, kenya.sql],
    [mozambicanMarket, mozambique.sql],
  ] as const) {
    await callUntilAnswered(environment, "POST", `/markets/${name}/deliveries/resend`, window);
    await waitFor(`all callbacks of ${name} delivered`, async () => {
      const [open] = await schemaSql<{ count: bigint }[]>`select count(*) from deliveries`;
      return open?.count === 0n ? true : undefined;
    });
  }
}

/**
 * The leases of validations end now: the clock would wait sixteen seconds for those of a killed server. If a server still
 * waits for an answer, two servers decide the payment, and the first one counts.
 */
async function endValidationLeases(sql: Sql): Promise<void> {
  await sql`update validations set lease_until = clock_timestamp() where ended_at is null`;
}

/** Repeats a call until a server has answered: a killed server may be restarting, and its lease must end first. */
function callUntilAnswered(
  environment: SimulationEnvironment,
  method: string,
  path: string,
  body?: object,
): Promise<unknown> {
  const tryCall = async (): Promise<unknown> => {
    const server = await environment.server();
    return server.control(method, path, body).catch(() => undefined) as Promise<unknown>;
  };
  return waitFor(`${method} ${path}`, tryCall, msPerMinute);
}
