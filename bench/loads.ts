import type { BearerPlan } from "./bearers.ts";
import { runScript } from "./children.ts";
import { completedPayments, furnish, market, openSession } from "./control.ts";
import type { Plan } from "./generator.ts";
import type { Parties } from "./payments.ts";
import type { Platform } from "./platform.ts";
import type { Result } from "./result.ts";

/** A hundred merchants and ninety thousand customers: a small town on pay day. */
export const town: Parties = {
  msisdnFirst: 700_000_001,
  customers: 90_000,
  shortcodeFirst: 100_001,
  organisations: 100,
};

/** The same customers, all at one till. */
export const hotMerchant: Parties = { ...town, organisations: 1 };

/** How long and how hard every load of a run is. */
export interface Pace {
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

/** A platform with its town in it, open for payments; it remembers what the generator was told. */
export interface Shop {
  readonly platform: Platform;
  readonly session: string;
  /** Completed payments in the ledger before the first load. */
  readonly completedBefore: number;
  /** Payments that generators were told are paid, over all loads so far. */
  paid: number;
}

export async function openShop(platform: Platform, signal: AbortSignal): Promise<Shop> {
  const { sandbox } = platform;
  await furnish(sandbox, town, signal);
  const session = await openSession(sandbox, signal);
  return { platform, session, completedBefore: await completedPayments(sandbox, signal), paid: 0 };
}

export interface Load {
  readonly connections: number;
  readonly parties?: Parties;
  /** Makes this many ciphertexts beforehand and sends each once; without it one is sent over and over. */
  readonly freshBearers?: number;
}

/** Drives collections at a shop, from a process of its own. */
export async function collect(shop: Shop, load: Load, pace: Pace, signal: AbortSignal): Promise<Result> {
  const { gateway, openapi } = shop.platform.sandbox;
  const url = `${gateway}/sandbox/ipg/v2/${market.name}/c2bPayment/singleStage/`;
  const secrets = { publicKey: openapi.publicKey, secret: shop.session };
  const bearers: BearerPlan =
    load.freshBearers === undefined
      ? { kind: "reused", ...secrets }
      : { kind: "fresh", ...secrets, count: load.freshBearers };
  const result = await generateElsewhere({ ...planFor(url, load, pace), bearers }, signal);
  shop.paid += result.paid;
  return result;
}

/** Sends the bytes of a collection to an address that is no gateway of ours. */
export function imitate(
  url: string,
  publicKey: string,
  load: Load,
  pace: Pace,
  signal: AbortSignal,
): Promise<Result> {
  const bearers: BearerPlan = { kind: "reused", publicKey, secret: "nobody looks at this one" };
  return generateElsewhere({ ...planFor(url, load, pace), bearers }, signal);
}

function planFor(url: string, load: Load, pace: Pace): Omit<Plan, "bearers"> {
  return {
    target: { url, country: market.country, currency: market.currency, msisdnPrefix: market.prefix },
    parties: load.parties ?? town,
    connections: load.connections,
    seconds: pace.seconds,
    warmUpSeconds: pace.warmUpSeconds,
    // A bound and nothing more: ten times what the fastest server could answer.
    requestsMax: Math.ceil((pace.seconds + pace.warmUpSeconds) * 500_000),
    seed: 20_260_707,
  };
}

async function generateElsewhere(plan: Plan, signal: AbortSignal): Promise<Result> {
  const result = await runScript("generator", { input: JSON.stringify(plan), signal });
  // Our own script printed it, from a value of this very type.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return result as Result;
}
