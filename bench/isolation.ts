/**
 * Measures honest payments at a constant rate, first alone and then beside each kind of hostile load.
 *
 * Each hostile load is a process of its own, bounded in connections and time, so that it has at most one core.
 */
import { runConstantRateLoad } from "./constant-rate-run.ts";
import { startHostileLoad } from "./child-process.ts";
import { callControl, market, requestSessionKey } from "./control.ts";
import type { BenchContext } from "./benchmarks.ts";
import { hostileLoads, type HostileLoad, type HostilePlan } from "./hostile-loads.ts";
import { parties } from "./load-run.ts";
import { atLeast, below, type ReportLine } from "./report-line.ts";

/** Honest payments per second. */
const perSecond = 500;
const minShare = 0.95;
const maxP99Ms = 100;
/** A hostile load works for this long before the measurement. */
const headStartMs = 1000;

export async function measureIsolation(context: BenchContext): Promise<ReportLine[]> {
  const { target, pace, signal } = context;
  const { sandboxJson: sandbox } = target.platform;
  const timing = { seconds: pace.seconds, warmUpSeconds: 1 };
  const payHonestly = async (label: string): Promise<ReportLine[]> => {
    const load = await runConstantRateLoad(sandbox, [target.session], { perSecond, ...timing }, signal);
    target.paid += load.paid;
    const rate = Math.round(load.paidPerSecond);
    const rateTarget = atLeast(`at least ${perSecond * minShare}/s`, rate, perSecond * minShare);
    const latencyTarget = below(`p99 under ${maxP99Ms} ms`, load.p99Ms, maxP99Ms);
    return [
      { row: "isolation", label: `${label}: rate`, value: rate, unit: "/s", targets: [rateTarget] },
      {
        row: "isolation",
        label: `${label}: p99`,
        value: Math.round(load.p99Ms),
        unit: "ms",
        targets: [latencyTarget],
      },
    ];
  };
  const lines = await payHonestly("500 payments/s alone");
  const tenant = await createTenant(context);
  for (const kind of Object.keys(hostileLoads) as HostileLoad[]) {
    const plan: HostilePlan = { kind, ...tenant, maxSeconds: timing.seconds + 30 };
    await using load = await startHostileLoad(plan, signal);
    await new Promise((resolve) => setTimeout(resolve, headStartMs));
    lines.push(...(await payHonestly(`beside ${kind.replaceAll("_", " ")}`)));
    target.paid += (await load.collect()).paid;
  }
  return lines;
}

/** An application of another developer's, with an organisation and customers that only it uses. */
async function createTenant({
  target,
  signal,
}: BenchContext): Promise<Omit<HostilePlan, "kind" | "maxSeconds">> {
  const { sandboxJson: sandbox } = target.platform;
  const { apiKey } = await callControl(sandbox, signal, "POST /applications", { body: { name: "Hostile" } });
  const inMarket = sandbox.openapi.markets[market.name];
  return {
    gateway: sandbox.gateway,
    market: market.name,
    country: market.country,
    currency: market.currency,
    publicKey: sandbox.openapi.publicKey,
    session: await requestSessionKey(sandbox, signal, apiKey),
    shortcode: `${parties.firstShortcode + parties.organisations - 1}`,
    customer: inMarket?.customers[0] ?? "",
    handsets: inMarket?.handsets.map(({ msisdn }) => msisdn) ?? [],
  };
}
