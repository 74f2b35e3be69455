import assert from "node:assert/strict";
import test from "node:test";
import { createHistogram, getPercentileMs, recordLatency } from "./histogram.ts";

test("a percentile is never below the exact one, and at most 2 % above it", () => {
  const histogram = createHistogram();
  for (let ms = 1; ms <= 1000; ms += 1) recordLatency(histogram, ms);

  for (const [share, exact] of [
    [0.5, 500],
    [0.95, 950],
    [0.99, 990],
  ] as const) {
    const percentile = getPercentileMs(histogram, share);
    assert(percentile >= exact && percentile <= exact * 1.02, `${share}: ${percentile} for ${exact}`);
  }
  assert.equal(getPercentileMs(histogram, 1), 1000);
  assert.equal(histogram.maxMs, 1000);
});

test("single microseconds have separate buckets, and hours are not an error", () => {
  const histogram = createHistogram();
  recordLatency(histogram, 0.005);
  recordLatency(histogram, 0.007);
  recordLatency(histogram, 10 * 3_600_000);

  assert.equal(getPercentileMs(histogram, 0.3), 0.006);
  assert.equal(getPercentileMs(histogram, 0.6), 0.008);
  assert.equal(histogram.maxMs, 10 * 3_600_000);
});

test("an empty histogram returns zero", () => {
  assert.equal(getPercentileMs(createHistogram(), 0.99), 0);
});
