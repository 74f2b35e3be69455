/** Checks whether payments can be written, and which rails cannot make any. */
import { setTimeout as sleep } from "node:timers/promises";
import type { DatabaseCheck } from "../http/readiness.ts";
import type { Sql } from "../store/driver/connect.ts";
import { readIsWritable } from "../store/probe.ts";
import type { AppOptions } from "./options.ts";
import type { RunningRails } from "./rails.ts";

/** A database that takes longer counts as unavailable. Less than the timeout of the whole check. */
const timeoutMs = 1500;

/** A rail that is away does not take the others out: the server is ready while one rail is. */
export async function checkDatabases({ stores }: AppOptions, rails: RunningRails): Promise<DatabaseCheck> {
  const [mainIsWritable, ...writable] = await Promise.all([
    canWrite(stores.main),
    ...rails.all.map(async ({ available, payments }) => available && (await canWrite(payments.context.sql))),
  ]);
  const away = rails.all.filter((_, index) => writable[index] !== true).map(({ rail }) => rail.name);
  return { ready: mainIsWritable && away.length < rails.all.length, away };
}

async function canWrite(sql: Sql): Promise<boolean> {
  const timer = new AbortController();
  const timeout = sleep(timeoutMs, false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([readIsWritable(sql).catch(() => false), timeout]);
  } finally {
    timer.abort();
  }
}
