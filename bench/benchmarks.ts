/**
 * What the benchmark measures on one running platform, row by row, in the order in which it does.
 *
 * Each row returns lines for the table. Promises (`targets`) stand beside the figure they are about.
 */
import { runScript, startBaselineServer } from "./child-process.ts";
import { atLeast, below, type ReportLine, type TargetResult } from "./report-line.ts";
import { runCollections, hotMerchant, loadBaseline, type Timing, type LoadTarget } from "./load-run.ts";
import { readMemory } from "./memory.ts";

export interface BenchContext {
  readonly target: LoadTarget;
  readonly pace: Timing;
  readonly connections: readonly number[];
  readonly signal: AbortSignal;
  /** What the yardstick did, once it has been measured; rows after it are compared with it. */
  baselinePerSecond: number | null;
}

/** Where promises are about a number of connections, it is this one. */
const targetConnections = 256;

export async function measureBaseline(context: BenchContext): Promise<ReportLine[]> {
  const { target: shop, pace, signal } = context;
  await using server = await startBaselineServer(signal);
  const { publicKey } = shop.platform.sandboxJson.openapi;
  const load = await loadBaseline(server.url, publicKey, { connections: targetConnections }, pace, signal);
  context.baselinePerSecond = load.perSecond;
  const label = `yardstick: bare Fastify at ${targetConnections} connections`;
  return [{ row: "yardstick", label, value: load.perSecond, unit: "/s", load }];
}

export async function measureC2b(context: BenchContext): Promise<ReportLine[]> {
  const lines: ReportLine[] = [];
  for (const connections of context.connections) {
    const load = await runCollections(context.target, { connections }, context.pace, context.signal);
    const targets: TargetResult[] = [];
    if (connections === targetConnections) {
      targets.push(atLeast("at least 12,000/s", load.perSecond, 12_000));
      targets.push(below("p99 under 75 ms", load.p99Ms, 75));
      if (context.baselinePerSecond !== null) {
        targets.push(atLeast("a third of the yardstick", load.perSecond, context.baselinePerSecond / 3));
      }
    }
    const label = `C2B at ${connections} connections, bearer reused`;
    lines.push({ row: "c2b", label, value: load.perSecond, unit: "/s", load, targets });
  }
  return lines;
}

export async function measureHotMerchant({
  target: shop,
  pace,
  signal,
}: BenchContext): Promise<ReportLine[]> {
  const load = await runCollections(
    shop,
    { connections: targetConnections, parties: hotMerchant },
    pace,
    signal,
  );
  const targets = [atLeast("at least 10,000/s", load.perSecond, 10_000)];
  const label = `C2B at ${targetConnections} connections, one hot merchant`;
  return [{ row: "hot", label, value: load.perSecond, unit: "/s", load, targets }];
}

/** Bare RSA is measured before and after, because a shared machine is not the same one twice. */
export async function measureFreshBearers({
  target: shop,
  pace,
  signal,
}: BenchContext): Promise<ReportLine[]> {
  const before = await measureBareRsa(signal);
  const freshBearers = Math.ceil(before * (pace.seconds + pace.warmUpSeconds) * 1.25);
  const load = await runCollections(shop, { connections: 64, freshBearers }, pace, signal);
  const bare = Math.round((before + (await measureBareRsa(signal))) / 2);
  const targets = [atLeast("80 % of bare RSA-4096", load.perSecond, bare * 0.8)];
  return [
    { row: "fresh", label: "bare RSA-4096 decryption on all cores", value: bare, unit: "/s" },
    {
      row: "fresh",
      label: "C2B at 64 connections, bearers fresh",
      value: load.perSecond,
      unit: "/s",
      load,
      targets,
    },
  ];
}

async function measureBareRsa(signal: AbortSignal): Promise<number> {
  const rate = await runScript("rsa", { args: ["2"], signal });
  if (typeof rate !== "object" || rate === null || !("perSecond" in rate))
    throw new Error("rsa.ts said nothing");
  return Number(rate.perSecond);
}

export async function measureMemory({ target: shop }: BenchContext): Promise<ReportLine[]> {
  const { nowMiB, peakMiB } = readMemory(shop.platform.pid);
  const targets = [below("under 512 MiB", peakMiB, 512)];
  return [
    { row: "memory", label: "memory of the Node process, highest", value: peakMiB, unit: "MiB", targets },
    { row: "memory", label: "memory of the Node process, after the load", value: nowMiB, unit: "MiB" },
  ];
}
