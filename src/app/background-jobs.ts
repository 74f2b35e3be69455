/**
 * Periodic jobs: expires holds, creates and drops partitions, and deletes old data.
 *
 * Each rail has its own loops, so that an unavailable database does not delay other rails.
 */
import { sessionIdleMs } from "../accounts/sessions.ts";
import { maxMailAgeMs } from "../mail/mailer.ts";
import { msPerDay, msPerHour, msPerSecond } from "../core/clock.ts";
import { minIdAt, type Id } from "../core/ids.ts";
import { environments } from "../core/markets.ts";
import { createPoller, type Poller } from "../core/poller.ts";
import { expireHolds } from "../payments/expire-holds.ts";
import { sendReminders } from "../payments/invoice-reminders.ts";
import { debitStandingOrders } from "../payments/standing-orders.ts";
import type { Payments } from "../payments/payments.ts";
import { segmentLimits } from "../developers/request-log/writer.ts";
import type { AppOptions } from "./options.ts";
import type { RunningRail } from "./rails.ts";
import type { Sql } from "../store/driver/connect.ts";
import { deleteOldRollups } from "../store/request-log/rollups.ts";
import { maintainSegments } from "../store/request-log/segments.ts";
import { deleteAccessTokensEndedBefore } from "../store/main/access-tokens.ts";
import { deleteEndedSessions } from "../store/main/developer-sessions.ts";
import { deleteOldMails } from "../store/main/mails.ts";
import { deleteExpiredTokens } from "../store/main/one-time-tokens.ts";
import { deleteOldMessages } from "../store/rail/messages.ts";
import { dropOldPartitions, makePartitions, type RetentionCutoffs } from "../store/schema/partitions.ts";
import { deleteOldCheckouts } from "../store/rail/checkouts.ts";
import { deleteOldPrompts } from "../store/rail/prompts.ts";
import { deleteEndedStandingOrders } from "../store/rail/standing-orders.ts";
import { deleteOldValidations } from "../store/rail/validations.ts";

const expiryPollIntervalMs = msPerSecond;
const standingOrderPollIntervalMs = 10 * msPerSecond;
const reminderPollIntervalMs = 10 * msPerSecond;
/** How long ended prompts and messages are shown on handsets. Business time. */
const promptRetentionMs = msPerDay;
const messageRetentionMs = 90 * msPerDay;
/** How long ended validations are kept, for people who look for the reason of an outcome. Business time. */
const validationRetentionMs = 30 * msPerDay;
/** How long standing orders are kept at least, of which those that have ended are deleted. Wall time. */
const standingOrderRetentionMs = 90 * msPerDay;
/** How long the sums of requests are kept: those of minutes also as long as the requests, if that is longer. */
const minuteRollupsMs = 7 * msPerDay;
const hourRollupsMs = 90 * msPerDay;
const dayRollupsMs = 800 * msPerDay;
const minutesPerDay = 1440;

/** Starts all jobs. Returns a function that stops them and waits until they have stopped. */
export function startBackgroundJobs(
  options: AppOptions,
  rails: readonly RunningRail[],
  newId: () => Id,
): () => Promise<void> {
  const { stores, clocks, config, log } = options;
  const repeat = (task: string, intervalMs: number | (() => number), work: () => Promise<unknown>): Poller =>
    createPoller({
      work,
      intervalMs,
      onError: (error) => log.warn({ err: error }, `${task} failed; it will be retried`),
    });
  const getCutoffs = (businessNow: number): RetentionCutoffs => ({
    callbacks: Date.now() - config.callbackLogRetentionMs,
    usage: businessNow - config.requestLogRetentionMs,
  });

  async function cleanRequestLog(sql: Sql): Promise<void> {
    await maintainSegments(sql, segmentLimits(config.requestLogMaxBytes, config.requestLogRetentionMs));
    const minutes = (age: number): number => Math.floor((Date.now() - age) / msPerDay) * minutesPerDay;
    await deleteOldRollups(sql, {
      minutes: minutes(Math.max(config.requestLogRetentionMs, minuteRollupsMs)),
      hours: minutes(hourRollupsMs),
      days: minutes(dayRollupsMs),
    });
  }

  async function cleanMain(): Promise<void> {
    const now = Date.now();
    await makePartitions(stores.main, "main", now, now);
    await cleanRequestLog(stores.main);
    await deleteEndedSessions(stores.main, sessionIdleMs);
    await deleteExpiredTokens(stores.main);
    await deleteOldMails(stores.main, maxMailAgeMs);
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
    await cleanRequestLog(sql);
    await deleteOldPrompts(sql, businessNow - promptRetentionMs);
    await deleteOldMessages(sql, businessNow - messageRetentionMs);
    await deleteOldCheckouts(sql, businessNow);
    await deleteOldValidations(sql, businessNow - validationRetentionMs);
    await deleteEndedStandingOrders(sql, minIdAt(Date.now() - standingOrderRetentionMs));
  }

  /** Does nothing while the clock is advanced, because the advance expires the holds itself. */
  async function expireDueHolds(payments: Payments): Promise<void> {
    if (payments.context.clock.moving?.() !== true) await expireHolds(payments, newId);
  }

  /** Does nothing while the clock is advanced, because the advance debits the orders itself. */
  async function debitDueOrders(payments: Payments): Promise<void> {
    if (payments.context.clock.moving?.() !== true) await debitStandingOrders(payments, newId);
  }

  /** Does nothing while the clock is advanced, because the advance sends the reminders itself. */
  async function sendDueReminders(payments: Payments): Promise<void> {
    if (payments.context.clock.moving?.() !== true) await sendReminders(payments);
  }

  const loops = [
    repeat("housekeeping", msPerHour, cleanMain),
    ...rails.flatMap((rail) => [
      repeat("ending holds", rail.payments.commitEvents.pollInterval(expiryPollIntervalMs), () =>
        whileAvailable(rail, expireDueHolds),
      ),
      repeat("standing orders", standingOrderPollIntervalMs, () => whileAvailable(rail, debitDueOrders)),
      repeat("reminders", reminderPollIntervalMs, () => whileAvailable(rail, sendDueReminders)),
      repeat("housekeeping", msPerHour, () => whileAvailable(rail, cleanRail)),
    ]),
  ];
  return async () => {
    await Promise.all(loops.map((loop) => loop.stop()));
  };
}

/** A rail that is away has no work yet. */
async function whileAvailable(
  { available, payments }: RunningRail,
  work: (payments: Payments) => Promise<void>,
): Promise<void> {
  if (available) await work(payments);
}
