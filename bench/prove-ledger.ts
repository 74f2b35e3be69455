import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { killOnExit } from "./child-process.ts";
import { countCompletedPayments } from "./control.ts";
import type { ReportLine } from "./report-line.ts";
import type { LoadTarget } from "./load-run.ts";
import { buildEnvironment, programPath } from "./platform.ts";

/** Whether the ledger agrees with what clients were told, and with itself. */
export interface LedgerProof {
  readonly lines: readonly ReportLine[];
  readonly errors: readonly string[];
}

/**
 * Compares the generators' successes with the ledger's, then runs `prove` on it.
 *
 * A payment that the ledger lacks is money that a client believes in; one that it has beyond those is
 * money that moved and that nobody was told of. Either makes every figure above it worthless.
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
    errors.push(`${name}: clients were told of ${testRun.paid} payments, the ledger has ${completed}`);
  }
  const startedAt = performance.now();
  const proveError = await runProve(testRun, signal);
  const seconds = Math.round(performance.now() - startedAt) / 1000;
  if (proveError !== null) errors.push(`${name}: prove failed\n${proveError}`);
  return {
    lines: [
      { row: "ledger", label: `${name}: payments told to clients`, value: testRun.paid, unit: "payments" },
      { row: "ledger", label: `${name}: payments in the ledger`, value: completed, unit: "payments" },
      { row: "ledger", label: `${name}: every invariant proven in`, value: seconds, unit: "s" },
    ],
    errors,
  };
}

/** Null if every invariant holds, otherwise what the command said. */
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
