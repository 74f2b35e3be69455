import { setTimeout as sleep } from "node:timers/promises";
import { msPerSecond } from "../core/clock.ts";

/**
 * Ends a PostgreSQL process: kindly, then firmly, then by force.
 *
 * SIGINT is PostgreSQL's "fast" shutdown: it ends sessions and writes what is in memory, which a slow
 * disk may need most of the minute for. SIGQUIT drops everything at once; the next start recovers from
 * the log. SIGKILL is for a process that hears nothing any more.
 *
 * `ended` is fulfilled when the process is gone.
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
      return; // It is gone.
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
