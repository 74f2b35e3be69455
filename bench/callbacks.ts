/**
 * How long a result takes to reach its listener, with a dead one among a hundred.
 *
 * What is measured is the time from the beginning of the payment's batch, which the server writes down and
 * which is before the commit, to the first attempt's arrival at the listener. So it says a little more than
 * was promised, never less. Both times are of this machine's clock, in milliseconds.
 */
import { runScript, startListeners } from "./children.ts";
import { callControl, market, openSession } from "./control.ts";
import { below, type Line } from "./line.ts";
import { town } from "./loads.ts";
import type { PacedPlan, PacedResult } from "./paced.ts";
import type { SandboxFile } from "./platform.ts";
import type { Scene } from "./rows.ts";

const listeners = 100;
const perSecond = 1000;
/** How long stragglers may take before they count as lost. */
const settleMs = 5000;

export async function callbacks({ shop, pace, signal }: Scene): Promise<Line[]> {
  const { sandbox } = shop.platform;
  await using ears = await startListeners(listeners, signal);
  const sessions = await Promise.all(ears.urls.map((url, index) => openShop(sandbox, url, index, signal)));
  const counting = { seconds: Math.ceil(pace.seconds * 2.5), warmUpSeconds: pace.warmUpSeconds };
  const load = await payPaced(sandbox, sessions, counting, signal);
  shop.paid += load.paid;

  const [, ...alive] = load.conversations;
  const expected = new Set(alive.flat());
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const { heard, again } = await ears.finish();
  const arrivedAt = new Map(heard);
  const tookMs = await latencies(sandbox, load.countedFrom, expected, arrivedAt, signal);
  const lost = [...expected].filter((id) => !arrivedAt.has(id)).length;

  const at = (share: number): number => tookMs[Math.ceil(tookMs.length * share) - 1] ?? NaN;
  const row = "callbacks";
  const what = (of: string): string => `callbacks, 1 of ${listeners} listeners dead: ${of}`;
  const inTime = [below("under 250 ms", at(0.99), 250)];
  return [
    { row, what: what("pace"), value: load.perSecond, unit: "/s" },
    { row, what: what("p50"), value: at(0.5), unit: "ms" },
    { row, what: what("p99"), value: at(0.99), unit: "ms", targets: inTime },
    { row, what: what("longest"), value: at(1), unit: "ms" },
    { row, what: what("counted"), value: tookMs.length, unit: "payments" },
    { row, what: what("not told"), value: lost, unit: "payments", targets: [below("none", lost, 1)] },
    { row, what: what("told twice"), value: again, unit: "payments" },
  ];
}

/** An application of its own for each listener, as organisations have them. */
async function openShop(sandbox: SandboxFile, responseUrl: string, index: number, signal: AbortSignal) {
  const made: { apiKey: string } = await callControl(sandbox, signal, "POST", "/applications", {
    name: `Listening shop ${index}`,
    responseUrl,
  });
  return openSession(sandbox, signal, made.apiKey);
}

async function payPaced(
  { gateway, openapi }: SandboxFile,
  sessions: readonly string[],
  counting: Pick<PacedPlan, "seconds" | "warmUpSeconds">,
  signal: AbortSignal,
): Promise<PacedResult> {
  const plan: PacedPlan = {
    url: `${gateway}/sandbox/ipg/v2/${market.name}/c2bPayment/singleStage/`,
    publicKey: openapi.publicKey,
    sessions,
    shortcodeFirst: town.shortcodeFirst,
    msisdnPrefix: market.prefix,
    msisdnFirst: town.msisdnFirst,
    customers: town.customers,
    country: market.country,
    currency: market.currency,
    perSecond,
    ...counting,
  };
  const result = await runScript("paced", { input: JSON.stringify(plan), signal });
  // Our own script printed it, from a value of this very type.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return result as PacedResult;
}

/** Milliseconds from each result's creation, after the warm-up, to its arrival; in rising order. */
async function latencies(
  sandbox: SandboxFile,
  countedFrom: number,
  expected: ReadonlySet<string>,
  arrivedAt: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Promise<number[]> {
  const took: number[] = [];
  for (let after: string | null = ""; after !== null;) {
    const path = `/markets/${market.name}/deliveries?limit=1000${after === "" ? "" : `&after=${after}`}`;
    const page: {
      deliveries: { conversationId: string; createdAt: string }[];
      next: string | null;
    } = await callControl(sandbox, signal, "GET", path);
    for (const { conversationId, createdAt } of page.deliveries) {
      const at = arrivedAt.get(conversationId);
      const from = Date.parse(createdAt);
      if (at !== undefined && from >= countedFrom && expected.has(conversationId)) took.push(at - from);
    }
    after = page.next;
  }
  return took.toSorted((a, b) => a - b);
}
