import assert from "node:assert/strict";
import { test } from "node:test";
import { msPerDay, msPerHour, msPerMinute, msPerSecond } from "../core/clock.ts";
import { standardRetryDelaysMs, calculateNextAttemptAt, parseRetryAfterMs } from "./schedule.ts";

const now = Date.UTC(2026, 10, 21, 8);

test("the delays grow from ten seconds to a day, and the ninth attempt is the last", () => {
  const delays = Array.from({ length: standardRetryDelaysMs.length + 1 }, (_, attemptsMade) =>
    calculateNextAttemptAt(standardRetryDelaysMs, attemptsMade + 1, now, 0, null),
  );
  assert.deepEqual(
    delays.map((at) => (at === null ? null : at - now)),
    [
      10 * msPerSecond,
      msPerMinute,
      5 * msPerMinute,
      30 * msPerMinute,
      2 * msPerHour,
      6 * msPerHour,
      12 * msPerHour,
      msPerDay,
      null,
    ],
  );
});

test("jitter makes delays longer by at most a tenth, and never shorter", () => {
  assert.equal(calculateNextAttemptAt(standardRetryDelaysMs, 1, now, 0, null), now + 10_000);
  assert.equal(calculateNextAttemptAt(standardRetryDelaysMs, 1, now, 0.5, null), now + 10_500);
  assert.equal(calculateNextAttemptAt(standardRetryDelaysMs, 1, now, 0.999_999, null), now + 11_000);
});

test("Retry-After makes a delay longer, up to a day", () => {
  const table: [string, number, number | null, number | null][] = [
    ["a shorter time than the delay has no effect", 2, 5 * msPerSecond, msPerMinute],
    ["a longer time is used", 1, 2 * msPerMinute, 2 * msPerMinute],
    ["a year is limited to a day", 1, 365 * msPerDay, msPerDay],
    ["there is no attempt after the last", 9, msPerSecond, null],
  ];
  for (const [name, attemptsMade, requestedMs, expectedMs] of table) {
    const at = calculateNextAttemptAt(standardRetryDelaysMs, attemptsMade, now, 0, requestedMs);
    assert.equal(at === null ? null : at - now, expectedMs, name);
  }
});

test("Retry-After is seconds or a date in wall time; other values are ignored", () => {
  const table: [string | undefined, number | null][] = [
    ["120", 2 * msPerMinute],
    [" 0 ", 0],
    ["Sat, 21 Nov 2026 08:01:30 GMT", 90 * msPerSecond],
    ["Sat, 21 Nov 2026 07:00:00 GMT", 0],
    [undefined, null],
    ["", null],
    ["-5", null],
    ["1.5", null],
    ["soon", null],
    ["2026-11-21T08:01:30Z", null],
    ["9999999999999999", null],
  ];
  for (const [header, expectedMs] of table)
    assert.equal(parseRetryAfterMs(header, now), expectedMs, header ?? "no header");
});
