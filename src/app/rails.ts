/** One rail of the platform: its payments and its handsets, on its database. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { msPerSecond, type Clock } from "../core/clock.ts";
import type { Id } from "../core/ids.ts";
import { rails as allRails, type Rail, type RailName } from "../core/rails.ts";
import type { Environment } from "../core/markets.ts";
import { createRailHandsets, type RailHandsets, type TransportConfig } from "../handset/rail-handsets.ts";
import type { OwedNotificationsByProtocol } from "../payments/notifications.ts";
import { DatabaseUnavailable } from "../payments/engine/database-unavailable.ts";
import { createPayments, type Payments } from "../payments/payments.ts";
import { emptyTariff, type Tariffs } from "../payments/tariffs.ts";
import { createNetwork } from "../sandbox/network.ts";
import { seedSandbox } from "../sandbox/seed.ts";
import type { RailStore, Stores } from "../store/databases.ts";
import { makePartitions } from "../store/schema/partitions.ts";
import type { EnvironmentKeys } from "./keys.ts";
import type { AppOptions } from "./options.ts";
import { toPromptLimits } from "./protocols.ts";

export interface RunningRail {
  readonly rail: Rail;
  /** Whether its database was there when the server started, or has joined since. */
  readonly available: boolean;
  readonly payments: Payments;
  readonly handsets: RailHandsets;
}

/** Every rail, by name. */
export interface RunningRails {
  readonly all: readonly RunningRail[];
  get(rail: Rail): RunningRail;
  /** The money functions of a rail. Throws `DatabaseUnavailable` while the rail is unavailable. */
  payments(rail: Rail): Payments;
  /** Ends the requests that wait for a customer, so that the server can stop. */
  endWaits(): Promise<void>;
  close(): Promise<void>;
}

export interface RailsDeps {
  readonly options: AppOptions;
  readonly keys: Readonly<Record<Environment, EnvironmentKeys>>;
  readonly newId: () => Id;
  readonly owedNotifications: OwedNotificationsByProtocol;
  readonly tariffs: Readonly<Record<Environment, Tariffs>>;
}

/** How often the server tries to reach a rail that was away at its start. */
const joinIntervalMs = 2 * msPerSecond;

export async function createRails(deps: RailsDeps): Promise<RunningRails> {
  const { stores, awayRails = [] } = deps.options;
  const away = new Set(awayRails.map(({ name }) => name));
  const byName = new Map<RailName, RunningRail & { available: boolean }>();
  for (const rail of allRails) {
    const parts = createRail(rail, findStore(stores, rail), deps);
    byName.set(rail.name, { ...parts, available: !away.has(rail.name) });
  }
  const all = [...byName.values()];
  await Promise.all(all.filter(({ available }) => available).map((rail) => prepareSandboxRail(rail, deps)));
  const stopJoining = away.size === 0 ? () => Promise.resolve() : joinAwayRails(all, deps);
  const get = (rail: Rail): RunningRail => byName.get(rail.name) as RunningRail;
  return {
    all,
    get,
    payments(rail) {
      const { available, payments } = get(rail);
      if (!available) throw new DatabaseUnavailable(false, new Error(`the rail ${rail.name} is away`));
      return payments;
    },
    async endWaits() {
      await Promise.all(all.map(({ payments }) => payments.pendingPrompts.close()));
    },
    async close() {
      await stopJoining();
      await Promise.all(all.map(({ handsets }) => handsets.close()));
      await Promise.all(all.map(({ payments }) => payments.batcher.drain()));
    },
  };
}

/** Prepares the rails that are away, again and again, until each has joined. Returns what stops it. */
function joinAwayRails(
  rails: readonly (RunningRail & { available: boolean })[],
  deps: RailsDeps,
): () => Promise<void> {
  const { prepareRail, log } = deps.options;
  const stopping = new AbortController();
  const join = async (running: RunningRail & { available: boolean }): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await prepareRail?.(running.rail);
        await prepareSandboxRail(running, deps);
        running.available = true;
        log.info({ rail: running.rail.name }, "the rail has joined");
        return;
      } catch (error) {
        warn(log, running.rail, "the rail is away; the server tries again", error);
      }
      await sleep(joinIntervalMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
    }
  };
  const joining = rails.filter(({ available }) => !available).map(join);
  return async () => {
    stopping.abort();
    await Promise.all(joining);
  };
}

const findStore = (stores: Stores, rail: Rail): RailStore => stores.rails.get(rail.name) as RailStore;

function createRail(rail: Rail, { sql }: RailStore, deps: RailsDeps): Omit<RunningRail, "available"> {
  const { options, keys, newId, owedNotifications, tariffs } = deps;
  const { config, clocks, log } = options;
  const clock: Clock = clocks[rail.environment];
  const consentLimits = config.consentLimits[rail.environment];
  const payments = createPayments({
    rail,
    sql,
    clock,
    newId,
    owedNotifications,
    publicIds: keys[rail.environment].publicIds,
    formatReceipt: keys[rail.environment].formatReceipt,
    twoStepHoldMs: config.twoStepHoldMs,
    promptLifeMs: config.promptLifeMs,
    validationTimeoutMs: config.validationTimeoutMs,
    promptLimits: toPromptLimits(consentLimits.prompts),
    maxCustomerRefusals: consentLimits.maxCustomerRefusals,
    tariff: tariffs[rail.environment][rail.market] ?? emptyTariff,
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

/** A sandbox clock may be far from wall time, so the partitions of its current day may be missing. */
async function prepareSandboxRail({ rail, payments }: RunningRail, deps: RailsDeps): Promise<void> {
  if (rail.environment !== "sandbox") return;
  const { sql, clock } = payments.context;
  await makePartitions(sql, "rail", Date.now(), clock.now());
  await seedSandbox(payments, { newId: deps.newId, pinKey: deps.keys.sandbox.pinKey });
}

/**
 * How prompts and messages reach an environment's handsets. The sandbox always has the handset page, behind its
 * simulated network.
 */
function getTransportConfig(environment: Environment, { config, stores }: AppOptions): TransportConfig {
  const { liveHandsets, handsetGatewayUrl: url, handsetGatewaySecret: secret } = config;
  if (environment === "sandbox") return { type: "built-in", network: createNetwork(stores.main) };
  if (liveHandsets === "built-in") return { type: "built-in", network: null };
  return liveHandsets === "gateway" && url !== null && secret !== null
    ? { type: "gateway", url, secret }
    : { type: "none" };
}
