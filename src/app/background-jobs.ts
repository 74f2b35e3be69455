/**
 * What has to happen from time to time: holds end, partitions are made and dropped, old things are forgotten.
 *
 * Each rail has loops of its own: one whose database is away keeps no other waiting.
 */
import { msPerDay, msPerHour, msPerSecond } from "../core/clock.ts";
import type { Id } from "../core/ids.ts";
import { environments } from "../core/money.ts";
import { expireHolds } from "../payments/expire-holds.ts";
import type { Payments } from "../payments/payments.ts";
import type { AppOptions } from "./options.ts";
import { deleteAccessTokensEndedBefore } from "../store/main/access-tokens.ts";
import { deleteOldMessages } from "../store/rail/messages.ts";
import { dropOldPartitions, makePartitions, type RetentionCutoffs } from "../store/schema/partitions.ts";
import { deleteOldPrompts } from "../store/rail/prompts.ts";

const expiryPollIntervalMs = msPerSecond;
/** Ended prompts are shown for a while; messages as long as somebody might scroll back. Business time. */
const promptRetentionMs = msPerDay;
const messageRetentionMs = 90 * msPerDay;

/** Begins all of it, and returns what stops it and waits until it has stopped. */
export function startBackgroundJobs(
  options: AppOptions,
  allPayments: readonly Payments[],
  newId: () => Id,
): () => Promise<void> {
  const { stores, clocks, config, log } = options;
  const warn = (task: string) => (error: unknown) =>
    log.warn({ err: error }, `${task} failed; it is tried again`);
  const getCutoffs = (businessNow: number): RetentionCutoffs => ({
    requests: Date.now() - config.requestLogRetentionMs,
    callbacks: Date.now() - config.callbackLogRetentionMs,
    usage: businessNow - config.requestLogRetentionMs,
  });

  async function cleanMain(): Promise<void> {
    const now = Date.now();
    await makePartitions(stores.main, "main", now, now);
    await dropOldPartitions(stores.main, getCutoffs(now));
    for (const environment of environments) {
      await deleteAccessTokensEndedBefore(
        stores.main,
        environment,
        clocks[environment].now() - 24 * msPerHour,
      );
    }
  }

  async function cleanRail({ context: { sql, clock } }: Payments): Promise<void> {
    const businessNow = clock.now();
    await makePartitions(sql, "rail", Date.now(), businessNow);
    await dropOldPartitions(sql, getCutoffs(businessNow));
    await deleteOldPrompts(sql, businessNow - promptRetentionMs);
    await deleteOldMessages(sql, businessNow - messageRetentionMs);
  }

  /** While a clock is moved, whoever moves it ends what is due on the way. */
  async function expireDueHolds(payments: Payments): Promise<void> {
    if (payments.context.clock.moving?.() !== true) await expireHolds(payments, newId);
  }

  const loops = [
    repeatEvery(msPerHour, cleanMain, warn("housekeeping")),
    ...allPayments.flatMap((payments) => [
      repeatEvery(expiryPollIntervalMs, () => expireDueHolds(payments), warn("ending holds")),
      repeatEvery(msPerHour, () => cleanRail(payments), warn("housekeeping")),
    ]),
  ];
  return async () => {
    await Promise.all(loops.map((stop) => stop()));
  };
}

/** Runs `work` again and again, `ms` after its last end. Returns what stops it and waits for it. */
function repeatEvery(
  ms: number,
  work: () => Promise<unknown>,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let stopped = false;
  let running: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout;
  const scheduleNext = (): void => {
    timer = setTimeout(() => {
      running = work()
        .catch(onError)
        .finally(() => {
          if (!stopped) scheduleNext();
        });
    }, ms).unref();
  };
  scheduleNext();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}
