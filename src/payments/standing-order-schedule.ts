/** When a standing order is debited: eight in the morning, local time, of each day that is due. Pure. */
import { localTime, msPerDay, msPerMinute } from "../core/clock.ts";
import type { Frequency } from "./mandate-terms.ts";

/** Minutes since local midnight. */
const debitMinute = 8 * 60;

/** How often a debit that finds too little money is tried again, a day later each time. */
export const maxRetries = 3;

export interface Schedule {
  readonly frequency: Frequency;
  /** A local day as yyyymmdd. */
  readonly startDay: number;
  readonly timeZone: string;
}

const daysBetween: Readonly<Partial<Record<Frequency, number>>> = { daily: 1, weekly: 7, fortnightly: 14 };

const monthsBetween: Readonly<Partial<Record<Frequency, number>>> = {
  monthly: 1,
  every_two_months: 2,
  quarterly: 3,
  half_yearly: 6,
  yearly: 12,
};

/** The due day after so many others. Null if there is none. In a month without the day, it is the last one. */
export function getDueDay({ frequency, startDay }: Schedule, period: number): number | null {
  if (period === 0) return startDay;
  const [year, month, day] = splitDay(startDay);
  const days = daysBetween[frequency];
  if (days !== undefined) return joinDay(new Date(Date.UTC(year, month - 1, day + period * days)));
  const months = monthsBetween[frequency];
  if (months === undefined) return null;
  const first = new Date(Date.UTC(year, month - 1 + period * months, 1));
  const lastDay = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  return joinDay(first) + Math.min(day, lastDay) - 1;
}

const splitDay = (day: number): [year: number, month: number, day: number] => [
  Math.floor(day / 10_000),
  Math.floor(day / 100) % 100,
  day % 100,
];

const joinDay = (date: Date): number =>
  date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate();

/** Eight in the morning of a local day, in milliseconds since 1970. */
export function getMorning(day: number, timeZone: string): number {
  const [year, month, dayOfMonth] = splitDay(day);
  const wanted = Date.UTC(year, month - 1, dayOfMonth) + debitMinute * msPerMinute;
  let at = wanted;
  // Twice, because the offset at the result may differ from the offset at the first guess.
  for (let tries = 0; tries < 2; tries += 1) at += wanted - toLocal(at, timeZone);
  return at;
}

/** A time as if its local date and minute were UTC. */
function toLocal(at: number, timeZone: string): number {
  const { day, minute } = localTime(at, timeZone);
  const [year, month, dayOfMonth] = splitDay(day);
  return Date.UTC(year, month - 1, dayOfMonth) + minute * msPerMinute;
}

export interface NextDebit {
  readonly period: number;
  readonly at: number;
}

/**
 * The first debit after `now`, of this period or a later one. A new order whose due day is today, after the hour, is
 * debited the next morning. Null if no due day is left.
 */
export function findNextDebit(schedule: Schedule, now: number, fromPeriod: number): NextDebit | null {
  const today = localTime(now, schedule.timeZone).day;
  let period = Math.max(fromPeriod, estimatePeriod(schedule, today));
  for (;;) {
    const day = getDueDay(schedule, period);
    if (day === null)
      return isMissedOnce(schedule, fromPeriod) ? { period: 0, at: getNextMorning(now, schedule) } : null;
    if (day >= today) {
      const at = getMorning(day, schedule.timeZone);
      if (at > now) return { period, at };
      if (fromPeriod === 0) return { period, at: getNextMorning(now, schedule) };
    }
    period += 1;
  }
}

/** A single debit whose day is over is made as soon as possible. */
const isMissedOnce = ({ frequency }: Schedule, fromPeriod: number): boolean =>
  (frequency === "once" || frequency === "on_demand") && fromPeriod === 0;

/** A period that is not after the one of this day, so that the search is short. */
function estimatePeriod({ frequency, startDay }: Schedule, today: number): number {
  const days = (toLocalDate(today) - toLocalDate(startDay)) / msPerDay;
  const length = daysBetween[frequency] ?? (monthsBetween[frequency] ?? 0) * 31;
  return length === 0 ? 0 : Math.max(0, Math.floor(days / length) - 1);
}

function toLocalDate(day: number): number {
  const [year, month, dayOfMonth] = splitDay(day);
  return Date.UTC(year, month - 1, dayOfMonth);
}

/** The next eight in the morning after a time. */
export function getNextMorning(now: number, { timeZone }: Pick<Schedule, "timeZone">): number {
  const { day } = localTime(now, timeZone);
  const today = getMorning(day, timeZone);
  if (today > now) return today;
  const [year, month, dayOfMonth] = splitDay(day);
  return getMorning(joinDay(new Date(Date.UTC(year, month - 1, dayOfMonth + 1))), timeZone);
}
