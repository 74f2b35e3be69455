import assert from "node:assert/strict";
import { test } from "node:test";
import { findExceededLimit, noUsage } from "./limits.ts";
import type { PaymentLimits } from "./limits.ts";

test("an amount equal to the limit passes, one above is refused, and two exceeded limits have their own refusal", () => {
  const session = { count: 2, valueMinor: 60n };
  const customer = { count: 1, valueMinor: 30n };
  // prettier-ignore
  const table: [limits: PaymentLimits, expected: string | null][] = [
    [{},                                                        null],
    [{ singleValueMinor: 10n },                                 null],
    [{ singleValueMinor: 9n },                                  "single_value_limit"],
    [{ sessionDailyValueMinor: 70n },                           null],
    [{ sessionDailyValueMinor: 69n },                           "session_value_limit"],
    [{ sessionDailyCount: 3 },                                  null],
    [{ sessionDailyCount: 2 },                                  "session_count_limit"],
    [{ customerDailyValueMinor: 40n },                          null],
    [{ customerDailyValueMinor: 39n },                          "customer_value_limit"],
    [{ customerDailyCount: 2 },                                 null],
    [{ customerDailyCount: 1 },                                 "customer_count_limit"],
    [{ customerDailyCount: 0 },                                 "customer_count_limit"],
    [{ singleValueMinor: 9n, customerDailyCount: 1 },           "several_limits"],
    [{ singleValueMinor: 0n, sessionDailyValueMinor: 0n, sessionDailyCount: 0, customerDailyValueMinor: 0n, customerDailyCount: 0 }, "several_limits"],
  ];
  for (const [limits, expected] of table)
    assert.equal(findExceededLimit(limits, 10n, session, customer), expected);
});

test("an operation without an amount is refused only by count limits", () => {
  assert.equal(
    findExceededLimit({ singleValueMinor: 0n, sessionDailyValueMinor: 0n }, 0n, noUsage, noUsage),
    null,
  );
  assert.equal(findExceededLimit({ sessionDailyCount: 0 }, 0n, noUsage, noUsage), "session_count_limit");
});
