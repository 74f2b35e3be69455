import assert from "node:assert/strict";
import { test } from "node:test";
import {
  amina,
  account,
  asks,
  facts,
  float,
  movesOf,
  payment,
  shop,
  verdict,
} from "../../test/town/facts.ts";
import { decideReversal, scenarioReversal, wasParty, type Reversal } from "./decide-reversal.ts";

const takes: Reversal = { ...asks, product: "reversal", amountMinor: 10_00n };
const spent = () => account("working", "000000", 9_99n);

test("the first thing wrong is the thing we say", () => {
  const failing = { ends: "refused", refusal: "payment_failed" } as const;
  const others = { organisation: "445566" };
  // prettier-ignore
  const table = [
    { order: { ...takes, scope: { singleValueMinor: 1n }, scenario: failing }, original: undefined,             says: "single_value_limit" },
    { order: { ...takes, scenario: failing }, original: undefined,                                              says: "payment_failed" },
    { order: { ...takes, organisation: "999999" }, original: undefined,                                         says: "organisation_unknown" },
    { order: takes, original: undefined,                                                                        says: "payment_unknown" },
    { order: takes, original: payment({ ...others, use: "reversal", status: "failed" }),                        says: "payment_not_yours" },
    { order: takes, original: payment({ use: "reversal", status: "failed" }),                                   says: "payment_not_reversible" },
    { order: takes, original: payment({ use: "funding" }),                                                      says: "payment_not_reversible" },
    { order: takes, original: payment({ use: "mandate" }),                                                      says: "payment_not_reversible" },
    { order: takes, original: payment({ use: "step" }),                                                         says: "payment_not_reversible" },
    { order: takes, original: payment({ status: "held", reversedMinor: 30_00n }),                               says: "payment_not_completed" },
    { order: takes, original: payment({ status: "expired", reversedMinor: 30_00n }),                            says: "payment_not_completed" },
    { order: takes, original: payment({ reversedMinor: 30_00n }),                                               says: "already_reversed" },
    { order: takes, original: payment({ reversedMinor: 20_01n }),                                               says: "reversal_too_large" },
    { order: takes, original: payment({ reversedMinor: 20_00n }),                                               says: "receiver_balance_too_low" },
  ];
  for (const { order, original, says } of table) {
    assert.equal(verdict(decideReversal(order, facts([spent(), amina()], { original }))), says);
  }
  assert.equal(
    verdict(decideReversal(takes, facts([shop(), amina()], { original: payment() }))),
    "completed",
  );
});

test("it takes from whoever received and gives to whoever paid, and the payment remembers how much", () => {
  const decision = decideReversal(
    takes,
    facts([shop(), amina()], { original: payment({ reversedMinor: 5_00n }) }),
  );
  assert.deepEqual(movesOf(decision), ["working 000000 > wallet 255750000001 1000 reversal"]);
  assert(decision.outcome === "completed");
  assert.deepEqual(decision.change, { id: 9n, status: "completed", refusal: null, reversedMinor: 15_00n });
});

test("without an amount it takes all that is left", () => {
  const order = { ...takes, amountMinor: null };
  const decision = decideReversal(
    order,
    facts([shop(), amina()], { original: payment({ reversedMinor: 12_34n }) }),
  );
  assert.deepEqual(movesOf(decision), ["working 000000 > wallet 255750000001 1766 reversal"]);
});

test("a customer's payment is asked for by its organisation, a transfer by both", () => {
  // prettier-ignore
  const table = [
    { use: "collection", organisation: "000000", counterparty: "445566", shortcode: "000000", party: true },
    { use: "collection", organisation: "000000", counterparty: "445566", shortcode: "445566", party: false },
    { use: "transfer",   organisation: "000000", counterparty: "445566", shortcode: "000000", party: true },
    { use: "transfer",   organisation: "000000", counterparty: "445566", shortcode: "445566", party: true },
    { use: "transfer",   organisation: "000000", counterparty: "445566", shortcode: "778899", party: false },
  ] as const;
  for (const { shortcode, party, ...row } of table) assert.equal(wasParty(row, shortcode), party);
});

test("a scenario's reversal is paid by the float to the scenario's customer: what is asked, or ten", () => {
  const zeros = account("wallet", scenarioReversal.msisdn);
  for (const [amountMinor, moved] of [
    [25_00n, 2500],
    [null, 1000],
  ] as const) {
    const order = { ...takes, amountMinor, scenario: { ends: "accepted" } as const };
    assert.deepEqual(movesOf(decideReversal(order, facts([shop(), zeros, float()]))), [
      `float operator > working 000000 ${moved} scenario_funding`,
      `working 000000 > wallet 000000000001 ${moved} reversal`,
    ]);
  }
});
