import assert from "node:assert/strict";
import { test } from "node:test";
import { amina, account, asks, facts, float, movesOf, shop, verdict } from "../../test/town/facts.ts";
import { decidePayout, type Payout } from "./decide-payout.ts";

const pays: Payout = { ...asks, product: "b2c", msisdn: "255750000001", amountMinor: 30_00n };
const poor = () => account("working", "000000", 29_99n);

test("the first thing wrong is the thing we say", () => {
  const failing = { ends: "refused", refusal: "timed_out" } as const;
  const locked = amina(0n, { status: "locked" });
  const stranger = { ...pays, organisation: "999999" };
  // prettier-ignore
  const table = [
    { order: { ...stranger, scope: { singleValueMinor: 1n }, scenario: failing }, accounts: [locked], says: "single_value_limit" },
    { order: { ...stranger, scenario: failing }, accounts: [locked],                                  says: "timed_out" },
    { order: stranger, accounts: [locked, account("working", "999999")],                              says: "organisation_unknown" },
    { order: pays,     accounts: [{ ...poor(), status: "inactive" as const }],                        says: "organisation_inactive" },
    { order: pays,     accounts: [poor()],                                                            says: "customer_unknown" },
    { order: pays,     accounts: [poor(), locked],                                                    says: "customer_inactive" },
    { order: pays,     accounts: [poor(), amina()],                                                   says: "organisation_balance_too_low" },
    { order: pays,     accounts: [shop(), amina()],                                                   says: "completed" },
  ];
  for (const { order, accounts, says } of table)
    assert.equal(verdict(decidePayout(order, facts(accounts))), says);
});

test("a payout asks nobody: a customer who ignores prompts is paid all the same", () => {
  const decision = decidePayout(pays, facts([shop(), amina(0n, { answer: "ignore" })]));
  assert.deepEqual(movesOf(decision), ["working 000000 > wallet 255750000001 3000 payout"]);
});

test("a scenario that succeeds is paid by the float", () => {
  const order = { ...pays, scenario: { ends: "accepted" } as const };
  assert.deepEqual(movesOf(decidePayout(order, facts([poor(), amina(), float()]))), [
    "float operator > working 000000 3000 scenario_funding",
    "working 000000 > wallet 255750000001 3000 payout",
  ]);
});
