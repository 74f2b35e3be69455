/**
 * What a mandate allows, and when. Pure.
 *
 * Days are local days of the market, written as numbers (20261121), because that is how the wire and
 * the database write them; `dayNumber` counts them where weeks have to be counted.
 */
import type { MandateName, MandateRow } from "../store/rail/mandates.ts";
import type { Refusal } from "./refusals.ts";

/** The wire's frequencies. Absent is "whenever asked", like `08`. */
export const frequencies = {
  "01": "once",
  "02": "daily",
  "03": "weekly",
  "04": "monthly",
  "05": "quarterly",
  "06": "half-yearly",
  "07": "yearly",
  "08": "on demand",
} as const;

export type Frequency = keyof typeof frequencies;

/** Frequencies for which the customer may agree to a range of days in the month. */
export const monthlyFrequencies: ReadonlySet<string> = new Set(["04", "05", "06", "07"]);

const monthsPerPeriod: Readonly<Record<string, number>> = { "04": 1, "05": 3, "06": 6, "07": 12 };

type Terms = Pick<MandateRow, "frequency" | "firstPaymentDay" | "expiryDay" | "rangeStart" | "rangeEnd">;

/**
 * The period that a day falls in, or null for a mandate that may be paid any number of times.
 *
 * Months are calendar months, counted from the month of the first payment; weeks are seven days,
 * counted from its day.
 */
export function getMandatePeriod(mandate: Terms, today: number): number | null {
  const { frequency, firstPaymentDay } = mandate;
  const firstDay = firstPaymentDay ?? today;
  if (frequency === "01") return 0;
  if (frequency === "02") return today;
  if (frequency === "03") return Math.floor((toDayNumber(today) - toDayNumber(firstDay)) / 7);
  const months = frequency === null ? undefined : monthsPerPeriod[frequency];
  return months === undefined ? null : Math.floor((toMonthNumber(today) - toMonthNumber(firstDay)) / months);
}

/** Why a mandate cannot be paid today, or null. Whether its period was paid is the batch's to know. */
export function findMandateRefusal(
  mandate: Terms & Pick<MandateRow, "cancelledAt">,
  today: number,
): Refusal | null {
  if (mandate.cancelledAt !== null) return "mandate_not_active";
  if (isExpired(mandate, today)) return "mandate_expired";
  if (mandate.firstPaymentDay !== null && today < mandate.firstPaymentDay) return "mandate_not_started";
  if (!isWithinDayRange(mandate, today)) return "mandate_outside_days";
  return null;
}

/** The last day of a mandate is a day on which it may still be paid. */
export function isExpired(mandate: Pick<MandateRow, "expiryDay">, today: number): boolean {
  return mandate.expiryDay !== null && today > mandate.expiryDay;
}

/** A range that begins after a short month's end begins on its last day. */
function isWithinDayRange({ rangeStart, rangeEnd }: Terms, today: number): boolean {
  const dayOfMonth = today % 100;
  const lastDay = new Date(
    Date.UTC(Math.floor(today / 10_000), Math.floor(today / 100) % 100, 0),
  ).getUTCDate();
  if (rangeStart !== null && dayOfMonth < Math.min(rangeStart, lastDay)) return false;
  return rangeEnd === null || dayOfMonth <= rangeEnd;
}

/** The mandates that a name could mean, newest first: the one with its id, or all with its reference. */
export function findMatchingMandates(mandates: readonly MandateRow[], name: MandateName): MandateRow[] {
  return mandates.filter((mandate) =>
    name.mandateId !== null
      ? mandate.id === name.mandateId && mandate.organisation === name.organisation
      : mandate.organisation === name.organisation && mandate.reference === name.reference,
  );
}

/**
 * The one mandate that a caller means, or why there is none.
 *
 * A named id must belong to the reference and the customer. Without an id the newest mandate that can
 * still be used is meant, else the newest of all, so that the caller hears why it cannot be used.
 */
export function selectMandate(
  mandates: readonly MandateRow[],
  name: MandateName,
  msisdn: string,
  today: number,
): { mandate: MandateRow } | { refusal: Refusal } {
  if (name.mandateId !== null) {
    const [mandate] = mandates;
    if (mandate === undefined) return { refusal: "mandate_id_unknown" };
    if (mandate.reference !== name.reference || mandate.msisdn !== msisdn)
      return { refusal: "mandate_mismatch" };
    return { mandate };
  }
  const customerMandates = mandates.filter((mandate) => mandate.msisdn === msisdn);
  const usable = customerMandates.find(
    (mandate) => mandate.cancelledAt === null && !isExpired(mandate, today),
  );
  const mandate = usable ?? customerMandates[0];
  return mandate === undefined ? { refusal: "mandate_unknown" } : { mandate };
}

/** Reads `20261121` if there is such a day, else null. */
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
