import { setTimeout as sleep } from "node:timers/promises";
import { msPerMinute, msPerSecond } from "../core/clock.ts";
import { ClusterError } from "./cluster-error.ts";
import type { OnProgress } from "./location.ts";
import type { Postmaster } from "./postmaster.ts";

const stableAfterMs = msPerMinute;
/** The same problem is reported again after this time. */
const reportAgainAfterMs = msPerMinute;

export interface Supervised {
  start(): Promise<Postmaster>;
  /** Whether the database was removed, so that no restart can help. */
  isGone(): boolean;
}

/**
 * Restarts PostgreSQL whenever it exits unexpectedly, for as long as it takes: a full disk may have room again in an
 * hour, and until then the server refuses payments. The pauses grow to five seconds, and a run of at least a minute
 * resets them.
 *
 * Returns null when `signal` has stopped PostgreSQL or the attempt to start it, and an error if the database is gone.
 */
export async function supervise(
  first: Postmaster,
  { start, isGone }: Supervised,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<ClusterError | null> {
  const report = createProblemReporter(onProgress);
  let postmaster: Postmaster | null = first;
  let problem = "";
  for (let failures = 0; ; failures += 1) {
    if (postmaster !== null) {
      const startedAt = performance.now();
      problem = `PostgreSQL exited unexpectedly (${await waitForEnd(postmaster, signal)}).`;
      if (performance.now() - startedAt > stableAfterMs) failures = 0;
    }
    if (signal.aborted) return null;
    if (isGone())
      return new ClusterError(`PostgreSQL cannot be restarted: its database was removed. ${problem}`);
    report(`${problem} Restarting it.`);
    await sleep(pauseMs(failures), null, { signal }).catch(() => null);
    try {
      postmaster = await start();
      onProgress("PostgreSQL is running again.");
    } catch (error) {
      postmaster = null;
      problem = error instanceof Error ? error.message : String(error);
    }
  }
}

/** Reports a problem once, and again while it lasts, at an interval. */
function createProblemReporter(onProgress: OnProgress): (line: string) => void {
  let last = "";
  let reportedAt = 0;
  return (line) => {
    const now = performance.now();
    if (line === last && now - reportedAt < reportAgainAfterMs) return;
    last = line;
    reportedAt = now;
    onProgress(line);
  };
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
