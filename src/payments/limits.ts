/**
 * Checks an application's limits.
 *
 * Days are the market's local days. A payment counts if it completed or holds money, also if it is released
 * or reversed later. A refused payment does not count.
 */
import type { Refusal } from "./refusals.ts";

/**
 * The limits of one operation of an application. Times are minutes of the market's local day. A range whose
 * end is not after its start crosses midnight. Values are minor units of the rail's currency. An absent
 * limit means no limit.
 */
export interface PaymentLimits {
  readonly usageFrom?: number | undefined;
  readonly usageUntil?: number | undefined;
  readonly singleValueMinor?: bigint | undefined;
  readonly sessionDailyValueMinor?: bigint | undefined;
  readonly sessionDailyCount?: number | undefined;
  readonly customerDailyValueMinor?: bigint | undefined;
  readonly customerDailyCount?: number | undefined;
}

/** Whether the operation may be used at this minute of the local day. */
export function isWithinUsageHours(limits: PaymentLimits, minuteOfDay: number): boolean {
  const { usageFrom: from, usageUntil: until } = limits;
  if (from === undefined || until === undefined) return true;
  return from < until
    ? minuteOfDay >= from && minuteOfDay < until
    : minuteOfDay >= from || minuteOfDay < until;
}

/** Payments counted so far today, and their value in minor units. */
export interface Usage {
  count: number;
  valueMinor: bigint;
}

export const noUsage: Readonly<Usage> = { count: 0, valueMinor: 0n };

/**
 * Returns the limit that a payment of `amountMinor` would exceed, or null.
 *
 * Two or more exceeded limits have their own refusal, so that a caller does not fix one and then run into
 * the next.
 */
export function findExceededLimit(
  limits: PaymentLimits,
  amountMinor: bigint,
  session: Usage,
  customer: Usage,
): Refusal | null {
  const exceeded: Refusal[] = [];
  const isOver = (limit: bigint | number | undefined, value: bigint | number): boolean =>
    limit !== undefined && value > limit;

  if (isOver(limits.singleValueMinor, amountMinor)) exceeded.push("single_value_limit");
  if (isOver(limits.sessionDailyValueMinor, session.valueMinor + amountMinor))
    exceeded.push("session_value_limit");
  if (isOver(limits.sessionDailyCount, session.count + 1)) exceeded.push("session_count_limit");
  if (isOver(limits.customerDailyValueMinor, customer.valueMinor + amountMinor))
    exceeded.push("customer_value_limit");
  if (isOver(limits.customerDailyCount, customer.count + 1)) exceeded.push("customer_count_limit");

  return exceeded.length > 1 ? "several_limits" : (exceeded[0] ?? null);
}
