import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { killOnExit } from "./child-process.ts";
import { countCompletedPayments } from "./control.ts";
import type { ReportLine } from "./report-line.ts";
import type { LoadTarget } from "./load-run.ts";
import { buildEnvironment, programPath } from "./platform.ts";

/** Whether the ledger matches the clients' results, and its own invariants. */
export interface LedgerProof {
  readonly lines: readonly ReportLine[];
  readonly errors: readonly string[];
}

/**
 * Compares the number of payments that the generators counted with the ledger's, then runs `prove`.
 *
 * A missing payment is money that a client counts on; an extra payment is money that moved without a
 * success response. Either makes the measurements invalid.
 */
export async function proveLedger(
  testRun: LoadTarget,
  name: string,
  signal: AbortSignal,
): Promise<LedgerProof> {
  const completed =
    (await countCompletedPayments(testRun.platform.sandboxJson, signal)) - testRun.completedBefore;
  const errors: string[] = [];
  if (completed !== testRun.paid) {
    errors.push(`${name}: clients counted ${testRun.paid} payments, the ledger has ${completed}`);
  }
  const startedAt = performance.now();
  const proveError = await runProve(testRun, signal);
  const seconds = Math.round(performance.now() - startedAt) / 1000;
  if (proveError !== null) errors.push(`${name}: prove failed\n${proveError}`);
  return {
    lines: [
      { row: "ledger", label: `${name}: payments counted by clients`, value: testRun.paid, unit: "payments" },
      { row: "ledger", label: `${name}: payments in the ledger`, value: completed, unit: "payments" },
      { row: "ledger", label: `${name}: time to prove all invariants`, value: seconds, unit: "s" },
    ],
    errors,
  };
}

/** Returns null if every invariant holds, otherwise the command's output. */
async function runProve({ platform }: LoadTarget, signal: AbortSignal): Promise<string | null> {
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
