import { setTimeout as sleep } from "node:timers/promises";
import { msPerSecond } from "../core/clock.ts";

/**
 * Stops a PostgreSQL process with stronger and stronger signals.
 *
 * SIGINT is PostgreSQL's "fast" shutdown: it terminates sessions and writes a checkpoint, which can take most of a minute
 * on a slow disk. SIGQUIT exits at once; the next start recovers from the WAL. SIGKILL is for a process that does not
 * react.
 *
 * `ended` is fulfilled when the process has exited.
 */
export async function stopProcess(
  pid: number,
  ended: Promise<unknown>,
  fastMs = 60 * msPerSecond,
): Promise<void> {
  const steps = [
    { signal: "SIGINT", waitMs: fastMs },
    { signal: "SIGQUIT", waitMs: Math.min(fastMs, 10 * msPerSecond) },
    { signal: "SIGKILL", waitMs: 5 * msPerSecond },
  ] as const;
  for (const { signal, waitMs } of steps) {
    try {
      process.kill(pid, signal);
    } catch {
      return; // It has exited.
    }
    if (await endsWithin(waitMs, ended)) return;
  }
}

async function endsWithin(ms: number, ended: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController();
  const tooLate = sleep(ms, false, { signal: timer.signal }).catch(() => false);
  const inTime = await Promise.race([ended.then(() => true), tooLate]);
  timer.abort();
  return inTime;
}
