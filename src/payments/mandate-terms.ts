/**
 * The terms of a mandate: which payments it allows, and when. Pure.
 *
 * Days are local days of the market as numbers (20261121), as on the wire and in the database.
 * `toDayNumber` converts them where weeks must be counted.
 */
import type { MandateName, MandateRow } from "../store/rail/mandates.ts";
import type { Refusal } from "./refusals.ts";

/** How often a mandate may be debited, with its text for people. An absent frequency means "on demand". */
export const frequencies = {
  on_demand: "on demand",
  once: "once",
  daily: "daily",
  weekly: "weekly",
  fortnightly: "every two weeks",
  monthly: "monthly",
  every_two_months: "every two months",
  quarterly: "quarterly",
  half_yearly: "half-yearly",
  yearly: "yearly",
} as const;

export type Frequency = keyof typeof frequencies;

const monthsPerPeriod: Readonly<Partial<Record<Frequency, number>>> = {
  monthly: 1,
  every_two_months: 2,
  quarterly: 3,
  half_yearly: 6,
  yearly: 12,
};

const daysPerPeriod: Readonly<Partial<Record<Frequency, number>>> = { weekly: 7, fortnightly: 14 };

/** Whether a frequency allows a range of days in the month. */
export const allowsDayRange = (frequency: Frequency): boolean => frequency in monthsPerPeriod;

type Terms = Pick<MandateRow, "frequency" | "firstPaymentDay" | "expiryDay" | "rangeStart" | "rangeEnd">;

/**
 * Returns the period of a day, or null if the mandate has no limit on the number of payments.
 *
 * Months are calendar months from the month of the first payment. Weeks are seven days from its day.
 */
export function getMandatePeriod(mandate: Terms, today: number): number | null {
  const { frequency, firstPaymentDay } = mandate;
  if (frequency === null) return null;
  if (frequency === "once") return 0;
  if (frequency === "daily") return today;
  const firstDay = firstPaymentDay ?? today;
  const days = daysPerPeriod[frequency];
  if (days !== undefined) return Math.floor((toDayNumber(today) - toDayNumber(firstDay)) / days);
  const months = monthsPerPeriod[frequency];
  return months === undefined ? null : Math.floor((toMonthNumber(today) - toMonthNumber(firstDay)) / months);
}

/** Returns why a mandate cannot be paid today, or null. The batch itself checks whether the period is already paid. */
export function findMandateRefusal(
  mandate: Terms & Pick<MandateRow, "cancelledAt" | "expiredAt">,
  today: number,
): Refusal | null {
  if (mandate.cancelledAt !== null) return "mandate_not_active";
  if (isExpired(mandate, today)) return "mandate_expired";
  if (mandate.firstPaymentDay !== null && today < mandate.firstPaymentDay) return "mandate_not_started";
  if (!isWithinDayRange(mandate, today)) return "mandate_outside_days";
  return null;
}

/** A mandate can still be paid on its expiry day. One that was replaced stays expired, whatever the clock reads. */
export function isExpired(
  mandate: Pick<MandateRow, "expiryDay"> & Partial<Pick<MandateRow, "expiredAt">>,
  today: number,
): boolean {
  return (mandate.expiredAt ?? null) !== null || (mandate.expiryDay !== null && today > mandate.expiryDay);
}

/** In a month that ends before the range starts, the range starts on the last day of the month. */
function isWithinDayRange({ rangeStart, rangeEnd }: Terms, today: number): boolean {
  const dayOfMonth = today % 100;
  const lastDay = new Date(
    Date.UTC(Math.floor(today / 10_000), Math.floor(today / 100) % 100, 0),
  ).getUTCDate();
  if (rangeStart !== null && dayOfMonth < Math.min(rangeStart, lastDay)) return false;
  return rangeEnd === null || dayOfMonth <= rangeEnd;
}

/**
 * Returns the mandates that match a name: the one with its id, or all with its reference and customer, newest first.
 */
export function findMatchingMandates(mandates: readonly MandateRow[], name: MandateName): MandateRow[] {
  return mandates.filter((mandate) =>
    name.mandateId !== null
      ? mandate.id === name.mandateId && mandate.organisation === name.organisation
      : mandate.organisation === name.organisation &&
        mandate.reference === name.reference &&
        mandate.msisdn === name.msisdn,
  );
}

/**
 * Selects the mandate that a request refers to, or returns a refusal. `mandates` are those that match its name.
 *
 * An id must match the reference and the customer. Without an id, the newest mandate of the application that asks is
 * selected; if it has none, the newest of the organisation's other applications. Never an older one: what was
 * cancelled by reference stays cancelled under that reference until a new mandate is made.
 */
export function selectMandate(
  mandates: readonly MandateRow[],
  name: MandateName,
): { mandate: MandateRow } | { refusal: Refusal } {
  if (name.mandateId !== null) {
    const [mandate] = mandates;
    if (mandate === undefined) return { refusal: "mandate_id_unknown" };
    if (mandate.reference !== name.reference || mandate.msisdn !== name.msisdn)
      return { refusal: "mandate_mismatch" };
    return { mandate };
  }
  const own = mandates.find((mandate) => mandate.applicationId === name.applicationId);
  const mandate = own ?? mandates[0];
  return mandate === undefined ? { refusal: "mandate_unknown" } : { mandate };
}

/** Parses `20261121`. Returns null if the day does not exist. */
export function parseDay(text: string): number | null {
  const match = /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  if (match === null) return null;
  const [year, month, dayOfMonth] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const date = new Date(Date.UTC(year, month - 1, dayOfMonth));
  const exists = year >= 1900 && date.getUTCMonth() === month - 1 && date.getUTCDate() === dayOfMonth;
  return exists ? Number(text) : null;
}

function toDayNumber(yyyymmdd: number): number {
  return (
    Date.UTC(Math.floor(yyyymmdd / 10_000), (Math.floor(yyyymmdd / 100) % 100) - 1, yyyymmdd % 100) /
    86_400_000
  );
}

function toMonthNumber(yyyymmdd: number): number {
  return Math.floor(yyyymmdd / 10_000) * 12 + (Math.floor(yyyymmdd / 100) % 100) - 1;
}
