/** Checks whether payments can be written, and which rails cannot make any. */
import { setTimeout as sleep } from "node:timers/promises";
import type { DatabaseCheck } from "../http/readiness.ts";
import type { AppOptions } from "./options.ts";
import type { RunningRails } from "./rails.ts";

/** A database that takes longer counts as unavailable. Less than the timeout of the whole check. */
const timeoutMs = 1500;

/** A rail that is away does not take the others out: the server is ready while one rail is. */
export async function checkDatabases({ stores }: AppOptions, rails: RunningRails): Promise<DatabaseCheck> {
  const [mainIsWritable, ...writable] = await Promise.all([
    answerInTime(stores.canWrite(null)),
    ...rails.all.map(async ({ available, rail }) => available && answerInTime(stores.canWrite(rail.name))),
  ]);
  const away = rails.all.filter((_, index) => writable[index] !== true).map(({ rail }) => rail.name);
  return { ready: mainIsWritable && away.length < rails.all.length, away };
}

async function answerInTime(probe: Promise<boolean>): Promise<boolean> {
  const timer = new AbortController();
  const timeout = sleep(timeoutMs, false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([probe.catch(() => false), timeout]);
  } finally {
    timer.abort();
  }
}
