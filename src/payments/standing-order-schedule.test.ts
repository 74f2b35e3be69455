/** The days on which standing orders are debited. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Frequency } from "./mandate-terms.ts";
import { findNextDebit, getMorning, getDueDay, getNextMorning } from "./standing-order-schedule.ts";

const timeZone = "Africa/Nairobi";
const schedule = (frequency: Frequency, startDay: number) => ({ frequency, startDay, timeZone });
const at = (text: string): number => Date.parse(`${text}+03:00`);
const format = (ms: number): string => new Date(ms + 3 * 3_600_000).toISOString().slice(0, 16);

test("due days follow each frequency, and the last day of a month stands for one that it lacks", () => {
  const list = (frequency: Frequency, startDay: number) =>
    [0, 1, 2, 3].map((period) => getDueDay(schedule(frequency, startDay), period));
  assert.deepEqual(list("once", 20260131), [20260131, null, null, null]);
  assert.deepEqual(list("daily", 20260227), [20260227, 20260228, 20260301, 20260302]);
  assert.deepEqual(list("weekly", 20261228), [20261228, 20270104, 20270111, 20270118]);
  assert.deepEqual(list("monthly", 20260131), [20260131, 20260228, 20260331, 20260430]);
  assert.deepEqual(list("every_two_months", 20261130), [20261130, 20270130, 20270330, 20270530]);
  assert.deepEqual(list("quarterly", 20260115), [20260115, 20260415, 20260715, 20261015]);
  assert.deepEqual(list("half_yearly", 20260831), [20260831, 20270228, 20270831, 20280229]);
  assert.deepEqual(list("yearly", 20240229), [20240229, 20250228, 20260228, 20270228]);
});

test("a debit is at eight in the morning in Nairobi", () => {
  assert.equal(getMorning(20260301, timeZone), Date.UTC(2026, 2, 1, 5));
  assert.equal(format(getNextMorning(at("2026-03-01T08:00"), { timeZone })), "2026-03-02T08:00");
  assert.equal(format(getNextMorning(at("2026-03-01T07:59"), { timeZone })), "2026-03-01T08:00");
});

test("the next debit is the first due day that is not over, and the morning after if its hour is", () => {
  const next = (frequency: Frequency, startDay: number, now: string, fromPeriod = 0) => {
    const debit = findNextDebit(schedule(frequency, startDay), at(now), fromPeriod);
    return debit === null ? null : `${debit.period} ${format(debit.at)}`;
  };
  assert.equal(next("daily", 20260301, "2026-02-01T12:00"), "0 2026-03-01T08:00");
  assert.equal(next("daily", 20260301, "2026-03-01T12:00"), "0 2026-03-02T08:00");
  assert.equal(next("monthly", 20260115, "2026-03-20T12:00"), "3 2026-04-15T08:00");
  assert.equal(next("weekly", 20240905, "2026-11-28T12:00"), "117 2026-12-03T08:00");
  assert.equal(next("yearly", 20200229, "2026-11-28T12:00"), "7 2027-02-28T08:00");
  assert.equal(next("once", 20260301, "2026-11-28T12:00"), "0 2026-11-29T08:00");
  assert.equal(next("once", 20260301, "2026-03-01T08:00", 1), null);
  assert.equal(next("daily", 20260301, "2026-03-01T08:00", 1), "1 2026-03-02T08:00");
  assert.equal(next("daily", 20260301, "2026-03-02T08:00", 1), "2 2026-03-03T08:00");
});
