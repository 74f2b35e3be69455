import assert from "node:assert/strict";
import { test } from "node:test";
import { day, hour, minute, second } from "../clock.ts";
import { attemptsMax, nextAttemptAt, retryAfterMs } from "./schedule.ts";

const now = Date.UTC(2026, 10, 21, 8);

test("the gaps grow from ten seconds to a day, and after the ninth attempt nobody tries again", () => {
  const gaps = Array.from({ length: attemptsMax }, (_, made) => nextAttemptAt(made + 1, now, 0, null));
  assert.deepEqual(
    gaps.map((at) => (at === null ? null : at - now)),
    [10 * second, minute, 5 * minute, 30 * minute, 2 * hour, 6 * hour, 12 * hour, day, null],
  );
});

test("the jitter waits longer, never shorter, and by a tenth at most", () => {
  assert.equal(nextAttemptAt(1, now, 0, null), now + 10_000);
  assert.equal(nextAttemptAt(1, now, 0.5, null), now + 10_500);
  assert.equal(nextAttemptAt(1, now, 0.999_999, null), now + 11_000);
});

test("a listener may ask for more patience than the schedule has, and for a day of it at most", () => {
  const table: [string, number, number | null, number | null][] = [
    ["less than the gap changes nothing", 2, 5 * second, minute],
    ["more is waited for", 1, 2 * minute, 2 * minute],
    ["a year is a day", 1, 365 * day, day],
    ["the last attempt stays the last", 9, second, null],
  ];
  for (const [what, attemptsMade, asked, waits] of table) {
    const at = nextAttemptAt(attemptsMade, now, 0, asked);
    assert.equal(at === null ? null : at - now, waits, what);
  }
});

test("Retry-After is seconds or a date of the wall's; anything else is nothing", () => {
  const table: [string | undefined, number | null][] = [
    ["120", 2 * minute],
    [" 0 ", 0],
    ["Sat, 21 Nov 2026 08:01:30 GMT", 90 * second],
    ["Sat, 21 Nov 2026 07:00:00 GMT", 0],
    [undefined, null],
    ["", null],
    ["-5", null],
    ["1.5", null],
    ["soon", null],
    ["2026-11-21T08:01:30Z", null],
    ["9999999999999999", null],
  ];
  for (const [header, waits] of table) assert.equal(retryAfterMs(header, now), waits, header ?? "no header");
});
