/** How the room for calls is shared: among listeners, and among applications that have many. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createConcurrencyLimiter, type ConcurrencyLimiter } from "./concurrency.ts";

/** As many calls as an application may have, each at an origin of its own, none of which ends. */
function fillApplication(limiter: ConcurrencyLimiter, application: number): number {
  const { perApplication, freeByApplication } = limiter.getBudget({ probing: true });
  const count = freeByApplication[application] ?? perApplication;
  for (let i = 0; i < count; i += 1) limiter.begin(`${application} http://shop${i}.example`);
  return count;
}

test("an application takes 64 calls at most, and gets them back as they end", () => {
  const limiter = createConcurrencyLimiter();
  assert.equal(fillApplication(limiter, 1), 64);
  assert.equal(limiter.getBudget({ probing: true }).freeByApplication["1"], 0);
  for (let i = 0; i < 64; i += 1) limiter.end(`1 http://shop${i}.example`, true);
  assert.deepEqual(limiter.getBudget({ probing: true }).freeByApplication, {});
  assert.equal(limiter.activeCalls, 0);
});

test("the last quarter of the room is for applications that have little", () => {
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

test("one claim does not reach into the last quarter", () => {
  const limiter = createConcurrencyLimiter();
  for (let application = 1; application <= 5; application += 1) fillApplication(limiter, application);
  assert.equal(limiter.getBudget({ probing: true }).limit, 64);
});

test("a few hundred listeners that fail are remembered, those that failed last", () => {
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
