/**
 * Measures how long a result takes to reach its listener, with 100 listeners of which one never responds.
 *
 * The measured time starts with the payment's batch, which the server records and which is before the commit. It
 * ends when the first attempt arrives at the listener. So it is slightly longer than the target's definition, never
 * shorter. Both times are from this machine's clock, in milliseconds.
 */
import type { ControlResult } from "../src/api/control/client.ts";
import { startListeners } from "./child-process.ts";
import { callControl, market, requestSessionKey } from "./control.ts";
import { below, type ReportLine } from "./report-line.ts";
import { runConstantRateLoad } from "./constant-rate-run.ts";
import type { SandboxJson } from "./platform.ts";
import type { BenchContext } from "./benchmarks.ts";

type DeliveryPage = ControlResult<"GET /markets/{market}/deliveries">;

const listeners = 100;
const conversationPattern = '"input_OriginalConversationID":"([0-9a-f]+)"';
const perSecond = 1000;
/** How long to wait for late callbacks before they count as lost. */
const stragglerMs = 5000;

export async function measureCallbacks({ target: shop, pace, signal }: BenchContext): Promise<ReportLine[]> {
  const { sandboxJson: sandbox } = shop.platform;
  const plan = { count: listeners, isFirstSilent: true, idPattern: conversationPattern };
  await using listenerProcess = await startListeners(plan, signal);
  const sessions = await Promise.all(
    listenerProcess.urls.map((url, index) => createListeningApplication(sandbox, url, index, signal)),
  );
  const timing = { seconds: Math.ceil(pace.seconds * 2.5), warmUpSeconds: pace.warmUpSeconds };
  const load = await runConstantRateLoad(sandbox, sessions, { perSecond, ...timing }, signal);
  shop.paid += load.paid;

  const [, ...alive] = load.conversations;
  const expected = new Set(alive.flat());
  await new Promise((resolve) => setTimeout(resolve, stragglerMs));
  const { firstArrivals, duplicates } = await listenerProcess.collect();
  const arrivedAt = new Map(firstArrivals);
  const latenciesMs = await readLatencies(sandbox, load.countedFrom, expected, arrivedAt, signal);
  const lost = [...expected].filter((id) => !arrivedAt.has(id)).length;

  const at = (share: number): number => latenciesMs[Math.ceil(latenciesMs.length * share) - 1] ?? NaN;
  const row = "callbacks";
  const label = (name: string): string => `callbacks (1 of ${listeners} listeners down): ${name}`;
  const latencyTarget = [below("under 250 ms", at(0.99), 250)];
  return [
    { row, label: label("rate"), value: load.perSecond, unit: "/s" },
    { row, label: label("p50"), value: at(0.5), unit: "ms" },
    { row, label: label("p99"), value: at(0.99), unit: "ms", targets: latencyTarget },
    { row, label: label("longest"), value: at(1), unit: "ms" },
    { row, label: label("counted"), value: latenciesMs.length, unit: "payments" },
    { row, label: label("not delivered"), value: lost, unit: "payments", targets: [below("none", lost, 1)] },
    { row, label: label("delivered twice"), value: duplicates, unit: "payments" },
  ];
}

/** Creates a separate application for each listener, as organisations have. */
async function createListeningApplication(
  sandbox: SandboxJson,
  responseUrl: string,
  index: number,
  signal: AbortSignal,
) {
  const body = { name: `Listening shop ${index}`, responseUrl };
  const { apiKey } = await callControl(sandbox, signal, "POST /applications", { body });
  return requestSessionKey(sandbox, signal, apiKey);
}

/** Milliseconds from each result's creation to its arrival, without the warm-up; sorted. */
async function readLatencies(
  sandbox: SandboxJson,
  countedFrom: number,
  expected: ReadonlySet<string>,
  arrivedAt: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Promise<number[]> {
  const took: number[] = [];
  for (let after: string | null = ""; after !== null;) {
    const page: DeliveryPage = await callControl(sandbox, signal, "GET /markets/{market}/deliveries", {
      params: { market: market.name },
      query: { limit: "1000", ...(after === "" ? {} : { after }) },
    });
    for (const { conversationId, createdAt } of page.deliveries) {
      const at = arrivedAt.get(conversationId);
      const from = Date.parse(createdAt);
      if (at !== undefined && from >= countedFrom && expected.has(conversationId)) took.push(at - from);
    }
    after = page.next;
  }
  return took.toSorted((a, b) => a - b);
}
