import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { endWithUs } from "./children.ts";
import { completedPayments } from "./control.ts";
import type { Line } from "./line.ts";
import type { Shop } from "./loads.ts";
import { environment, program } from "./platform.ts";

/** Whether the ledger agrees with what clients were told, and with itself. */
export interface Books {
  readonly lines: readonly Line[];
  readonly faults: readonly string[];
}

/**
 * Compares the generators' successes with the ledger's, then runs `prove` on it.
 *
 * A payment that the ledger lacks is money that a client believes in; one that it has beyond those is
 * money that moved and that nobody was told of. Either makes every figure above it worthless.
 */
export async function checkBooks(shop: Shop, name: string, signal: AbortSignal): Promise<Books> {
  const completed = (await completedPayments(shop.platform.sandbox, signal)) - shop.completedBefore;
  const faults: string[] = [];
  if (completed !== shop.paid) {
    faults.push(`${name}: clients were told of ${shop.paid} payments, the ledger has ${completed}`);
  }
  const startedAt = performance.now();
  const complaint = await prove(shop, signal);
  const seconds = Math.round(performance.now() - startedAt) / 1000;
  if (complaint !== null) faults.push(`${name}: prove failed\n${complaint}`);
  return {
    lines: [
      { row: "ledger", what: `${name}: payments told to clients`, value: shop.paid, unit: "payments" },
      { row: "ledger", what: `${name}: payments in the ledger`, value: completed, unit: "payments" },
      { row: "ledger", what: `${name}: every invariant proven in`, value: seconds, unit: "s" },
    ],
    faults,
  };
}

/** Null if every invariant holds, otherwise what the command said. */
async function prove({ platform }: Shop, signal: AbortSignal): Promise<string | null> {
  const child = spawn(process.execPath, [program("cli/main"), "prove"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: environment(platform.home),
    signal,
  });
  child.on("error", () => {});
  endWithUs(child);
  const ended = once(child, "exit");
  const [said, complained] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await ended;
  signal.throwIfAborted();
  return code === 0 ? null : `${said}${complained}`.trim();
}
