/** One rail of the platform: its payments and its handsets, on its database. */
import type { Logger } from "pino";
import type { Clock } from "../core/clock.ts";
import type { Id } from "../core/ids.ts";
import { rails as allRails, type Rail, type RailName } from "../core/rails.ts";
import type { Environment } from "../core/markets.ts";
import { createRailHandsets, type RailHandsets, type TransportConfig } from "../handset/rail-handsets.ts";
import type { OwedNotificationsByProtocol } from "../payments/notifications.ts";
import { createPayments, type Payments } from "../payments/payments.ts";
import { createNetwork } from "../sandbox/network.ts";
import { seedSandbox } from "../sandbox/seed.ts";
import type { RailStore, Stores } from "../store/databases.ts";
import { makePartitions } from "../store/schema/partitions.ts";
import type { EnvironmentKeys } from "./keys.ts";
import type { AppOptions } from "./options.ts";

export interface RunningRail {
  readonly rail: Rail;
  readonly payments: Payments;
  readonly handsets: RailHandsets;
}

/** Every rail, by name. */
export interface RunningRails {
  readonly all: readonly RunningRail[];
  get(rail: Rail): RunningRail;
  /** Ends the waits of synchronous callers: no request may keep the server from stopping. */
  endWaits(): Promise<void>;
  close(): Promise<void>;
}

export interface RailsDeps {
  readonly options: AppOptions;
  readonly keys: Readonly<Record<Environment, EnvironmentKeys>>;
  readonly newId: () => Id;
  readonly owedNotifications: OwedNotificationsByProtocol;
}

export async function createRails(deps: RailsDeps): Promise<RunningRails> {
  const { stores } = deps.options;
  const byName = new Map<RailName, RunningRail>();
  for (const rail of allRails) byName.set(rail.name, createRail(rail, findStore(stores, rail), deps));
  const all = [...byName.values()];
  await Promise.all(all.map((running) => prepareSandboxRail(running, deps)));
  return {
    all,
    get: (rail) => byName.get(rail.name) as RunningRail,
    async endWaits() {
      await Promise.all(all.map(({ payments }) => payments.pendingPrompts.close()));
    },
    async close() {
      await Promise.all(all.map(({ handsets }) => handsets.close()));
      await Promise.all(all.map(({ payments }) => payments.batcher.drain()));
    },
  };
}

const findStore = (stores: Stores, rail: Rail): RailStore => stores.rails.get(rail.name) as RailStore;

function createRail(rail: Rail, { sql }: RailStore, deps: RailsDeps): RunningRail {
  const { options, keys, newId, owedNotifications } = deps;
  const { config, clocks, log } = options;
  const clock: Clock = clocks[rail.environment];
  const payments = createPayments({
    rail,
    sql,
    clock,
    newId,
    owedNotifications,
    publicIds: keys[rail.environment].publicIds,
    twoStepHoldMs: config.twoStepHoldMs,
    promptLifeMs: config.promptLifeMs,
  });
  const { pinKey } = keys[rail.environment];
  const handsets = createRailHandsets(
    { ...payments.context, payments, newId, pinKey, pinLockMs: config.pinLockMs },
    getTransportConfig(rail.environment, options),
    (message, error) => warn(log, rail, message, error),
  );
  return { rail, payments, handsets };
}

function warn(log: Logger, rail: Rail, message: string, error?: unknown): void {
  log.warn({ rail: rail.name, ...(error === undefined ? {} : { err: error }) }, message);
}

/** A sandbox's clock may be far from wall time: the partitions for its usage are made before anything counts. */
async function prepareSandboxRail({ rail, payments }: RunningRail, deps: RailsDeps): Promise<void> {
  if (rail.environment !== "sandbox") return;
  const { sql, clock } = payments.context;
  await makePartitions(sql, "rail", Date.now(), clock.now());
  await seedSandbox(payments, { newId: deps.newId, pinKey: deps.keys.sandbox.pinKey });
}

/** How an environment's handsets are reached. The sandbox's are our own pages, with its simulated network between. */
function getTransportConfig(environment: Environment, { config, stores }: AppOptions): TransportConfig {
  const { liveHandsets, handsetGatewayUrl: url, handsetGatewaySecret: secret } = config;
  if (environment === "sandbox") return { type: "built-in", network: createNetwork(stores.main) };
  if (liveHandsets === "built-in") return { type: "built-in", network: null };
  return liveHandsets === "gateway" && url !== null && secret !== null
    ? { type: "gateway", url, secret }
    : { type: "none" };
}
