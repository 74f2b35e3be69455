/** PINs: three attempts, then a lock that expires. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { msPerMinute } from "../core/clock.ts";
import { decidePin, hashPin, pinState } from "./pin.ts";

const now = Date.UTC(2026, 10, 21, 9);
const lockMs = 30 * msPerMinute;
const noAttempts = { wrongPins: 0, lockedUntil: null };

test("the third wrong PIN locks, and every PIN is refused until the lock expires", () => {
  const table = [
    { attempts: noAttempts, right: true, verdict: { outcome: "right" }, stored: null },
    {
      attempts: noAttempts,
      right: false,
      verdict: { outcome: "wrong_pin", left: 2 },
      stored: { wrongPins: 1, lockedUntil: null },
    },
    {
      attempts: { wrongPins: 1, lockedUntil: null },
      right: false,
      verdict: { outcome: "wrong_pin", left: 1 },
      stored: { wrongPins: 2, lockedUntil: null },
    },
    {
      attempts: { wrongPins: 2, lockedUntil: null },
      right: true,
      verdict: { outcome: "right" },
      stored: noAttempts,
    },
    {
      attempts: { wrongPins: 2, lockedUntil: null },
      right: false,
      verdict: { outcome: "locked", until: now + lockMs },
      stored: { wrongPins: 0, lockedUntil: now + lockMs },
    },
    {
      attempts: { wrongPins: 0, lockedUntil: now + 1 },
      right: true,
      verdict: { outcome: "locked", until: now + 1 },
      stored: null,
    },
    {
      attempts: { wrongPins: 0, lockedUntil: now },
      right: true,
      verdict: { outcome: "right" },
      stored: noAttempts,
    },
    {
      attempts: { wrongPins: 0, lockedUntil: now },
      right: false,
      verdict: { outcome: "wrong_pin", left: 2 },
      stored: { wrongPins: 1, lockedUntil: null },
    },
  ];
  for (const { attempts, right, verdict, stored } of table) {
    assert.deepEqual(decidePin(attempts, right, now, lockMs), { verdict, attempts: stored });
  }
});

test("the state shows a lock only while it is active", () => {
  assert.deepEqual(pinState({ wrongPins: 2, lockedUntil: null }, now), { left: 1, lockedUntil: null });
  assert.deepEqual(pinState({ wrongPins: 0, lockedUntil: now + 1 }, now), { left: 3, lockedUntil: now + 1 });
  assert.deepEqual(pinState({ wrongPins: 0, lockedUntil: now }, now), { left: 3, lockedUntil: null });
});

test("a PIN hash depends on the number and on the key", () => {
  const key = Buffer.alloc(64, 1);
  assert.notDeepEqual(hashPin(key, "255750000001", "1234"), hashPin(key, "255750000002", "1234"));
  assert.notDeepEqual(
    hashPin(key, "255750000001", "1234"),
    hashPin(Buffer.alloc(64, 2), "255750000001", "1234"),
  );
});
