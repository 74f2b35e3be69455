/** How long a test waits for its sandbox: until the first answer of a server on a new, temporary data folder. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { below, type ReportLine } from "./report-line.ts";
import { startServer } from "./platform.ts";
import { createTempFolder, type TempFolder } from "./temp-folder.ts";

const rounds = 5;
const preparedTimeoutMs = 120_000;

/**
 * Starts servers as `startSandbox()` of `@pesarail/sdk/testing` does, with the cache that it gives to a server.
 *
 * The first one finds an empty cache. Each of the others waits until the background process has prepared a data folder,
 * so the median is that of a test whose predecessor has been running for some seconds.
 */
export async function measureSandboxStart(
  { logFile }: TempFolder,
  signal: AbortSignal,
): Promise<ReportLine[]> {
  const folder = dirname(logFile);
  const cache = join(folder, "cache");
  const settings = { SANDBOX_CACHE_DIR: cache, NODE_COMPILE_CACHE: join(folder, "compiled") };
  const startOnce = async (): Promise<number> => {
    await using own = await createTempFolder(folder);
    const startedAt = performance.now();
    await using server = await startServer(own, signal, settings);
    const { status } = await fetch(`${server.sandboxJson.gateway}/health/ready`, { signal });
    if (status !== 200) throw new Error(`The sandbox answered with status ${status}.`);
    return (performance.now() - startedAt) / 1000;
  };
  const first = await startOnce();
  const prepared: number[] = [];
  while (prepared.length < rounds) {
    await waitForSpareFolder(cache, signal);
    prepared.push(await startOnce());
  }
  const median = prepared.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
  const targets = [below("under 1 s", median, 1)];
  return [
    { row: "start", label: "sandbox of a test, the first on a machine", value: round(first), unit: "s" },
    { row: "start", label: "sandbox of a test, prepared", value: round(median), unit: "s", targets },
  ];
}

/** Waits until the background process has prepared all data folders, so that it does not compete with the start. */
async function waitForSpareFolder(cache: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + preparedTimeoutMs;
  const isPrepared = (): boolean => {
    const names = existsSync(cache) ? readdirSync(cache) : [];
    return names.some((name) => name.startsWith("spare-")) && !names.some((name) => name.startsWith("new-"));
  };
  while (!isPrepared()) {
    if (performance.now() > deadline) throw new Error("No data folder was prepared in time.");
    await sleep(50, undefined, { signal });
  }
}

const round = (seconds: number): number => Math.round(seconds * 100) / 100;
