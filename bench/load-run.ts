import type { Market } from "../src/core/markets.ts";
import type { BearerPlan } from "./bearers.ts";
import { runScript } from "./child-process.ts";
import { countCompletedPayments, createParties, market, requestSessionKey } from "./control.ts";
import type { LoadPlan } from "./load-generator.ts";
import type { Parties } from "./payments.ts";
import type { BenchServer } from "./platform.ts";
import { buildCollection } from "./request.ts";
import type { LoadResult } from "./result.ts";

/** A hundred organisations and ninety thousand customers. */
export const parties: Parties = {
  firstMsisdn: 700_000_001,
  customers: 90_000,
  firstShortcode: 100_001,
  organisations: 100,
};

/** The same customers, all paying one organisation. */
export const hotMerchant: Parties = { ...parties, organisations: 1 };

/** The duration of every load of a run. */
export interface Timing {
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

/** A market of a server, and the number of payments that the generators counted in it. */
export interface CountedMarket {
  readonly platform: BenchServer;
  readonly market: Market;
  /** The number of completed payments in the ledger before the first load. */
  readonly completedBefore: number;
  /** The number of payments with a success response, over all loads so far. */
  paid: number;
}

/** A server with its parties, ready for OpenAPI payments. */
export interface LoadTarget extends CountedMarket {
  readonly session: string;
}

export async function createLoadTarget(platform: BenchServer, signal: AbortSignal): Promise<LoadTarget> {
  const { sandboxJson: sandbox } = platform;
  const { name, prefix } = market;
  await createParties(sandbox, { market: name, prefix, parties, products: ["c2bSingle"] }, signal);
  const session = await requestSessionKey(sandbox, signal);
  const completedBefore = await countCompletedPayments(sandbox, name, signal);
  return { platform, session, market: name, completedBefore, paid: 0 };
}

export interface LoadOptions {
  readonly connections: number;
  readonly parties?: Parties;
  /** The number of ciphertexts to create beforehand, each used once. By default one is reused. */
  readonly freshBearers?: number;
}

/** Sends collections to the target, from a separate process. */
export async function runCollections(
  target: LoadTarget,
  load: LoadOptions,
  pace: Timing,
  signal: AbortSignal,
): Promise<LoadResult> {
  const { gateway, openapi } = target.platform.sandboxJson;
  const url = `${gateway}/sandbox/ipg/v2/${market.name}/c2bPayment/singleStage/`;
  const secrets = { publicKey: openapi.publicKey, secret: target.session };
  const bearers: BearerPlan =
    load.freshBearers === undefined
      ? { kind: "reused", ...secrets }
      : { kind: "fresh", ...secrets, count: load.freshBearers };
  const result = await runGenerator({ ...buildPlan(url, load, pace), bearers }, signal);
  target.paid += result.paid;
  return result;
}

/** Sends the same bytes to the baseline server. */
export function loadBaseline(
  url: string,
  publicKey: string,
  load: LoadOptions,
  pace: Timing,
  signal: AbortSignal,
): Promise<LoadResult> {
  const bearers: BearerPlan = { kind: "reused", publicKey, secret: "not checked" };
  return runGenerator({ ...buildPlan(url, load, pace), bearers }, signal);
}

function buildPlan(url: string, load: LoadOptions, pace: Timing): Omit<LoadPlan, "bearers"> {
  return {
    ...buildPace(pace),
    requests: [buildCollection(url, market)],
    paidStatus: 201,
    parties: load.parties ?? parties,
    connections: load.connections,
  };
}

/** The part of a plan that is the same for all calls. */
export const buildPace = (
  pace: Timing,
): Pick<LoadPlan, "seconds" | "warmUpSeconds" | "maxRequests" | "seed"> => ({
  seconds: pace.seconds,
  warmUpSeconds: pace.warmUpSeconds,
  // Only an upper limit: ten times more than the fastest server could process.
  maxRequests: Math.ceil((pace.seconds + pace.warmUpSeconds) * 500_000),
  seed: 20_260_707,
});

export async function runGenerator(plan: LoadPlan, signal: AbortSignal): Promise<LoadResult> {
  const result = await runScript("load-generator", { input: JSON.stringify(plan), signal });
  // The script prints a value of this type.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return result as LoadResult;
}
