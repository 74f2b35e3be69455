/**
 * What ten million stored payments cost: the same load on an empty ledger and on a full one.
 *
 * The two servers run side by side, one idle while the other is asked, and take turns. A shared
 * machine drifts by more than the difference that we look for; turns let both drift together.
 */
import { type Books, checkBooks } from "./books.ts";
import { applicationId, completedPayments, market } from "./control.ts";
import { storeHistory } from "./history.ts";
import { makeHome } from "./home.ts";
import { below, type Line } from "./line.ts";
import { collect, openShop, town } from "./loads.ts";
import { startPlatform } from "./platform.ts";
import { databaseOf } from "./reach.ts";
import type { Result } from "./result.ts";
import type { Options } from "./run.ts";

const turns = 3;
const connections = 256;

export async function stored(
  { folder, storedPayments, pace }: Options,
  say: (what: string) => void,
  signal: AbortSignal,
): Promise<Books> {
  await using emptyHome = await makeHome(folder);
  await using fullHome = await makeHome(folder);
  await using emptyPlatform = await startPlatform(emptyHome, signal);
  await using fullPlatform = await startPlatform(fullHome, signal);
  const empty = await openShop(emptyPlatform, signal);
  const opened = await openShop(fullPlatform, signal);

  say(`storing ${storedPayments.toLocaleString("en")} payments, which takes minutes`);
  const { customers, msisdnFirst, organisations, shortcodeFirst } = town;
  const history = {
    count: storedPayments,
    applicationId: BigInt(await applicationId(fullPlatform.sandbox, signal)),
    msisdns: [`${market.prefix}${msisdnFirst}`, `${market.prefix}${msisdnFirst + customers - 1}`],
    shortcodes: [`${shortcodeFirst}`, `${shortcodeFirst + organisations - 1}`],
  } as const;
  await storeHistory(databaseOf(fullHome.dataDir), `sandbox_${market.name}`, history, signal);
  const full = { ...opened, completedBefore: await completedPayments(fullPlatform.sandbox, signal) };

  const loads: { empty: Result[]; full: Result[] } = { empty: [], full: [] };
  for (let turn = 1; turn <= turns; turn += 1) {
    say(`paying into the empty and the full ledger, turn ${turn} of ${turns}`);
    loads.empty.push(await collect(empty, { connections }, pace, signal));
    loads.full.push(await collect(full, { connections }, pace, signal));
  }

  say("proving both ledgers");
  const books = [
    await checkBooks(empty, "empty ledger", signal),
    await checkBooks(full, "full ledger", signal),
  ];
  return {
    lines: [...compare(loads, storedPayments), ...books.flatMap(({ lines }) => lines)],
    faults: books.flatMap(({ faults }) => faults),
  };
}

function compare(loads: { empty: Result[]; full: Result[] }, storedPayments: number): Line[] {
  const empty = median(loads.empty);
  const full = median(loads.full);
  const loss = Math.round((1 - full.perSecond / empty.perSecond) * 1000) / 10;
  const count = storedPayments.toLocaleString("en");
  const targets = [below("loss under 10 %", loss, 10)];
  return [
    { row: "stored", what: "C2B with an empty ledger", value: empty.perSecond, unit: "/s", load: empty },
    { row: "stored", what: `C2B with ${count} stored`, value: full.perSecond, unit: "/s", load: full },
    { row: "stored", what: `loss with ${count} stored`, value: loss, unit: "%", targets },
  ];
}

function median(results: Result[]): Result {
  const sorted = results.toSorted((a, b) => a.perSecond - b.perSecond);
  const middle = sorted[sorted.length >> 1];
  if (middle === undefined) throw new Error("nothing was measured");
  return middle;
}
