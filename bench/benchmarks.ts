/**
 * The benchmarks on one running server, in their order.
 *
 * Each benchmark returns lines for the report. A line has the targets for its value.
 */
import { runScript, startBaselineServer } from "./child-process.ts";
import { atLeast, below, type ReportLine, type TargetResult } from "./report-line.ts";
import { runCollections, hotMerchant, loadBaseline, type Timing, type LoadTarget } from "./load-run.ts";
import { readMemory } from "./memory.ts";
import { measureLoadCost, reportProcessorTime } from "./processor-time.ts";

export interface BenchContext {
  readonly target: LoadTarget;
  readonly pace: Timing;
  readonly connections: readonly number[];
  readonly signal: AbortSignal;
  /** The baseline server's rate, once measured. Later benchmarks are compared with it. */
  baselinePerSecond: number | null;
}

/** The number of connections that the targets apply to. */
const targetConnections = 256;

export async function measureBaseline(context: BenchContext): Promise<ReportLine[]> {
  const { target: shop, pace, signal } = context;
  await using server = await startBaselineServer(signal);
  const { publicKey } = shop.platform.sandboxJson.openapi;
  const load = await loadBaseline(server.url, publicKey, { connections: targetConnections }, pace, signal);
  context.baselinePerSecond = load.perSecond;
  const label = `baseline: bare Fastify at ${targetConnections} connections`;
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
        targets.push(atLeast("a third of the baseline", load.perSecond, context.baselinePerSecond / 3));
      }
    }
    const label = `C2B at ${connections} connections, bearer reused`;
    lines.push({ row: "c2b", label, value: load.perSecond, unit: "/s", load, targets });
  }
  return lines;
}

/**
 * The processor time of one payment, with the warm-up. It varies less than a rate on a machine that is shared: time that
 * other processes have is not counted. Nothing where the system has no `/proc`.
 */
export async function measureProcessorTime({ target, pace, signal }: BenchContext): Promise<ReportLine[]> {
  const { result: load, used } = await measureLoadCost(target.platform, () =>
    runCollections(target, { connections: targetConnections }, pace, signal),
  );
  return reportProcessorTime("cpu", "processor time of a C2B payment", load.paid, used);
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

/** Measures bare RSA before and after, because the speed of a shared machine varies. */
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
    throw new Error("rsa.ts printed no result");
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
