import { setTimeout as sleep } from "node:timers/promises";
import { minute, second } from "../clock.ts";
import { ClusterError } from "./cluster-error.ts";
import type { Report } from "./place.ts";
import type { Postmaster } from "./postmaster.ts";

const failuresMax = 8;
const steadyMs = minute;

/**
 * Starts PostgreSQL again whenever it ends by itself, so that payments go on without anybody's help.
 *
 * A run of a minute counts as steady and forgets earlier failures. After `failuresMax` without one (the
 * pauses between them add up to about twenty seconds) something is wrong that starting again does not
 * mend, such as a full disk, and we give up with an error. Aborting `ending` stops PostgreSQL, or the
 * attempt to start it, and gives null.
 */
export async function keepRunning(
  first: Postmaster,
  start: () => Promise<Postmaster>,
  report: Report,
  ending: AbortSignal,
): Promise<ClusterError | null> {
  let run: Postmaster | null = first;
  let problem = "";
  for (let failures = 0; failures < failuresMax; failures += 1) {
    if (run !== null) {
      const startedAt = performance.now();
      problem = `PostgreSQL ended unexpectedly (${await endOf(run, ending)}).`;
      if (performance.now() - startedAt > steadyMs) failures = 0;
    }
    if (ending.aborted) return null;
    report(`${problem} Starting it again.`);
    await sleep(pauseMs(failures), null, { signal: ending }).catch(() => null);
    try {
      run = await start();
      report("PostgreSQL runs again.");
    } catch (error) {
      run = null;
      problem = error instanceof Error ? error.message : String(error);
    }
  }
  await run?.stop();
  return new ClusterError(
    `Gave up on PostgreSQL after ${failuresMax} attempts to start it again. ${problem}`,
  );
}

/** 0.1 s, then twice as long each time, up to 5 s. */
const pauseMs = (failures: number): number => Math.min(100 * 2 ** failures, 5 * second);

/** How the run ended, whether by itself or because `ending` asked for it. */
async function endOf(run: Postmaster, ending: AbortSignal): Promise<string> {
  const stop = () => void run.stop();
  ending.addEventListener("abort", stop);
  if (ending.aborted) stop();
  const how = await run.ended;
  ending.removeEventListener("abort", stop);
  return how;
}
