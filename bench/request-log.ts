/**
 * Measures what the request log costs, and how fast it is searched.
 *
 * The cost is the difference of processor time per payment between two servers, one of which stores no requests. They
 * get the load in alternating rounds, because the speed of a shared machine varies.
 */
import { callControl, market } from "./control.ts";
import { findDatabaseAddress } from "./database-address.ts";
import { createLoadTarget, runCollections, type LoadTarget } from "./load-run.ts";
import { startServer } from "./platform.ts";
import { measureLoadCost, type ProcessorTime } from "./processor-time.ts";
import { proveLedger, type LedgerProof } from "./prove-ledger.ts";
import { below, type ReportLine } from "./report-line.ts";
import type { BenchOptions } from "./run.ts";
import { seedRequestLog } from "./seed-request-log.ts";
import { createTempFolder } from "./temp-folder.ts";

const rounds = 3;
const connections = 256;

export async function measureLogCost(
  { folder, pace }: BenchOptions,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<LedgerProof> {
  await using loggingFolder = await createTempFolder(folder);
  await using silentFolder = await createTempFolder(folder);
  await using loggingServer = await startServer(loggingFolder, signal);
  await using silentServer = await startServer(silentFolder, signal, { REQUEST_LOG_MAX_BYTES: "0" });
  const logging = await createLoadTarget(loggingServer, signal);
  const silent = await createLoadTarget(silentServer, signal);
  const costs: { logging: ProcessorTime[]; silent: ProcessorTime[] } = { logging: [], silent: [] };
  for (let round = 1; round <= rounds; round += 1) {
    onProgress(`paying with and without a request log, round ${round} of ${rounds}`);
    for (const [name, target] of Object.entries({ logging, silent })) {
      const cost = await measureCost(target, { folder, pace }, signal);
      if (cost !== null) costs[name === "logging" ? "logging" : "silent"].push(cost);
    }
  }
  const { lines, errors } = await proveLedger(logging, "logged ledger", signal);
  return { lines: [...compareCosts(costs), ...lines], errors };
}

/** The processor time of one payment, in microseconds. */
async function measureCost(
  target: LoadTarget,
  { pace }: Pick<BenchOptions, "folder" | "pace">,
  signal: AbortSignal,
): Promise<ProcessorTime | null> {
  const { result, used } = await measureLoadCost(target.platform, () =>
    runCollections(target, { connections }, pace, signal),
  );
  return used === null ? null : { node: used.node / result.paid, postgres: used.postgres / result.paid };
}

function compareCosts({
  logging,
  silent,
}: {
  logging: ProcessorTime[];
  silent: ProcessorTime[];
}): ReportLine[] {
  if (logging.length === 0) return [];
  const round = (value: number): number => Math.round(value * 10) / 10;
  const difference = (read: (cost: ProcessorTime) => number): number =>
    round(median(logging.map(read)) - median(silent.map(read)));
  const node = difference((cost) => cost.node);
  const postgres = difference((cost) => cost.postgres);
  const both = difference((cost) => cost.node + cost.postgres);
  const label = "cost of the request log of a C2B payment";
  return [
    {
      row: "log",
      label: "C2B without a request log",
      value: round(median(silent.map((cost) => cost.node + cost.postgres))),
      unit: "µs",
    },
    { row: "log", label: `${label} in Node`, value: node, unit: "µs" },
    { row: "log", label: `${label} in PostgreSQL`, value: postgres, unit: "µs" },
    { row: "log", label, value: both, unit: "µs", targets: [below("at most 7 µs", both, 7.05)] },
  ];
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** How long searches take with this many stored requests: all but the slowest 5 % of a hundred take less. */
export async function measureLogSearch(
  { folder, pace, storedPayments }: BenchOptions,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<LedgerProof> {
  await using tempFolder = await createTempFolder(folder);
  await using server = await startServer(tempFolder, signal, { REQUEST_LOG_MAX_BYTES: String(2 ** 36) });
  const target = await createLoadTarget(server, signal);
  await runCollections(target, { connections }, { ...pace, seconds: 1, warmUpSeconds: 0 }, signal);
  const sandbox = server.sandboxJson;
  const list = (query: Readonly<Record<string, string>>) =>
    callControl(sandbox, signal, "GET /markets/{market}/requests", {
      params: { market: market.name },
      query,
    });
  // The requests are in the log when this one is answered.
  await list({ limit: "1" });
  onProgress(`storing ${storedPayments.toLocaleString("en")} requests`);
  await seedRequestLog(findDatabaseAddress(tempFolder.dataDir), `sandbox_${market.name}`, {
    count: storedPayments,
    rareInterval: 50_000,
  });
  onProgress("searching the request log");
  const dayAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();
  const day = { from: dayAgo(3), until: dayAgo(2) };
  const sample = await list({ ...day, limit: String(searches) });
  const one = await measureP95(sample.requests, ({ conversationId }) => list({ name: conversationId }));
  const pages = Array.from({ length: searches }, () => ({ ...day, code: "INS-15" }));
  const page = await measureP95(pages, list);
  const count = storedPayments.toLocaleString("en");
  return {
    lines: [
      {
        row: "search",
        label: `one request of ${count}, with its bodies: p95`,
        value: one,
        unit: "ms",
        targets: [below("under 10 ms", one, 10)],
      },
      {
        row: "search",
        label: `a page of a filtered day of ${count}: p95`,
        value: page,
        unit: "ms",
        targets: [below("under 50 ms", page, 50)],
      },
    ],
    errors: [],
  };
}

const searches = 100;

/** The 95th percentile, in milliseconds, without the first: that one reads from the disk and compiles. */
async function measureP95<Item>(
  items: readonly Item[],
  search: (item: Item) => Promise<{ readonly requests: readonly unknown[] }>,
): Promise<number> {
  const times: number[] = [];
  for (const item of items) {
    const startedAt = performance.now();
    const { requests } = await search(item);
    if (requests.length === 0) throw new Error("the search found nothing");
    times.push(performance.now() - startedAt);
  }
  const sorted = times.slice(1).toSorted((a, b) => a - b);
  const p95 = sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN;
  return Math.round(p95 * 10) / 10;
}
