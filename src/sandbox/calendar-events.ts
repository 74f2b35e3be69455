/**
 * What turns with the calendar while a clock is moved: days begin, mandates begin and expire, sessions end.
 *
 * Nothing has to be done for any of it: a payment looks at the clock when it is decided. It is listed
 * because a person who moves the clock by a month wants to see what that means.
 */
import { localTime, msPerMinute, type ClockEvent } from "../core/clock.ts";
import { markets, type Market } from "../core/money.ts";
import { isExpired, getMandatePeriod } from "../payments/mandate-terms.ts";
import {
  readUnlockingHandsets,
  readMandatesWithDays,
  readExpiringSessions,
  type ActiveMandate,
} from "../store/rail/calendar-queries.ts";
import type { Sql } from "../store/driver/connect.ts";

/** What the calendar brings after `from`, at or before `to`. */
export interface ClockSpan {
  readonly from: number;
  readonly to: number;
}

/** A day of a market that begins within the span. */
export interface DayStart {
  readonly at: number;
  /** Local days as yyyymmdd. */
  readonly day: number;
  readonly dayBefore: number;
}

/** More midnights than this, over all markets, are summarised: a line for each market. */
const maxListedDayStarts = 40;
/** More periods of one mandate than this are summarised. */
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

/** When a local day begins. Where the zone skips midnight that day, the first minute after it. */
function startOfDay(date: Date, timeZone: string): number {
  const day = date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
  let at = date.getTime();
  // Twice, since the offset there may be another than the offset here.
  for (let tries = 0; tries < 2; tries += 1) {
    const local = localTime(at, timeZone);
    const days = Math.sign(local.day - day);
    at -= (days * 24 * 60 + local.minute) * msPerMinute;
  }
  while (localTime(at, timeZone).day < day) at += msPerMinute;
  return at;
}

/** One entry for each midnight, or, where that would be many, one for each market. */
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
      return starts.map((start) => entry(start, `${formatDay(start.day)} began: daily limits begin anew.`));
    return [entry(last, `The last of ${starts.length} days began; daily limits began anew with each.`)];
  });
}

/** `2026-12-01`. */
const formatDay = (day: number): string => String(day).replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3");

/** What becomes of mandates in a market: those that may be debited from a day on, those that expire, new periods. */
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
    const message = `${unread} more mandates have terms with days in them; theirs are not listed.`;
    events.push({ at: span.to, market, type: "mandates_not_listed", subject: String(unread), message });
  }
  return events;
}

/** Pure: what the midnights mean for one mandate. */
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
      events.push(entry(at, "mandate_expired", "it has expired; yesterday was its last day."));
    } else if (day === firstPaymentDay) {
      events.push(entry(at, "mandate_began", "its first payment day has come."));
    } else if (
      (firstPaymentDay ?? 0) < day &&
      getMandatePeriod(mandate, day) !== getMandatePeriod(mandate, dayBefore)
    ) {
      periods.push(at);
    }
  }
  const lastPeriod = periods.at(-1);
  if (lastPeriod !== undefined && periods.length > maxListedPeriods) {
    const message = `the last of ${periods.length} periods began, each to be debited once.`;
    events.push(entry(lastPeriod, "mandate_period_began", message));
  } else {
    const message = "a new period began, in which it can be debited again.";
    events.push(...periods.map((at) => entry(at, "mandate_period_began", message)));
  }
  return events;
}

/** Handsets of a market that open again after their lock. */
export async function unlockEvents(sql: Sql, market: Market, { from, to }: ClockSpan): Promise<ClockEvent[]> {
  const unlocked = await readUnlockingHandsets(sql, from, to);
  return unlocked.map(({ msisdn, at }) => ({
    at: at.getTime(),
    market,
    type: "handset_unlocked",
    subject: msisdn,
    message: "The handset takes a PIN again: the lock after three wrong ones is over.",
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
