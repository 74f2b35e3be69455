/**
 * Runs a plan on real servers: payments overlap, people answer their handsets, listeners come and go, the
 * clock jumps, processes are killed. Then everything is brought up again, time passes, and whatever was
 * begun has to have ended.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { day, minute } from "../../src/clock.ts";
import { connect, type Sql } from "../../src/store/connect.ts";
import type { Heard } from "../town/server.ts";
import { eventually } from "../town/prompts.ts";
import { openListener, type Listener } from "./listeners.ts";
import { moveIn, people, type Resident } from "./people.ts";
import { planFrom, type PaymentKind, type PaymentStep, type Plan } from "./plan.ts";
import { requestFor } from "./requests.ts";
import { openWorld, type World } from "./world.ts";

/** What the caller of a payment knows of it. */
export interface Sent {
  readonly reference: string;
  readonly kind: PaymentKind;
  readonly listener: Listener | null;
  heard: Heard | null;
}

export interface Ran {
  readonly plan: Plan;
  readonly sent: readonly Sent[];
  readonly listeners: readonly Listener[];
  readonly sql: Sql;
  readonly world: World;
  readonly killed: { readonly servers: number; readonly databases: number };
  readonly jumped: number;
}

export const schema = "sandbox_vodacomTZN";

/** As many payments as overlap. */
const overlapping = 24;
/** The schedule's gaps come to two days; two-step holds to one. */
const untilAllIsOver = 4 * 24 * 3600;

/** Runs the plan of a seed, and hands what is left to `check` while the databases are still there. */
export async function run(seed: number, payments: number, check: (ran: Ran) => Promise<void>): Promise<void> {
  const plan = planFrom(seed, payments);
  await using world = await openWorld();
  const listeners = await Promise.all(plan.listeners.map(({ manner }) => openListener(manner)));
  const sql = connect(world.address, { schema, connectionsMax: 2, name: "simulation", arrays: false });
  try {
    const ran = await live(plan, world, listeners, sql);
    await comeToRest(ran);
    await check(ran);
  } finally {
    await Promise.all([...listeners.map((listener) => listener.close()), sql.end({ timeout: 5 })]);
  }
}

async function live(plan: Plan, world: World, listeners: readonly Listener[], sql: Sql): Promise<Ran> {
  const town = await settle(plan, world, listeners);
  const stopPeople = people(sql, world, town.residents);
  try {
    return await carryOut(plan, { ...town, world, listeners, sql });
  } finally {
    await stopPeople();
  }
}

interface Town {
  readonly residents: readonly Resident[];
  /** The bearers of the listeners' applications, and of the one without a listener last. */
  readonly bearers: readonly string[];
}

async function settle(plan: Plan, world: World, listeners: readonly Listener[]): Promise<Town> {
  const server = await world.server();
  const residents = await moveIn(server, plan.people);
  const bearers: string[] = [];
  for (const { url } of listeners) {
    const { apiKey } = (await server.control("POST", "/applications", {
      name: "Simulated shop",
      responseUrl: url,
      sessionLifetimeSeconds: 2_592_000,
    })) as { apiKey: string };
    bearers.push(await server.session(apiKey));
  }
  const silent = (await server.control("POST", "/applications", {
    name: "Simulated till",
    sessionLifetimeSeconds: 2_592_000,
  })) as { apiKey: string };
  return { residents, bearers: [...bearers, await server.session(silent.apiKey)] };
}

type Scene = Town & Pick<Ran, "world" | "listeners" | "sql">;

async function carryOut(plan: Plan, scene: Scene): Promise<Ran> {
  const { world, listeners } = scene;
  const sent: Sent[] = [];
  const underWay = new Set<Promise<void>>();
  const restarts: Promise<void>[] = [];
  const killed = { servers: 0, databases: 0 };
  let jumped = 0;
  for (const step of plan.steps) {
    if (step.do === "pay") {
      while (underWay.size >= overlapping) await Promise.race(underWay);
      const paying: Promise<void> = pay(step, scene, sent, plan.seed).finally(() => underWay.delete(paying));
      underWay.add(paying);
    } else if (step.do === "jump") {
      jumped += await jump(world, step.seconds);
    } else if (step.do === "listener") {
      listeners[step.listener]?.setUp(step.up);
    } else if (step.do === "kill_database") {
      killed.databases += 1;
      await world.killDatabase();
      await breathe();
    } else {
      killed.servers += 1;
      // The other server carries on meanwhile.
      restarts.push(world.killServer(step.server));
      await breathe();
    }
  }
  await Promise.all([...underWay, ...restarts]);
  return { plan, sent, listeners, sql: scene.sql, world, killed, jumped };
}

/** A moment in which payments meet what was just broken, before the next step breaks something else. */
const breathe = (): Promise<void> => sleep(300);

/** Moves the clock; a server that is killed meanwhile may have moved it part of the way. */
async function jump(world: World, seconds: number): Promise<number> {
  const server = await world.server();
  return server.control("POST", "/clock/advance", { seconds }).then(
    () => seconds,
    () => 0,
  );
}

/** Makes one payment; a connection that breaks leaves its caller not knowing. */
async function pay(step: PaymentStep, scene: Scene, sent: Sent[], seed: number): Promise<void> {
  const server = await scene.world.server();
  const listener = step.listener === null ? null : (scene.listeners[step.listener] ?? null);
  const bearer = scene.bearers[step.listener ?? scene.listeners.length] ?? "";
  const reference = `s${seed}x${sent.length}`;
  const msisdn = scene.residents[step.person]?.msisdn ?? "";
  const { kind, method, path, fields } = requestFor({ step, reference, server, msisdn, sent });
  const payment: Sent = { reference, kind, listener, heard: null };
  sent.push(payment);
  try {
    payment.heard = await server.call(method, path, fields, bearer);
  } catch {
    await sleep(20);
  }
}

/** Everybody is well again, and enough time passes for all that was begun to end. */
async function comeToRest({ listeners, world, sql }: Ran): Promise<void> {
  for (const listener of listeners) listener.heal();
  await asked(world, "POST", "/clock/advance", { seconds: untilAllIsOver });
  // What the schedule gave up while its listener was away is for a person to send again.
  const { now } = (await asked(world, "GET", "/clock")) as { now: string };
  const window = { from: new Date(Date.parse(now) - 30 * day).toISOString(), to: now, state: "parked" };
  await asked(world, "POST", "/markets/vodacomTZN/deliveries/resend", window);
  await eventually("everything told", async () => {
    const [open] = await sql<{ count: bigint }[]>`select count(*) from deliveries`;
    return open?.count === 0n ? true : undefined;
  });
}

/** Asks until some server has answered: the last that was killed may be coming back, and its lease be over soon. */
function asked(world: World, method: string, path: string, body?: object): Promise<unknown> {
  const ask = async (): Promise<unknown> => {
    const server = await world.server();
    return server.control(method, path, body).catch(() => undefined) as Promise<unknown>;
  };
  return eventually(`${method} ${path}`, ask, minute);
}
