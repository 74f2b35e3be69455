import { setTimeout as sleep } from "node:timers/promises";
import { msPerMinute, msPerSecond } from "../core/clock.ts";
import { ClusterError } from "./cluster-error.ts";
import type { OnProgress } from "./location.ts";
import type { Postmaster } from "./postmaster.ts";

const maxFailures = 8;
const stableAfterMs = msPerMinute;

/**
 * Starts PostgreSQL again whenever it ends by itself, so that payments go on without anybody's help.
 *
 * A run of a minute counts as steady and forgets earlier failures. After `failuresMax` without one (the
 * pauses between them add up to about twenty seconds) something is wrong that starting again does not
 * mend, such as a full disk, and we give up with an error. Aborting `ending` stops PostgreSQL, or the
 * attempt to start it, and gives null.
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
      problem = `PostgreSQL ended unexpectedly (${await waitForEnd(postmaster, signal)}).`;
      if (performance.now() - startedAt > stableAfterMs) failures = 0;
    }
    if (signal.aborted) return null;
    onProgress(`${problem} Starting it again.`);
    await sleep(pauseMs(failures), null, { signal }).catch(() => null);
    try {
      postmaster = await start();
      onProgress("PostgreSQL runs again.");
    } catch (error) {
      postmaster = null;
      problem = error instanceof Error ? error.message : String(error);
    }
  }
  await postmaster?.stop();
  return new ClusterError(
    `Gave up on PostgreSQL after ${maxFailures} attempts to start it again. ${problem}`,
  );
}

/** 0.1 s, then twice as long each time, up to 5 s. */
const pauseMs = (failures: number): number => Math.min(100 * 2 ** failures, 5 * msPerSecond);

/** How the run ended, whether by itself or because `ending` asked for it. */
async function waitForEnd(postmaster: Postmaster, signal: AbortSignal): Promise<string> {
  const stop = () => void postmaster.stop();
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  const description = await postmaster.ended;
  signal.removeEventListener("abort", stop);
  return description;
}
