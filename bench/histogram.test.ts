import assert from "node:assert/strict";
import test from "node:test";
import { newHistogram, percentileMs, record } from "./histogram.ts";

test("a percentile is never below the true one, and at most 2 % above it", () => {
  const histogram = newHistogram();
  for (let ms = 1; ms <= 1000; ms += 1) record(histogram, ms);

  for (const [share, true_] of [
    [0.5, 500],
    [0.95, 950],
    [0.99, 990],
  ] as const) {
    const found = percentileMs(histogram, share);
    assert(found >= true_ && found <= true_ * 1.02, `${share}: ${found} for ${true_}`);
  }
  assert.equal(percentileMs(histogram, 1), 1000);
  assert.equal(histogram.maxMs, 1000);
});

test("microseconds are told apart, and hours are not an error", () => {
  const histogram = newHistogram();
  record(histogram, 0.005);
  record(histogram, 0.007);
  record(histogram, 10 * 3_600_000);

  assert.equal(percentileMs(histogram, 0.3), 0.006);
  assert.equal(percentileMs(histogram, 0.6), 0.008);
  assert.equal(histogram.maxMs, 10 * 3_600_000);
});

test("nothing recorded is zero", () => {
  assert.equal(percentileMs(newHistogram(), 0.99), 0);
});
