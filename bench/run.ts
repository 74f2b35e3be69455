/**
 * The benchmark from start to end: a clean server, its rows, its books.
 *
 * Read `run` downwards: it is the table that gets printed.
 */
import type { BenchmarkName } from "../src/cli/commands/operations/bench-names.ts";
import { proveLedger } from "./prove-ledger.ts";
import { measureCallbacks } from "./callbacks.ts";
import { type TempFolder, createTempFolder } from "./temp-folder.ts";
import { below, type ReportLine } from "./report-line.ts";
import { createLoadTarget, type Timing } from "./load-run.ts";
import { startServer } from "./platform.ts";
import {
  measureC2b,
  measureFreshBearers,
  measureHotMerchant,
  measureMemory,
  type BenchContext,
  measureBaseline,
} from "./benchmarks.ts";
import { measureStoredPayments } from "./stored-payments.ts";

export interface BenchOptions {
  readonly rows: ReadonlySet<BenchmarkName>;
  readonly pace: Timing;
  readonly connections: readonly number[];
  /** Payments already in the ledger for the row `stored`. */
  readonly storedPayments: number;
  /** Where servers keep their data; the system's temporary folder if undefined. */
  readonly folder: string | undefined;
}

export interface BenchReport {
  readonly lines: readonly ReportLine[];
  /** What makes the figures worthless: a ledger that disagrees. Empty is good. */
  readonly errors: readonly string[];
}

/** `say` hears what is being done, for a person who waits. */
export async function runBenchmark(
  options: BenchOptions,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<BenchReport> {
  const parts: BenchReport[] = [];
  if ([...options.rows].some((row) => row !== "stored"))
    parts.push(await runOnOneServer(options, onProgress, signal));
  if (options.rows.has("stored")) parts.push(await measureStoredPayments(options, onProgress, signal));
  return {
    lines: parts.flatMap(({ lines }) => lines),
    errors: parts.flatMap(({ errors: faults }) => faults),
  };
}

async function runOnOneServer(
  { rows, pace, connections, folder }: BenchOptions,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<BenchReport> {
  const lines: ReportLine[] = [];
  const measure = async (row: BenchmarkName, label: string, produceLines: () => Promise<ReportLine[]>) => {
    if (!rows.has(row)) return;
    onProgress(label);
    lines.push(...(await produceLines()));
  };

  await using tempFolder = await createTempFolder(folder);
  await measure("start", "starting a server for the first and the second time", () =>
    measureStart(tempFolder, signal),
  );
  onProgress("opening the accounts of 100 merchants and 90,000 customers");
  await using server = await startServer(tempFolder, signal);
  const target = await createLoadTarget(server, signal);
  const context: BenchContext = { target, pace, connections, signal, baselinePerSecond: null };

  await measure("yardstick", "measuring bare Fastify", () => measureBaseline(context));
  await measure("c2b", `paying at ${connections.join(", ")} connections`, () => measureC2b(context));
  await measure("hot", "paying one hot merchant", () => measureHotMerchant(context));
  await measure("fresh", "paying with a fresh bearer each time", () => measureFreshBearers(context));
  await measure("callbacks", "telling a hundred listeners, one of them dead", () =>
    measureCallbacks(context),
  );
  await measure("memory", "looking at the memory", () => measureMemory(context));

  onProgress("proving the ledger");
  const proof = await proveLedger(target, "ledger", signal);
  return { lines: [...lines, ...proof.lines], errors: proof.errors };
}

/** Starts a server on nothing and again on what the first made, and leaves it stopped. */
async function measureStart(tempFolder: TempFolder, signal: AbortSignal): Promise<ReportLine[]> {
  const startOnce = async () => {
    await using server = await startServer(tempFolder, signal);
    return Math.round(server.readyAfterSeconds * 100) / 100;
  };
  const [cold, warm] = [await startOnce(), await startOnce()];
  const targets = [below("under 4 s", warm, 4)];
  return [
    { row: "start", label: "start-up, nothing there yet", value: cold, unit: "s" },
    { row: "start", label: "start-up, with its data there", value: warm, unit: "s", targets },
  ];
}
