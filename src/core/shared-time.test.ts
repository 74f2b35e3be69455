/** Servers with different dates agree on the time, within the error of their statements. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSharedTime } from "./shared-time.ts";

const databaseAt = Date.UTC(2026, 10, 21, 9);

test("the time is the database's, and continues by the monotonic clock", () => {
  let monotonic = 5_000;
  const time = createSharedTime(() => monotonic);
  time.add({ startedAt: 4_990, endedAt: 5_000, databaseAt });
  assert.equal(time.now(), databaseAt + 5);
  monotonic += 60_000;
  assert.equal(time.now(), databaseAt + 60_005);
});

test("a slow statement does not replace the estimate of a fast one, until that is old", () => {
  let monotonic = 1_000;
  const time = createSharedTime(() => monotonic);
  time.add({ startedAt: 1_000, endedAt: 1_000, databaseAt });
  // The response took 80 ms, the request none: halving the time is wrong by 40 ms.
  monotonic = 1_180;
  time.add({ startedAt: 1_100, endedAt: 1_180, databaseAt: databaseAt + 100 });
  assert.equal(time.now(), databaseAt + 180);
  monotonic = 61_180;
  time.add({ startedAt: 61_100, endedAt: 61_180, databaseAt: databaseAt + 60_140 });
  monotonic = 61_280;
  assert.equal(time.now(), databaseAt + 60_280);
});

test("the time never goes back by a little, and follows a database whose clock was set", () => {
  let monotonic = 1_000;
  const time = createSharedTime(() => monotonic);
  time.add({ startedAt: 900, endedAt: 1_000, databaseAt });
  const before = time.now();
  time.add({ startedAt: 1_000, endedAt: 1_000, databaseAt: before - 40 });
  assert.equal(time.now(), before);
  monotonic = 1_050;
  assert.equal(time.now(), before + 10);
  for (const hours of [5, -5]) {
    const set = databaseAt + hours * 3_600_000;
    time.add({ startedAt: 1_050, endedAt: 1_050, databaseAt: set });
    assert.equal(time.now(), set);
  }
});
