/** How a scenario is found by what a person types. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultProtocol } from "../../../protocols/registry.ts";
import { UsageError } from "../../terminal/exit-codes.ts";
import { findScenario } from "./scenarios.ts";

test("an outcome alone selects the first operation that has it, and hyphens are accepted", () => {
  assert.equal(findScenario(defaultProtocol, "timed-out").name, "c2b:timed_out");
  assert.equal(
    findScenario(defaultProtocol, "organisation_balance_too_low").name,
    "b2c:organisation_balance_too_low",
  );
  assert.equal(findScenario(defaultProtocol, "c2bSingle:accepted").name, "c2b:accepted");
});

test("an unknown scenario is refused with suggestions", () => {
  assert.throws(
    () => findScenario(defaultProtocol, "b2c:tired"),
    (error) => {
      assert(error instanceof UsageError);
      assert.match(error.message, /^There is no scenario b2c:tired\. Did you mean b2c:accepted, b2c:/);
      return true;
    },
  );
});
