import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { killOnExit } from "./child-process.ts";
import { countCompletedPayments } from "./control.ts";
import type { ReportLine } from "./report-line.ts";
import type { CountedMarket } from "./load-run.ts";
import { buildEnvironment, programPath } from "./platform.ts";

/** Whether the ledger matches the clients' results, and its own invariants. */
export interface LedgerProof {
  readonly lines: readonly ReportLine[];
  readonly errors: readonly string[];
}

/**
 * Compares the number of payments that the generators counted with the ledger's.
 *
 * A missing payment is money that a client counts on; an extra payment is money that moved without a
 * success response. Either makes the measurements invalid.
 */
export async function compareLedger(
  { platform, market, completedBefore, paid }: CountedMarket,
  name: string,
  signal: AbortSignal,
): Promise<LedgerProof> {
  const completed = (await countCompletedPayments(platform.sandboxJson, market, signal)) - completedBefore;
  return {
    lines: [
      { row: "ledger", label: `${name}: payments counted by clients`, value: paid, unit: "payments" },
      { row: "ledger", label: `${name}: payments in the ledger`, value: completed, unit: "payments" },
    ],
    errors:
      completed === paid ? [] : [`${name}: clients counted ${paid} payments, the ledger has ${completed}`],
  };
}

/** Compares as `compareLedger`, then runs `prove` on all markets of the server. */
export async function proveLedger(
  testRun: CountedMarket,
  name: string,
  signal: AbortSignal,
): Promise<LedgerProof> {
  const { lines, errors } = await compareLedger(testRun, name, signal);
  const startedAt = performance.now();
  const proveError = await runProve(testRun, signal);
  const seconds = Math.round(performance.now() - startedAt) / 1000;
  return {
    lines: [
      ...lines,
      { row: "ledger", label: `${name}: time to prove all invariants`, value: seconds, unit: "s" },
    ],
    errors: proveError === null ? errors : [...errors, `${name}: prove failed\n${proveError}`],
  };
}

/** Returns null if every invariant holds, otherwise the command's output. */
async function runProve({ platform }: CountedMarket, signal: AbortSignal): Promise<string | null> {
  const child = spawn(process.execPath, [programPath("cli/main"), "prove"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: buildEnvironment(platform.tempFolder),
    signal,
  });
  child.on("error", () => {});
  killOnExit(child);
  const ended = once(child, "exit");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await ended;
  signal.throwIfAborted();
  return code === 0 ? null : `${stdout}${stderr}`.trim();
}
