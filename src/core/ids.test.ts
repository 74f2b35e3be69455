import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { minIdAt, createIdGenerator, idTimestamp, createPublicIds } from "./ids.ts";

const now = Date.UTC(2026, 10, 21);
const publicIds = createPublicIds(
  Buffer.from(Array.from({ length: 64 }, (_, index) => (index * 97 + 31) % 256)),
);
const anyId = fc.bigInt({ min: 0n, max: (1n << 62n) - 1n });

test("ids increase, and contain the time of their generation", () => {
  let at = now;
  const next = createIdGenerator(7, () => at);
  const first = next();
  assert.equal(idTimestamp(first), now);
  at += 1;
  const second = next();
  assert(second > first);
  assert.equal(idTimestamp(second), now + 1);
  assert(first >= minIdAt(now) && first < minIdAt(now + 1));
});

test("ids keep increasing when the clock is set back, stops, or its ids are used up", () => {
  const times = [now, now, now - 3_600_000, now - 1, now, now + 1];
  let turn = 0;
  const next = createIdGenerator(0, () => times[Math.min(turn++ >> 12, times.length - 1)] ?? now);
  let last = -1n;
  for (let made = 0; made < 30_000; made += 1) {
    const id = next();
    assert(id > last);
    last = id;
  }
});

test("two servers never generate the same id, even with equal clocks", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1023 }), fc.integer({ min: 0, max: 1023 }), (one, two) => {
      fc.pre(one !== two);
      const [a, b] = [createIdGenerator(one, () => now), createIdGenerator(two, () => now)];
      const made = Array.from({ length: 50 }, () => [a(), b()]).flat();
      assert.equal(new Set(made).size, 100);
    }),
  );
});

test("both public forms of an id decode to it, in upper and lower case", () => {
  fc.assert(
    fc.property(anyId, (id) => {
      const [transaction, conversation] = [publicIds.receipt(id), publicIds.requestId(id)];
      assert.match(transaction, /^[0-9a-z]{12}$/);
      assert.match(conversation, /^[0-9a-f]{32}$/);
      for (const name of [transaction, conversation]) {
        assert.equal(publicIds.decode(name), id);
        assert.equal(publicIds.decode(name.toUpperCase()), id);
      }
    }),
  );
});

test("consecutive ids have different public forms", () => {
  const transactions = Array.from({ length: 100 }, (_, index) => publicIds.receipt(BigInt(index)));
  assert.equal(new Set(transactions.map((name) => name.slice(0, 6))).size, 100);
});

test("other texts decode to null, and decoding never throws", () => {
  for (const text of [
    "",
    "0",
    "z".repeat(12),
    "f".repeat(32),
    "0".repeat(32),
    "x".repeat(500),
    "é".repeat(12),
    "0".repeat(13),
  ]) {
    assert.equal(publicIds.decode(text), null, text);
  }
  fc.assert(fc.property(fc.string(), (text) => assert(typeof publicIds.decode(text) !== "undefined")));
});

test("an invented ConversationID decodes to null, even with a single digit changed", () => {
  fc.assert(
    fc.property(anyId, fc.integer({ min: 0, max: 31 }), fc.integer({ min: 1, max: 15 }), (id, at, by) => {
      const name = publicIds.requestId(id);
      const digit = ((parseInt(name[at] ?? "0", 16) + by) % 16).toString(16);
      assert.equal(publicIds.decode(name.slice(0, at) + digit + name.slice(at + 1)), null);
    }),
  );
});

test("another environment's key gives other public ids", () => {
  const otherIds = createPublicIds(randomBytes(64));
  const id = createIdGenerator(1, () => now)();
  assert.notEqual(otherIds.receipt(id), publicIds.receipt(id));
  assert.equal(otherIds.decode(publicIds.requestId(id)), null);
});

test("a short key throws", () => {
  assert.throws(() => createPublicIds(randomBytes(63)), RangeError);
});

test("times before the epoch count as the epoch", () => {
  assert.equal(minIdAt(0), 0n);
  assert.equal(createIdGenerator(0, () => 0)(), 1n);
});
