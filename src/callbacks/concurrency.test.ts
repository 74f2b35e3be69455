/** How simultaneous calls are shared among listeners and applications. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createConcurrencyLimiter, type ConcurrencyLimiter } from "./concurrency.ts";

/** Starts as many calls as an application may have, each to a different origin. None of them ends. */
function fillApplication(limiter: ConcurrencyLimiter, application: number): number {
  const { perApplication, freeByApplication } = limiter.getBudget({ probing: true });
  const count = freeByApplication[application] ?? perApplication;
  for (let i = 0; i < count; i += 1) limiter.begin(`${application} http://shop${i}.example`);
  return count;
}

test("an application has at most 64 calls, and may start new ones when they end", () => {
  const limiter = createConcurrencyLimiter();
  assert.equal(fillApplication(limiter, 1), 64);
  assert.equal(limiter.getBudget({ probing: true }).freeByApplication["1"], 0);
  for (let i = 0; i < 64; i += 1) limiter.end(`1 http://shop${i}.example`, true);
  assert.deepEqual(limiter.getBudget({ probing: true }).freeByApplication, {});
  assert.equal(limiter.activeCalls, 0);
});

test("the last quarter of the capacity is reserved for applications with few calls", () => {
  const limiter = createConcurrencyLimiter();
  for (let application = 1; application <= 6; application += 1) fillApplication(limiter, application);
  assert.equal(limiter.activeCalls, 384);
  for (let application = 1; application <= 6; application += 1)
    assert.equal(fillApplication(limiter, application), 0);
  for (let application = 7; application <= 24; application += 1)
    assert.equal(fillApplication(limiter, application), 4);
  const { limit, perListener } = limiter.getBudget({ probing: true });
  assert.equal(limit, 56);
  assert(perListener >= 1);
});

test("one claim does not use the reserved quarter", () => {
  const limiter = createConcurrencyLimiter();
  for (let application = 1; application <= 5; application += 1) fillApplication(limiter, application);
  assert.equal(limiter.getBudget({ probing: true }).limit, 64);
});

test("the listeners that failed last are tracked, up to a few hundred", () => {
  const limiter = createConcurrencyLimiter();
  for (let i = 0; i < 2_000; i += 1) {
    for (let failed = 0; failed < 5; failed += 1) {
      limiter.begin(`1 http://shop${i}.example`);
      limiter.end(`1 http://shop${i}.example`, false);
    }
  }
  const { freeByListener } = limiter.getBudget({ probing: true });
  assert(Object.keys(freeByListener).length <= 400);
  assert.equal(freeByListener["1 http://shop1999.example"], 1);
  assert.deepEqual(limiter.getBudget({ probing: false }).freeByListener, {});
});
