/**
 * What an application's limits allow.
 *
 * Days are the market's own. What counts is a payment that went through or holds money; one that is
 * refused leaves the counts alone, one that is released or reversed later has still been made.
 */
import type { Refusal } from "./refusals.ts";
import type { Scope } from "./products.ts";

/** Payments counted so far today, and their value in minor units. */
export interface Usage {
  count: number;
  valueMinor: bigint;
}

export const unused: Readonly<Usage> = { count: 0, valueMinor: 0n };

/**
 * The limit that `amountMinor` more would break, or null.
 *
 * Two at once are a refusal of their own, so a caller does not mend one and meet the next.
 */
export function brokenLimit(
  scope: Scope,
  amountMinor: bigint,
  session: Usage,
  customer: Usage,
): Refusal | null {
  const broken: Refusal[] = [];
  const over = (limit: bigint | number | undefined, reached: bigint | number): boolean =>
    limit !== undefined && reached > limit;

  if (over(scope.singleValueMinor, amountMinor)) broken.push("single_value_limit");
  if (over(scope.sessionDailyValueMinor, session.valueMinor + amountMinor))
    broken.push("session_value_limit");
  if (over(scope.sessionDailyCount, session.count + 1)) broken.push("session_count_limit");
  if (over(scope.customerDailyValueMinor, customer.valueMinor + amountMinor))
    broken.push("customer_value_limit");
  if (over(scope.customerDailyCount, customer.count + 1)) broken.push("customer_count_limit");

  return broken.length > 1 ? "several_limits" : (broken[0] ?? null);
}
