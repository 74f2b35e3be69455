/** Identifiers have the core's shapes, and lead back to the request. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { createIdGenerator, createPublicIds, minIdAt } from "../../core/ids.ts";
import { createG2Identifiers, formatNairobiTime, parseCheckoutRequestId } from "./identifiers.ts";

const identifiers = createG2Identifiers(createPublicIds(randomBytes(64)));
const others = createG2Identifiers(createPublicIds(randomBytes(64)));
const newId = createIdGenerator(7);

test("both ids of a request decode to it, and to nothing with the other environment's key", () => {
  for (let i = 0; i < 500; i += 1) {
    const id = newId();
    const requestId = identifiers.requestId(id);
    const conversationId = identifiers.conversationId(id);
    assert.match(requestId, /^[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\d{6}$/);
    assert.match(conversationId, /^AG_20\d{6}_[0-9a-z]{20}$/);
    assert.equal(identifiers.parse(requestId), id);
    assert.equal(identifiers.parse(conversationId), id);
    assert.equal(others.parse(requestId), null);
    assert.equal(others.parse(conversationId), null);
  }
});

test("an identifier with one changed character is none", () => {
  const id = newId();
  for (const text of [identifiers.requestId(id), identifiers.conversationId(id)]) {
    for (let at = 0; at < text.length; at += 1) {
      const changed = text.slice(0, at) + (text[at] === "0" ? "1" : "0") + text.slice(at + 1);
      if (changed !== text) assert.equal(identifiers.parse(changed), null, changed);
    }
  }
  for (const text of ["", "AG_", "AG_20260101_", "x".repeat(5000)])
    assert.equal(identifiers.parse(text), null);
});

test("a CheckoutRequestID has Nairobi's time of the id, and leads back to its millisecond", () => {
  const at = Date.UTC(2025, 4, 25, 14, 55, 33, 440);
  const id = minIdAt(at) + 5n;
  const text = identifiers.checkoutRequestId(id, "254720461786");
  assert.equal(text, "ws_CO_25052025175533440720461786");
  assert.deepEqual(parseCheckoutRequestId(text), {
    fromId: minIdAt(at),
    untilId: minIdAt(at + 1),
    msisdnEnd: "720461786",
  });
  for (const other of ["ws_CO_31022025175533440720461786", "ws_CO_25052025245533440720461786", "ws_CO_DMZ_1"])
    assert.equal(parseCheckoutRequestId(other), null, other);
});

test("times are those of Nairobi, also at midnight and at the end of a year", () => {
  assert.equal(formatNairobiTime(Date.UTC(2025, 11, 31, 21, 0, 0)), "20260101000000");
  assert.equal(formatNairobiTime(Date.UTC(2019, 10, 22, 3, 38, 45)), "20191122063845");
});
