/** Which validators may be asked how often at the same time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createValidationSlots, type ValidationSlots } from "./slots.ts";

/** Starts as many requests to a validator as its budget allows, and returns how many. */
function fill(slots: ValidationSlots, validator: string): number {
  const { perValidator, freeByValidator, limit } = slots.getBudget();
  const count = Math.min(freeByValidator[validator] ?? perValidator, limit);
  for (let i = 0; i < count; i += 1) slots.begin(validator);
  return count;
}

test("a validator gets sixteen requests at a time, and more only when some have ended", () => {
  const slots = createValidationSlots();
  assert.equal(fill(slots, "slow"), 16);
  assert.equal(fill(slots, "slow"), 0);
  slots.end("slow", true);
  assert.equal(fill(slots, "slow"), 1);
});

test("however many validators are slow, another one can be asked", () => {
  const slots = createValidationSlots();
  const started = Array.from({ length: 30 }, (_, index) => fill(slots, `slow${index}`));
  assert.equal(
    started.reduce((sum, count) => sum + count, 0),
    12 * 16 + 18 * 2,
    "twelve with sixteen each, and then two each of the reserved ones",
  );
  assert.equal(fill(slots, "quick"), 2);
  for (let index = 30; index < 60; index += 1) fill(slots, `slow${index}`);
  assert.equal(fill(slots, "quicker"), 0, "256 are in progress");
});

test("a validator that does not answer gets two requests at a time until it answers", () => {
  const slots = createValidationSlots();
  for (let i = 0; i < 3; i += 1) {
    assert.equal(slots.getBudget().freeByValidator["silent"], undefined);
    slots.begin("silent");
    slots.end("silent", false);
  }
  assert.equal(fill(slots, "silent"), 2);
  slots.end("silent", null);
  assert.equal(fill(slots, "silent"), 1, "an aborted request says nothing of it");
  slots.end("silent", true);
  assert.equal(fill(slots, "silent"), 15);
});
