/**
 * Measures Daraja's payments: an STK push to a customer who approves at once, a C2B payment with its confirmation, and a
 * B2C payment with its result, which is measured through the SOAP Broker, too; and a checkout of LNMO, which is two requests. The OpenAPI row of the same minutes is measured before them.
 *
 * Every payment owes a callback to one of sixteen listeners, so a line has two rates: that of the responses, in a closed
 * loop as in the other benchmarks, and that of payments with their callback, which ends with the last callback. The
 * processor time of a payment includes its callback.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { BenchContext } from "./benchmarks.ts";
import { startListeners, type Listeners } from "./child-process.ts";
import {
  confirmedParties,
  darajaParties,
  registerConfirmationUrls,
  type DarajaMarket,
} from "./daraja-market.ts";
import { buildB2cPayment, buildC2bPayment, buildStkPush, callbackIdPattern } from "./daraja-requests.ts";
import type { ListenerCounts } from "./listeners.ts";
import { buildPace, runCollections, runGenerator } from "./load-run.ts";
import type { Parties } from "./payments.ts";
import { measureLoadCost, reportProcessorTime } from "./processor-time.ts";
import { below, type ReportLine } from "./report-line.ts";
import type { RequestTemplate } from "./request.ts";
import { listShortcodes } from "./control.ts";
import {
  buildLnmoCheckout,
  buildSoapPayment,
  lnmoCallbackIdPattern,
  soapCallbackIdPattern,
} from "./soap-requests.ts";

/** At more connections, requests only wait longer. */
const maxConnections = 256;
/** A server makes eight simultaneous calls to a listener, and 64 for an application. */
const listenerCount = 16;
const pollIntervalMs = 50;
/** Without a callback for so long, the missing ones are lost. A call to a listener takes at most fifteen seconds. */
const lostAfterMs = 20_000;

const row = "daraja";

interface DarajaLoad {
  readonly name: string;
  readonly parties: Parties;
  /** One request for each listener, or one for all. */
  readonly requests: readonly RequestTemplate[];
  /** Sent after the requests, one for each of them. */
  readonly confirmations?: readonly RequestTemplate[];
}

export async function measureDaraja(context: BenchContext, daraja: DarajaMarket): Promise<ReportLine[]> {
  const { signal } = context;
  const plan = {
    count: listenerCount,
    isFirstSilent: false,
    idPattern: `${callbackIdPattern}|${soapCallbackIdPattern}|${lnmoCallbackIdPattern}`,
  };
  await using listeners = await startListeners(plan, signal);
  await registerConfirmationUrls(daraja, listeners, signal);
  const { access } = daraja;
  const { urls } = listeners;
  const paybills = listShortcodes(darajaParties);
  const checkouts = urls.map((url, index) => buildLnmoCheckout(daraja.lnmo, paybills[index] ?? "", url));
  const loads: readonly DarajaLoad[] = [
    {
      name: "STK push",
      parties: darajaParties,
      requests: urls.map((url) => buildStkPush(access, url)),
    },
    { name: "Daraja C2B", parties: confirmedParties, requests: [buildC2bPayment(access)] },
    {
      name: "Daraja B2C",
      parties: darajaParties,
      requests: urls.map((url) => buildB2cPayment(access, url)),
    },
    {
      name: "SOAP B2C",
      parties: darajaParties,
      requests: urls.map((url) => buildSoapPayment(daraja.soap, url)),
    },
    {
      name: "LNMO checkout",
      parties: darajaParties,
      requests: checkouts.map(({ request }) => request),
      confirmations: checkouts.map(({ confirmation }) => confirmation),
    },
  ];
  const lines: ReportLine[] = [];
  for (const connections of context.connections.filter((count) => count <= maxConnections)) {
    lines.push(...(await measureOpenApi(context, connections)));
    for (const load of loads)
      lines.push(...(await measureLoad(context, { daraja, listeners, load, connections })));
  }
  return lines;
}

async function measureOpenApi(
  { target, pace, signal }: BenchContext,
  connections: number,
): Promise<ReportLine[]> {
  const { result: load, used } = await measureLoadCost(target.platform, () =>
    runCollections(target, { connections }, pace, signal),
  );
  const label = `OpenAPI C2B at ${connections}`;
  return [
    { row, label: `${label} connections`, value: load.perSecond, unit: "/s", load },
    ...reportProcessorTime(row, `${label}: processor time`, load.paid, used),
  ];
}

interface DarajaMeasurement {
  readonly daraja: DarajaMarket;
  readonly listeners: Listeners;
  readonly load: DarajaLoad;
  readonly connections: number;
}

async function measureLoad(
  { pace, signal }: BenchContext,
  { daraja, listeners, load: { name, ...sent }, connections }: DarajaMeasurement,
): Promise<ReportLine[]> {
  const before = await listeners.readCounts();
  const {
    result: { load, counts },
    used,
  } = await measureLoadCost(daraja.platform, async () => {
    const plan = { ...buildPace(pace), ...sent, connections, paidStatus: 200, bearers: null };
    const result = await runGenerator(plan, signal);
    return { load: result, counts: await waitForCallbacks(listeners, before.payments + result.paid, signal) };
  });
  daraja.paid += load.paid;
  const received = counts.payments - before.payments;
  const lost = load.paid - received;
  // From the first request to the last response, and then to the last callback.
  const loadSeconds = pace.warmUpSeconds + pace.seconds;
  const lateSeconds = Math.max(0, counts.lastArrivalAt - load.lastResponseAt) / 1000;
  const label = `${name} at ${connections}`;
  return [
    { row, label: `${label} connections`, value: load.perSecond, unit: "/s", load },
    {
      row,
      label: `${label}: with callback`,
      value: Math.round(received / (loadSeconds + lateSeconds)),
      unit: "/s",
    },
    ...reportProcessorTime(row, `${label}: processor time`, load.paid, used),
    {
      row,
      label: `${label}: callbacks lost`,
      value: lost,
      unit: "payments",
      targets: [below("none", Math.abs(lost), 1)],
    },
  ];
}

/** Waits until so many payments have their callback, or no further callback arrives. */
async function waitForCallbacks(
  listeners: Listeners,
  expected: number,
  signal: AbortSignal,
): Promise<ListenerCounts> {
  let counts = await listeners.readCounts();
  for (let changedAt = performance.now(); performance.now() - changedAt < lostAfterMs;) {
    if (counts.payments >= expected) return counts;
    await sleep(pollIntervalMs, undefined, { signal });
    const next = await listeners.readCounts();
    if (next.payments > counts.payments) changedAt = performance.now();
    counts = next;
  }
  return counts;
}
