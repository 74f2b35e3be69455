import assert from "node:assert/strict";
import { test } from "node:test";
import { latencyBounds, latencyBucket } from "./latency-histogram.ts";

test("every bound starts its bucket, and a bucket is at most a quarter wide", () => {
  assert.equal(latencyBounds[0], 256);
  for (const [index, bound] of latencyBounds.entries()) {
    assert.equal(latencyBucket(bound), index + 1, `${bound} µs`);
    assert.equal(latencyBucket(bound - 1), index, `${bound - 1} µs`);
    const next = latencyBounds[index + 1];
    assert(next === undefined || next <= bound * 1.25, `${bound} µs`);
  }
  assert.equal(latencyBucket(0), 0);
  assert.equal(latencyBucket(2 ** 31), latencyBounds.length);
});
