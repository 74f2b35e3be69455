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
  readonly environment: SimulationEnvironment;
  readonly killed: { readonly servers: number; readonly databases: number };
  readonly advancedSeconds: number;
}

export const schema = "sandbox_vodacomTZN";

/** The maximum number of payments in flight. */
const maxConcurrent = 24;
/** The callback schedule takes two days; two-step holds one. */
const drainSeconds = 4 * 24 * 3600;

/** Runs the plan of a seed, and calls `check` while the databases still exist. */
export async function runSimulation(
  seed: number,
  payments: number,
  check: (result: SimulationResult) => Promise<void>,
): Promise<void> {
  const plan = createPlan(seed, payments);
  await using environment = await createSimulationEnvironment();
  const listeners = await Promise.all(plan.listeners.map(({ behaviour: manner }) => createListener(manner)));
  const sql = connect(environment.address, { schema, maxConnections: 2, name: "simulation", arrays: false });
  try {
    const result = await runPlan(plan, environment, listeners, sql);
    await drain(result);
    await check(result);
  } finally {
    await Promise.all([...listeners.map((listener) => listener.close()), sql.end({ timeout: 5 })]);
  }
}

async function runPlan(
  plan: SimulationPlan,
  environment: SimulationEnvironment,
  listeners: readonly Listener[],
  sql: Sql,
): Promise<SimulationResult> {
  const setup = await setUp(plan, environment, listeners);
  const stopCustomers = startCustomers(sql, environment, setup.customers);
  try {
    return await executeSteps(plan, { ...setup, environment, listeners, sql });
  } finally {
    await stopCustomers();
  }
}

interface SimulationSetup {
  readonly customers: readonly SimulatedCustomer[];
  /** The bearers of the listeners' applications; the last is of the application without a listener. */
  readonly bearers: readonly string[];
}

async function setUp(
  plan: SimulationPlan,
  environment: SimulationEnvironment,
  listeners: readonly Listener[],
): Promise<SimulationSetup> {
  const server = await environment.server();
  const customers = await registerSimulatedCustomers(server, plan.customers);
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
  return { customers, bearers: [...bearers, await server.session(pollingApplication.apiKey)] };
}

interface StepContext extends SimulationSetup {
  readonly environment: SimulationEnvironment;
  readonly listeners: readonly Listener[];
  readonly sql: Sql;
}

async function executeSteps(plan: SimulationPlan, context: StepContext): Promise<SimulationResult> {
  const { environment, listeners } = context;
  const sent: SentPayment[] = [];
  const inFlight = new Set<Promise<void>>();
  const restarts: Promise<void>[] = [];
  const killed = { servers: 0, databases: 0 };
  let advancedSeconds = 0;
  for (const step of plan.steps) {
    if (step.do === "pay") {
      while (inFlight.size >= maxConcurrent) await Promise.race(inFlight);
      const payment: Promise<void> = pay(step, context, sent, plan.seed).finally(() =>
        inFlight.delete(payment),
      );
      inFlight.add(payment);
    } else if (step.do === "jump") {
      advancedSeconds += await advanceClock(environment, step.seconds);
    } else if (step.do === "listener") {
      listeners[step.listener]?.setUp(step.up);
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
  return { plan, sent, listeners, sql: context.sql, environment, killed, advancedSeconds };
}

/** Lets payments run into the fault before the next step causes another. */
const waitForFaultToSpread = (): Promise<void> => sleep(300);

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
    await sleep(20);
  }
}

/** All listeners acknowledge again, and enough time passes for every payment to become final. */
async function drain({ listeners, environment, sql }: SimulationResult): Promise<void> {
  for (const listener of listeners) listener.heal();
  await callUntilAnswered(environment, "POST", "/clock/advance", { seconds: drainSeconds });
  // Dead-lettered callbacks must be resent by hand.
  const { now } = (await callUntilAnswered(environment, "GET", "/clock")) as { now: string };
  const window = {
    from: new Date(Date.parse(now) - 30 * msPerDay).toISOString(),
    to: now,
    state: "dead_lettered",
  };
  await callUntilAnswered(environment, "POST", "/markets/vodacomTZN/deliveries/resend", window);
  await waitFor("all callbacks delivered", async () => {
    const [open] = await sql<{ count: bigint }[]>`select count(*) from deliveries`;
    return open?.count === 0n ? true : undefined;
  });
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
