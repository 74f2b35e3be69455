/**
 * The benchmark from start to end: starts a clean server, runs the benchmarks, and proves the ledger.
 *
 * The order of the calls in `runBenchmark` is the order of the printed table.
 */
import type { BenchmarkName } from "../src/cli/commands/operations/bench-names.ts";
import { compareLedger, proveLedger } from "./prove-ledger.ts";
import { measureCallbacks } from "./callbacks.ts";
import { measureDaraja } from "./daraja.ts";
import { createDarajaMarket } from "./daraja-market.ts";
import { createIpgV1Market, measureIpgV1 } from "./ipg-v1.ts";
import { measureIsolation } from "./isolation.ts";
import { type TempFolder, createTempFolder } from "./temp-folder.ts";
import { below, type ReportLine } from "./report-line.ts";
import { createLoadTarget, type Timing } from "./load-run.ts";
import { startServer } from "./platform.ts";
import {
  measureC2b,
  measureFreshBearers,
  measureHotMerchant,
  measureMemory,
  measureProcessorTime,
  type BenchContext,
  measureBaseline,
} from "./benchmarks.ts";
import { measureLogCost, measureLogSearch } from "./request-log.ts";
import { measureSandboxStart } from "./sandbox-start.ts";
import { measureStoredPayments } from "./stored-payments.ts";

export interface BenchOptions {
  readonly rows: ReadonlySet<BenchmarkName>;
  readonly pace: Timing;
  readonly connections: readonly number[];
  /** The number of payments in the full ledger of the benchmark `stored`. */
  readonly storedPayments: number;
  /** The folder for the servers' data; default: the system's temporary folder. */
  readonly folder: string | undefined;
}

export interface BenchReport {
  readonly lines: readonly ReportLine[];
  /** Errors that make the results invalid, such as a ledger mismatch. Empty if there are none. */
  readonly errors: readonly string[];
}

/** The benchmarks that start servers of their own. */
const ownServerRows: ReadonlySet<BenchmarkName> = new Set(["log", "stored", "search"]);

/** `onProgress` gets messages for the user. */
export async function runBenchmark(
  options: BenchOptions,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<BenchReport> {
  const parts: BenchReport[] = [];
  if ([...options.rows].some((row) => !ownServerRows.has(row)))
    parts.push(await runOnOneServer(options, onProgress, signal));
  if (options.rows.has("log")) parts.push(await measureLogCost(options, onProgress, signal));
  if (options.rows.has("stored")) parts.push(await measureStoredPayments(options, onProgress, signal));
  if (options.rows.has("search")) parts.push(await measureLogSearch(options, onProgress, signal));
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
  await measure("start", "starting a server twice", () => measureStart(tempFolder, signal));
  await measure("start", "starting sandboxes of tests", () => measureSandboxStart(tempFolder, signal));
  onProgress("creating 100 organisations and 90,000 customers");
  await using server = await startServer(tempFolder, signal);
  const target = await createLoadTarget(server, signal);
  const daraja = rows.has("daraja") ? await createDarajaMarket(server, signal) : null;
  const ipgV1 = rows.has("ipg-v1") ? await createIpgV1Market(server, signal) : null;
  const context: BenchContext = { target, pace, connections, signal, baselinePerSecond: null };

  await measure("yardstick", "measuring bare Fastify", () => measureBaseline(context));
  await measure("c2b", `paying at ${connections.join(", ")} connections`, () => measureC2b(context));
  await measure("cpu", "measuring processor time", () => measureProcessorTime(context));
  await measure("hot", "paying one hot merchant", () => measureHotMerchant(context));
  await measure("fresh", "paying with a fresh bearer each time", () => measureFreshBearers(context));
  await measure("callbacks", "delivering to 100 listeners, one of which never responds", () =>
    measureCallbacks(context),
  );
  if (daraja !== null)
    await measure("daraja", "paying by Daraja, with callbacks", () => measureDaraja(context, daraja));
  if (ipgV1 !== null) await measure("ipg-v1", "paying by IPG v1", () => measureIpgV1(context, ipgV1));
  await measure("isolation", "paying beside each kind of hostile load", () => measureIsolation(context));
  await measure("memory", "measuring memory", () => measureMemory(context));

  onProgress("proving the ledger");
  const kenya = daraja === null ? null : await compareLedger(daraja, "Kenya's ledger", signal);
  const mozambique = ipgV1 === null ? null : await compareLedger(ipgV1, "Mozambique's ledger", signal);
  const proof = await proveLedger(target, "ledger", signal);
  return {
    lines: [...lines, ...(kenya?.lines ?? []), ...(mozambique?.lines ?? []), ...proof.lines],
    errors: [...(kenya?.errors ?? []), ...(mozambique?.errors ?? []), ...proof.errors],
  };
}

/** Starts a server on an empty folder, and again on its data. */
async function measureStart(tempFolder: TempFolder, signal: AbortSignal): Promise<ReportLine[]> {
  const startOnce = async () => {
    await using server = await startServer(tempFolder, signal);
    return Math.round(server.readyAfterSeconds * 100) / 100;
  };
  const [cold, warm] = [await startOnce(), await startOnce()];
  const targets = [below("under 4 s", warm, 4)];
  return [
    { row: "start", label: "start-up with an empty folder", value: cold, unit: "s" },
    { row: "start", label: "start-up with existing data", value: warm, unit: "s", targets },
  ];
}
