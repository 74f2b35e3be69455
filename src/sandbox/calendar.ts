/**
 * What turns with the calendar while a clock is moved: days begin, mandates begin and expire, sessions end.
 *
 * Nothing has to be done for any of it: a payment looks at the clock when it is decided. It is listed
 * because a person who moves the clock by a month wants to see what that means.
 */
import { localTime, minute, type Happening } from "../clock.ts";
import { markets, type Market } from "../money.ts";
import { isExpired, mandatePeriod } from "../payments/mandate-terms.ts";
import {
  handsetsUnlocking,
  mandatesWithDays,
  sessionsEnding,
  type LivingMandate,
} from "../store/calendar.ts";
import type { Sql } from "../store/connect.ts";

/** What the calendar brings after `from`, at or before `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A day of a market that begins within the span. */
export interface Midnight {
  readonly at: number;
  /** Local days as yyyymmdd. */
  readonly day: number;
  readonly dayBefore: number;
}

/** More midnights than this, over all markets, are summarised: a line for each market. */
const midnightsListed = 40;
/** More periods of one mandate than this are summarised. */
const periodsListed = 12;
const mandatesRead = 2_000;

export function midnightsOf(market: Market, { from, to }: Span): Midnight[] {
  const { timeZone } = markets[market];
  const found: Midnight[] = [];
  let dayBefore = localTime(from, timeZone).day;
  for (;;) {
    const at = startOfDay(dayAfter(dayBefore), timeZone);
    if (at > to) return found;
    const { day } = localTime(at, timeZone);
    if (at > from) found.push({ at, day, dayBefore });
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
    at -= (days * 24 * 60 + local.minute) * minute;
  }
  while (localTime(at, timeZone).day < day) at += minute;
  return at;
}

/** One entry for each midnight, or, where that would be many, one for each market. */
export function limitsBeginAnew(inMarkets: readonly Market[], span: Span): Happening[] {
  const all = inMarkets.map((market) => ({ market, midnights: midnightsOf(market, span) }));
  const count = all.reduce((sum, { midnights }) => sum + midnights.length, 0);
  return all.flatMap(({ market, midnights }): Happening[] => {
    const entry = ({ at, day }: Midnight, says: string): Happening => ({
      at,
      market,
      what: "day_began",
      about: written(day),
      says,
    });
    const last = midnights.at(-1);
    if (last === undefined) return [];
    if (count <= midnightsListed)
      return midnights.map((midnight) =>
        entry(midnight, `${written(midnight.day)} began: daily limits begin anew.`),
      );
    return [entry(last, `The last of ${midnights.length} days began; daily limits began anew with each.`)];
  });
}

/** `2026-12-01`. */
const written = (day: number): string => String(day).replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3");

/** What becomes of mandates in a market: those that may be debited from a day on, those that expire, new periods. */
export async function mandatesTurn(sql: Sql, market: Market, span: Span): Promise<Happening[]> {
  const midnights = midnightsOf(market, span);
  const { timeZone } = markets[market];
  const mandates = await mandatesWithDays(sql, {
    from: span.from,
    fromDay: localTime(span.from, timeZone).day,
    toDay: localTime(span.to, timeZone).day,
    most: mandatesRead,
  });
  const happened = mandates.flatMap((mandate) => turnsOf(mandate, midnights, market));
  const unread = Number(mandates[0]?.all ?? 0n) - mandates.length;
  if (unread > 0) {
    const says = `${unread} more mandates have terms with days in them; theirs are not listed.`;
    happened.push({ at: span.to, market, what: "mandates_not_listed", about: String(unread), says });
  }
  return happened;
}

/** Pure: what the midnights mean for one mandate. */
export function turnsOf(mandate: LivingMandate, midnights: readonly Midnight[], market: Market): Happening[] {
  const { id, reference, firstPaymentDay, cancelledAt, createdAt } = mandate;
  const entry = (at: number, what: string, says: string): Happening => ({
    at,
    market,
    what,
    about: String(id),
    says: `Mandate ${id} (${reference}): ${says}`,
  });
  const turns: Happening[] = [];
  const periods: number[] = [];
  for (const { at, day, dayBefore } of midnights) {
    if (at < createdAt.getTime() || (cancelledAt !== null && at >= cancelledAt.getTime())) continue;
    if (isExpired(mandate, dayBefore)) break;
    if (isExpired(mandate, day)) {
      turns.push(entry(at, "mandate_expired", "it has expired; yesterday was its last day."));
    } else if (day === firstPaymentDay) {
      turns.push(entry(at, "mandate_began", "its first payment day has come."));
    } else if (
      (firstPaymentDay ?? 0) < day &&
      mandatePeriod(mandate, day) !== mandatePeriod(mandate, dayBefore)
    ) {
      periods.push(at);
    }
  }
  const lastPeriod = periods.at(-1);
  if (lastPeriod !== undefined && periods.length > periodsListed) {
    const says = `the last of ${periods.length} periods began, each to be debited once.`;
    turns.push(entry(lastPeriod, "mandate_period_began", says));
  } else {
    const says = "a new period began, in which it can be debited again.";
    turns.push(...periods.map((at) => entry(at, "mandate_period_began", says)));
  }
  return turns;
}

/** Handsets of a market that open again after their lock. */
export async function handsetsUnlock(sql: Sql, market: Market, { from, to }: Span): Promise<Happening[]> {
  const unlocked = await handsetsUnlocking(sql, from, to);
  return unlocked.map(({ msisdn, at }) => ({
    at: at.getTime(),
    market,
    what: "handset_unlocked",
    about: msisdn,
    says: "The handset takes a PIN again: the lock after three wrong ones is over.",
  }));
}

export async function sessionsEnd(main: Sql, { from, to }: Span): Promise<Happening[]> {
  const ended = await sessionsEnding(main, from, to);
  return ended.map(({ applicationId, name, count, at }) => ({
    at: at.getTime(),
    market: null,
    what: "sessions_ended",
    about: String(applicationId),
    says: `${count === 1n ? "A session" : `${count} sessions`} of application ${applicationId} (${name}) ended.`,
  }));
}
