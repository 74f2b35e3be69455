/** How the room for calls is shared: among listeners, and among applications that have many. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openListeners, type Listeners } from "./listeners.ts";

/** As many calls as an application may have, each at an origin of its own, none of which ends. */
function hang(listeners: Listeners, application: number): number {
  const { eachApplication, freeOf } = listeners.allowance({ probing: true });
  const count = freeOf[application] ?? eachApplication;
  for (let i = 0; i < count; i += 1) listeners.begin(`${application} http://shop${i}.example`);
  return count;
}

test("an application takes 64 calls at most, and gets them back as they end", () => {
  const listeners = openListeners();
  assert.equal(hang(listeners, 1), 64);
  assert.equal(listeners.allowance({ probing: true }).freeOf["1"], 0);
  for (let i = 0; i < 64; i += 1) listeners.end(`1 http://shop${i}.example`, true);
  assert.deepEqual(listeners.allowance({ probing: true }).freeOf, {});
  assert.equal(listeners.busy, 0);
});

test("the last quarter of the room is for applications that have little", () => {
  const listeners = openListeners();
  for (let application = 1; application <= 6; application += 1) hang(listeners, application);
  assert.equal(listeners.busy, 384);
  for (let application = 1; application <= 6; application += 1) assert.equal(hang(listeners, application), 0);
  for (let application = 7; application <= 24; application += 1)
    assert.equal(hang(listeners, application), 4);
  const { most, each } = listeners.allowance({ probing: true });
  assert.equal(most, 56);
  assert(each >= 1);
});

test("one claim does not reach into the last quarter", () => {
  const listeners = openListeners();
  for (let application = 1; application <= 5; application += 1) hang(listeners, application);
  assert.equal(listeners.allowance({ probing: true }).most, 64);
});

test("a few hundred listeners that fail are remembered, those that failed last", () => {
  const listeners = openListeners();
  for (let i = 0; i < 2_000; i += 1) {
    for (let failed = 0; failed < 5; failed += 1) {
      listeners.begin(`1 http://shop${i}.example`);
      listeners.end(`1 http://shop${i}.example`, false);
    }
  }
  const { free } = listeners.allowance({ probing: true });
  assert(Object.keys(free).length <= 400);
  assert.equal(free["1 http://shop1999.example"], 1);
  assert.deepEqual(listeners.allowance({ probing: false }).free, {});
});
