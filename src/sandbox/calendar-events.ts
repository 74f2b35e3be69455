/**
 * Lists what the calendar changes while the clock is advanced: days start, mandates start and expire, sessions end.
 *
 * None of it needs any work, because a payment reads the clock when it is decided. It is listed to show the effect of
 * advancing the clock.
 */
import { localTime, msPerMinute, type ClockEvent } from "../core/clock.ts";
import { markets, type Market } from "../core/markets.ts";
import { isExpired, getMandatePeriod } from "../payments/mandate-terms.ts";
import {
  readUnlockingHandsets,
  readMandatesWithDays,
  readExpiringSessions,
  type ActiveMandate,
} from "../store/rail/calendar-queries.ts";
import type { Sql } from "../store/driver/connect.ts";

/** The time after `from`, up to and including `to`. */
export interface ClockSpan {
  readonly from: number;
  readonly to: number;
}

/** The start of a day in a market's time zone. */
export interface DayStart {
  readonly at: number;
  /** Local days as yyyymmdd. */
  readonly day: number;
  readonly dayBefore: number;
}

/** More day starts than this, over all markets, are summarised in one event per market. */
const maxListedDayStarts = 48;
/** More periods of one mandate than this are summarised in one event. */
const maxListedPeriods = 12;
const maxMandatesRead = 2_000;

export function dayStarts(market: Market, { from, to }: ClockSpan): DayStart[] {
  const { timeZone } = markets[market];
  const starts: DayStart[] = [];
  let dayBefore = localTime(from, timeZone).day;
  for (;;) {
    const at = startOfDay(dayAfter(dayBefore), timeZone);
    if (at > to) return starts;
    const { day } = localTime(at, timeZone);
    if (at > from) starts.push({ at, day, dayBefore });
    dayBefore = day;
  }
}

const dayAfter = (yyyymmdd: number): Date =>
  new Date(
    Date.UTC(Math.floor(yyyymmdd / 10_000), (Math.floor(yyyymmdd / 100) % 100) - 1, (yyyymmdd % 100) + 1),
  );

/** The start of a local day. If the time zone skips midnight on that day, the first minute after it. */
function startOfDay(date: Date, timeZone: string): number {
  const day = date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
  let at = date.getTime();
  // Twice, because the offset at the result may differ from the offset at the first guess.
  for (let tries = 0; tries < 2; tries += 1) {
    const local = localTime(at, timeZone);
    const days = Math.sign(local.day - day);
    at -= (days * 24 * 60 + local.minute) * msPerMinute;
  }
  while (localTime(at, timeZone).day < day) at += msPerMinute;
  return at;
}

/** One event for each day start, or one for each market if there are many. */
export function dailyLimitEvents(marketList: readonly Market[], span: ClockSpan): ClockEvent[] {
  const all = marketList.map((market) => ({ market, midnights: dayStarts(market, span) }));
  const count = all.reduce((sum, { midnights: starts }) => sum + starts.length, 0);
  return all.flatMap(({ market, midnights: starts }): ClockEvent[] => {
    const entry = ({ at, day }: DayStart, message: string): ClockEvent => ({
      at,
      market,
      type: "day_began",
      subject: formatDay(day),
      message,
    });
    const last = starts.at(-1);
    if (last === undefined) return [];
    if (count <= maxListedDayStarts)
      return starts.map((start) => entry(start, `${formatDay(start.day)} started: daily limits are reset.`));
    return [entry(last, `The last of ${starts.length} days started; daily limits were reset on each.`)];
  });
}

/** `2026-12-01`. */
const formatDay = (day: number): string => String(day).replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3");

/** The mandate events of a market: first payment days, expiries and new periods. */
export async function mandateEvents(sql: Sql, market: Market, span: ClockSpan): Promise<ClockEvent[]> {
  const starts = dayStarts(market, span);
  const { timeZone } = markets[market];
  const mandates = await readMandatesWithDays(sql, {
    from: span.from,
    fromDay: localTime(span.from, timeZone).day,
    toDay: localTime(span.to, timeZone).day,
    limit: maxMandatesRead,
  });
  const events = mandates.flatMap((mandate) => eventsOfMandate(mandate, starts, market));
  const unread = Number(mandates[0]?.total ?? 0n) - mandates.length;
  if (unread > 0) {
    const message = `${unread} more mandates with dates are not listed.`;
    events.push({ at: span.to, market, type: "mandates_not_listed", subject: String(unread), message });
  }
  return events;
}

/** Pure: the events of one mandate at these day starts. */
export function eventsOfMandate(
  mandate: ActiveMandate,
  starts: readonly DayStart[],
  market: Market,
): ClockEvent[] {
  const { id, reference, firstPaymentDay, cancelledAt, createdAt } = mandate;
  const entry = (at: number, type: string, message: string): ClockEvent => ({
    at,
    market,
    type,
    subject: String(id),
    message: `Mandate ${id} (${reference}): ${message}`,
  });
  const events: ClockEvent[] = [];
  const periods: number[] = [];
  for (const { at, day, dayBefore } of starts) {
    if (at < createdAt.getTime() || (cancelledAt !== null && at >= cancelledAt.getTime())) continue;
    if (isExpired(mandate, dayBefore)) break;
    if (isExpired(mandate, day)) {
      events.push(entry(at, "mandate_expired", "it expired; yesterday was its last day."));
    } else if (day === firstPaymentDay) {
      events.push(entry(at, "mandate_began", "today is its first payment day."));
    } else if (
      (firstPaymentDay ?? 0) < day &&
      getMandatePeriod(mandate, day) !== getMandatePeriod(mandate, dayBefore)
    ) {
      periods.push(at);
    }
  }
  const lastPeriod = periods.at(-1);
  if (lastPeriod !== undefined && periods.length > maxListedPeriods) {
    const message = `the last of ${periods.length} periods started; each allows one debit.`;
    events.push(entry(lastPeriod, "mandate_period_began", message));
  } else {
    const message = "a new period started; it can be debited again.";
    events.push(...periods.map((at) => entry(at, "mandate_period_began", message)));
  }
  return events;
}

/** The handsets of a market whose PIN lock ends. */
export async function unlockEvents(sql: Sql, market: Market, { from, to }: ClockSpan): Promise<ClockEvent[]> {
  const unlocked = await readUnlockingHandsets(sql, from, to);
  return unlocked.map(({ msisdn, at }) => ({
    at: at.getTime(),
    market,
    type: "handset_unlocked",
    subject: msisdn,
    message: "The handset accepts a PIN again: the lock after three wrong PINs has ended.",
  }));
}

export async function sessionEvents(main: Sql, { from, to }: ClockSpan): Promise<ClockEvent[]> {
  const ended = await readExpiringSessions(main, from, to);
  return ended.map(({ applicationId, name, count, at }) => ({
    at: at.getTime(),
    market: null,
    type: "sessions_ended",
    subject: String(applicationId),
    message: `${count === 1n ? "A session" : `${count} sessions`} of application ${applicationId} (${name}) ended.`,
  }));
}
