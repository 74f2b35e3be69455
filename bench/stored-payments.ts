/**
 * Measures the cost of ten million stored payments: the same load on an empty and on a full ledger.
 *
 * Both servers run at the same time, and get the load in alternating rounds. The speed of a shared machine varies by
 * more than the expected difference; alternating rounds affect both servers equally.
 */
import { type LedgerProof, proveLedger } from "./prove-ledger.ts";
import { findApplicationId, countCompletedPayments, market } from "./control.ts";
import { seedHistory } from "./seed-history.ts";
import { createTempFolder } from "./temp-folder.ts";
import { below, type ReportLine } from "./report-line.ts";
import { runCollections, createLoadTarget, parties } from "./load-run.ts";
import { startServer } from "./platform.ts";
import { findDatabaseAddress } from "./database-address.ts";
import type { LoadResult } from "./result.ts";
import type { BenchOptions } from "./run.ts";

const rounds = 3;
const connections = 256;

export async function measureStoredPayments(
  { folder, storedPayments, pace }: BenchOptions,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<LedgerProof> {
  await using emptyFolder = await createTempFolder(folder);
  await using fullFolder = await createTempFolder(folder);
  await using emptyServer = await startServer(emptyFolder, signal);
  await using fullServer = await startServer(fullFolder, signal);
  const empty = await createLoadTarget(emptyServer, signal);
  const fullTarget = await createLoadTarget(fullServer, signal);

  onProgress(`storing ${storedPayments.toLocaleString("en")} payments, which takes several minutes`);
  const { customers, firstMsisdn, organisations, firstShortcode } = parties;
  const history = {
    count: storedPayments,
    applicationId: BigInt(await findApplicationId(fullServer.sandboxJson, signal)),
    msisdns: [`${market.prefix}${firstMsisdn}`, `${market.prefix}${firstMsisdn + customers - 1}`],
    shortcodes: [`${firstShortcode}`, `${firstShortcode + organisations - 1}`],
  } as const;
  await seedHistory(findDatabaseAddress(fullFolder.dataDir), `sandbox_${market.name}`, history, signal);
  const full = {
    ...fullTarget,
    completedBefore: await countCompletedPayments(fullServer.sandboxJson, market.name, signal),
  };

  const loads: { empty: LoadResult[]; full: LoadResult[] } = { empty: [], full: [] };
  for (let round = 1; round <= rounds; round += 1) {
    onProgress(`paying into the empty and the full ledger, round ${round} of ${rounds}`);
    loads.empty.push(await runCollections(empty, { connections }, pace, signal));
    loads.full.push(await runCollections(full, { connections }, pace, signal));
  }

  onProgress("proving both ledgers");
  const proofs = [
    await proveLedger(empty, "empty ledger", signal),
    await proveLedger(full, "full ledger", signal),
  ];
  return {
    lines: [...compareLoads(loads, storedPayments), ...proofs.flatMap(({ lines }) => lines)],
    errors: proofs.flatMap(({ errors: faults }) => faults),
  };
}

function compareLoads(
  loads: { empty: LoadResult[]; full: LoadResult[] },
  storedPayments: number,
): ReportLine[] {
  const empty = medianResult(loads.empty);
  const full = medianResult(loads.full);
  const loss = Math.round((1 - full.perSecond / empty.perSecond) * 1000) / 10;
  const count = storedPayments.toLocaleString("en");
  const targets = [below("loss under 10 %", loss, 10)];
  return [
    { row: "stored", label: "C2B with an empty ledger", value: empty.perSecond, unit: "/s", load: empty },
    { row: "stored", label: `C2B with ${count} stored`, value: full.perSecond, unit: "/s", load: full },
    { row: "stored", label: `loss with ${count} stored`, value: loss, unit: "%", targets },
  ];
}

function medianResult(results: LoadResult[]): LoadResult {
  const sorted = results.toSorted((a, b) => a.perSecond - b.perSecond);
  const middle = sorted[sorted.length >> 1];
  if (middle === undefined) throw new Error("nothing was measured");
  return middle;
}
