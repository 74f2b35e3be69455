/** Scenario names: every outcome of every operation has one, and its value triggers that outcome. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { operations } from "../../../protocols/openapi-v2/operations.ts";
import { scenarioOutcome, triggers } from "../../../protocols/openapi-v2/scenarios.ts";
import { UsageError } from "../../terminal/exit-codes.ts";
import { findScenario, scenarios } from "./scenarios.ts";

test("every outcome of every operation has a name, and its value triggers it", () => {
  for (const { product } of operations) {
    const all = (triggers[product] ?? []).flatMap(({ outcomes, allNines: nines }) => [
      ...Object.values(outcomes),
      ...(nines === undefined ? [] : [nines]),
    ]);
    const named = scenarios.filter(({ operation }) => operation.product === product);
    assert.deepEqual(new Set(named.map(({ outcome }) => outcome)), new Set(all), product);
    for (const { field, value, outcome } of named) {
      const matching = (triggers[product] ?? []).filter((trigger) => trigger.field === field);
      assert(
        matching.some((trigger) => scenarioOutcome(trigger, value) === outcome),
        `${product} ${outcome}: ${value}`,
      );
    }
  }
});

test("an outcome alone selects the first operation that has it, and hyphens are accepted", () => {
  assert.equal(findScenario("timed-out").name, "c2b:timed_out");
  assert.equal(findScenario("organisation_balance_too_low").name, "b2c:organisation_balance_too_low");
  assert.equal(findScenario("c2bSingle:accepted").name, "c2b:accepted");
});

test("an unknown scenario is refused with suggestions", () => {
  assert.throws(
    () => findScenario("b2c:tired"),
    (error) => {
      assert(error instanceof UsageError);
      assert.match(error.message, /^There is no scenario b2c:tired\. Did you mean b2c:accepted, b2c:/);
      return true;
    },
  );
});
