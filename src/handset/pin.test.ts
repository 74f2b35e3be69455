/** PINs: three tries, then a lock that time ends. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { minute } from "../clock.ts";
import { decidePin, pinHash, pinState } from "./pin.ts";

const now = Date.UTC(2026, 10, 21, 9);
const lockMs = 30 * minute;
const fresh = { wrongPins: 0, lockedUntil: null };

test("the third wrong PIN locks, and nothing is right until the lock is over", () => {
  const table = [
    { tries: fresh, right: true, says: { outcome: "right" }, leaves: null },
    {
      tries: fresh,
      right: false,
      says: { outcome: "wrong_pin", left: 2 },
      leaves: { wrongPins: 1, lockedUntil: null },
    },
    {
      tries: { wrongPins: 1, lockedUntil: null },
      right: false,
      says: { outcome: "wrong_pin", left: 1 },
      leaves: { wrongPins: 2, lockedUntil: null },
    },
    { tries: { wrongPins: 2, lockedUntil: null }, right: true, says: { outcome: "right" }, leaves: fresh },
    {
      tries: { wrongPins: 2, lockedUntil: null },
      right: false,
      says: { outcome: "locked", until: now + lockMs },
      leaves: { wrongPins: 0, lockedUntil: now + lockMs },
    },
    {
      tries: { wrongPins: 0, lockedUntil: now + 1 },
      right: true,
      says: { outcome: "locked", until: now + 1 },
      leaves: null,
    },
    { tries: { wrongPins: 0, lockedUntil: now }, right: true, says: { outcome: "right" }, leaves: fresh },
    {
      tries: { wrongPins: 0, lockedUntil: now },
      right: false,
      says: { outcome: "wrong_pin", left: 2 },
      leaves: { wrongPins: 1, lockedUntil: null },
    },
  ];
  for (const { tries, right, says, leaves } of table) {
    assert.deepEqual(decidePin(tries, right, now, lockMs), { verdict: says, tries: leaves });
  }
});

test("a lock is shown while it stands", () => {
  assert.deepEqual(pinState({ wrongPins: 2, lockedUntil: null }, now), { left: 1, lockedUntil: null });
  assert.deepEqual(pinState({ wrongPins: 0, lockedUntil: now + 1 }, now), { left: 3, lockedUntil: now + 1 });
  assert.deepEqual(pinState({ wrongPins: 0, lockedUntil: now }, now), { left: 3, lockedUntil: null });
});

test("a hash is the number's own, and says nothing without the key", () => {
  const key = Buffer.alloc(64, 1);
  assert.notDeepEqual(pinHash(key, "255750000001", "1234"), pinHash(key, "255750000002", "1234"));
  assert.notDeepEqual(
    pinHash(key, "255750000001", "1234"),
    pinHash(Buffer.alloc(64, 2), "255750000001", "1234"),
  );
});
