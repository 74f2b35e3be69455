/**
 * What has to happen from time to time: holds end, partitions are made and dropped, old things are forgotten.
 *
 * Each rail has loops of its own: one whose database is away keeps no other waiting.
 */
import { day, hour, second } from "./clock.ts";
import type { Id } from "./ids.ts";
import { environments } from "./money.ts";
import { expireHolds } from "./payments/expiry.ts";
import type { Payments } from "./payments/payments.ts";
import type { PlatformOptions } from "./platform.ts";
import { deleteSessionsEndedBefore } from "./store/directory.ts";
import { forgetMessages } from "./store/messages.ts";
import { dropOldPartitions, makePartitions, type KeepFrom } from "./store/partitions.ts";
import { forgetPrompts } from "./store/prompts.ts";

const expiryPollMs = second;
/** Ended prompts are shown for a while; messages as long as somebody might scroll back. Business time. */
const promptsKeptMs = day;
const messagesKeptMs = 90 * day;

/** Begins all of it, and returns what stops it and waits until it has stopped. */
export function maintain(
  options: PlatformOptions,
  all: readonly Payments[],
  newId: () => Id,
): () => Promise<void> {
  const { stores, clocks, config, log } = options;
  const warn = (what: string) => (error: unknown) =>
    log.warn({ err: error }, `${what} failed; it is tried again`);
  const keepFrom = (businessNow: number): KeepFrom => ({
    requests: Date.now() - config.requestLogRetentionMs,
    callbacks: Date.now() - config.callbackLogRetentionMs,
    usage: businessNow - config.requestLogRetentionMs,
  });

  async function keepDirectory(): Promise<void> {
    const now = Date.now();
    await makePartitions(stores.main, "main", now, now);
    await dropOldPartitions(stores.main, keepFrom(now));
    for (const environment of environments) {
      await deleteSessionsEndedBefore(stores.main, environment, clocks[environment].now() - 24 * hour);
    }
  }

  async function keepRail({ context: { sql, clock } }: Payments): Promise<void> {
    const businessNow = clock.now();
    await makePartitions(sql, "rail", Date.now(), businessNow);
    await dropOldPartitions(sql, keepFrom(businessNow));
    await forgetPrompts(sql, businessNow - promptsKeptMs);
    await forgetMessages(sql, businessNow - messagesKeptMs);
  }

  /** While a clock is moved, whoever moves it ends what is due on the way. */
  async function endHolds(payments: Payments): Promise<void> {
    if (payments.context.clock.moving?.() !== true) await expireHolds(payments, newId);
  }

  const loops = [
    every(hour, keepDirectory, warn("housekeeping")),
    ...all.flatMap((payments) => [
      every(expiryPollMs, () => endHolds(payments), warn("ending holds")),
      every(hour, () => keepRail(payments), warn("housekeeping")),
    ]),
  ];
  return async () => {
    await Promise.all(loops.map((stop) => stop()));
  };
}

/** Runs `work` again and again, `ms` after its last end. Returns what stops it and waits for it. */
function every(
  ms: number,
  work: () => Promise<unknown>,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let stopped = false;
  let running: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout;
  const again = (): void => {
    timer = setTimeout(() => {
      running = work()
        .catch(onError)
        .finally(() => {
          if (!stopped) again();
        });
    }, ms).unref();
  };
  again();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}
