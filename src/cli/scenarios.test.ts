/** Scenarios by their names: every ending of every call has one, and asks for that ending. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { operations } from "../protocols/openapi-v2/operations.ts";
import { endingOf, triggers } from "../protocols/openapi-v2/scenarios.ts";
import { Misused } from "./command-error.ts";
import { scenarioNamed, scenarios } from "./scenarios.ts";

test("every ending of every call has a name, and its value asks for it", () => {
  for (const { product } of operations) {
    const all = (triggers[product] ?? []).flatMap(({ endings, nines }) => [
      ...Object.values(endings),
      ...(nines === undefined ? [] : [nines]),
    ]);
    const named = scenarios.filter(({ operation }) => operation.product === product);
    assert.deepEqual(new Set(named.map(({ ending }) => ending)), new Set(all), product);
    for (const { field, value, ending } of named) {
      const asks = (triggers[product] ?? []).filter((trigger) => trigger.field === field);
      assert(
        asks.some((trigger) => endingOf(trigger, value) === ending),
        `${product} ${ending}: ${value}`,
      );
    }
  }
});

test("an ending alone is the first call's that has it, and hyphens do", () => {
  assert.equal(scenarioNamed("timed-out").name, "c2b:timed_out");
  assert.equal(scenarioNamed("organisation_balance_too_low").name, "b2c:organisation_balance_too_low");
  assert.equal(scenarioNamed("c2bSingle:accepted").name, "c2b:accepted");
});

test("what is no scenario is answered with those that may be meant", () => {
  assert.throws(
    () => scenarioNamed("b2c:tired"),
    (error) => {
      assert(error instanceof Misused);
      assert.match(error.message, /^There is no scenario b2c:tired: there is b2c:accepted, b2c:/);
      return true;
    },
  );
});
