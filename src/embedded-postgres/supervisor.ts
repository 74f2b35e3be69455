import { setTimeout as sleep } from "node:timers/promises";
import { msPerMinute, msPerSecond } from "../core/clock.ts";
import { ClusterError } from "./cluster-error.ts";
import type { OnProgress } from "./location.ts";
import type { Postmaster } from "./postmaster.ts";

const maxFailures = 8;
const stableAfterMs = msPerMinute;

/**
 * Restarts PostgreSQL whenever it exits unexpectedly.
 *
 * A run of at least a minute resets the failure count. After `maxFailures` failures (the pauses between them add up to
 * about twenty seconds) a restart evidently does not help, for example because the disk is full, and the function
 * returns an error. Aborting `signal` stops PostgreSQL or the attempt to start it, and the function returns null.
 */
export async function supervise(
  first: Postmaster,
  start: () => Promise<Postmaster>,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<ClusterError | null> {
  let postmaster: Postmaster | null = first;
  let problem = "";
  for (let failures = 0; failures < maxFailures; failures += 1) {
    if (postmaster !== null) {
      const startedAt = performance.now();
      problem = `PostgreSQL exited unexpectedly (${await waitForEnd(postmaster, signal)}).`;
      if (performance.now() - startedAt > stableAfterMs) failures = 0;
    }
    if (signal.aborted) return null;
    onProgress(`${problem} Restarting it.`);
    await sleep(pauseMs(failures), null, { signal }).catch(() => null);
    try {
      postmaster = await start();
      onProgress("PostgreSQL is running again.");
    } catch (error) {
      postmaster = null;
      problem = error instanceof Error ? error.message : String(error);
    }
  }
  await postmaster?.stop();
  return new ClusterError(`PostgreSQL could not be restarted in ${maxFailures} attempts. ${problem}`);
}

/** 0.1 s, doubled each time, up to 5 s. */
const pauseMs = (failures: number): number => Math.min(100 * 2 ** failures, 5 * msPerSecond);

/** How PostgreSQL exited. Aborting `signal` stops it. */
async function waitForEnd(postmaster: Postmaster, signal: AbortSignal): Promise<string> {
  const stop = () => void postmaster.stop();
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  const description = await postmaster.ended;
  signal.removeEventListener("abort", stop);
  return description;
}
