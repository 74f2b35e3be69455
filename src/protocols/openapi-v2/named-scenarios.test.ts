/** Scenario names: every outcome of every operation has one, and its value triggers that outcome. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { namedScenarios } from "./named-scenarios.ts";
import { operations } from "./operations.ts";
import { scenarioOutcome, triggers } from "./scenarios.ts";

test("every outcome of every operation has a name, and its value triggers it", () => {
  for (const { product } of operations) {
    const all = (triggers[product] ?? []).flatMap(({ outcomes, allNines }) => [
      ...Object.values(outcomes),
      ...(allNines === undefined ? [] : [allNines]),
    ]);
    const named = namedScenarios.filter(({ call }) => call.name === product);
    assert.deepEqual(new Set(named.map(({ outcome }) => outcome)), new Set<string>(all), product);
    for (const { field, value, outcome } of named) {
      const matching = (triggers[product] ?? []).filter((trigger) => trigger.field === field);
      assert(
        matching.some((trigger) => scenarioOutcome(trigger, value) === outcome),
        `${product} ${outcome}: ${value}`,
      );
    }
  }
});
