import assert from "node:assert/strict";
import { test } from "node:test";
import { amina, account, asks, facts, float, movesOf, shop, verdict } from "../../test/town/facts.ts";
import { decideCollection, type Collection } from "./decide-collection.ts";

const pays: Collection = {
  ...asks,
  msisdn: "255750000001",
  amountMinor: 30_00n,
  promptLifeMs: 90_000,
  twoStep: null,
};
const failing = { ends: "refused", refusal: "payment_failed" } as const;

/**
 * Each row mends the one thing that the row above was refused for and leaves the rest broken, so a row
 * proves its own refusal and that it outranks those below.
 */
test("the first thing wrong is the thing we say", () => {
  const poor = (change = {}) => amina(29_99n, { answer: "decline", ...change });
  const closed = { ...shop(), status: "inactive" as const };
  const stranger = { ...pays, organisation: "999999" };
  const tight = { scope: { singleValueMinor: 29_99n } };
  // prettier-ignore
  const table = [
    { order: { ...stranger, ...tight, scenario: failing }, accounts: [poor({ status: "locked" })],          says: "single_value_limit" },
    { order: { ...stranger, scenario: failing },           accounts: [poor({ status: "locked" })],          says: "payment_failed" },
    { order: stranger,                                     accounts: [poor({ status: "locked" }), account("working", "999999")], says: "organisation_unknown" },
    { order: pays,                                         accounts: [poor({ status: "locked" })],          says: "organisation_unknown" },
    { order: pays,                                         accounts: [closed],                              says: "organisation_inactive" },
    { order: pays,                                         accounts: [shop()],                              says: "customer_unknown" },
    { order: pays,                                         accounts: [shop(), poor({ status: "locked" })],  says: "customer_inactive" },
    { order: pays,                                         accounts: [shop(), poor()],                      says: "customer_balance_too_low" },
    { order: pays,                                         accounts: [shop(), amina(30_00n, { answer: "decline" })], says: "customer_declined" },
    { order: pays,                                         accounts: [shop(), amina(30_00n, { answer: "ignore" })],  says: "customer_did_not_answer" },
    { order: pays,                                         accounts: [shop(), amina(30_00n, { answer: "off" })],     says: "customer_unreachable" },
    { order: pays,                                         accounts: [shop(), amina(30_00n, { answer: "ask" })],     says: "held" },
    { order: pays,                                         accounts: [shop(), amina(30_00n)],               says: "completed" },
  ];
  for (const { order, accounts, says } of table)
    assert.equal(verdict(decideCollection(order, facts(accounts))), says);
});

test("a collection moves the amount from the customer to the organisation", () => {
  const decision = decideCollection(pays, facts([shop(), amina()]));
  assert.deepEqual(movesOf(decision), ["wallet 255750000001 > working 000000 3000 collection"]);
});

test("in two steps nothing moves yet: the amount is held on the customer until its time is up", () => {
  const given = facts([shop(), amina()]);
  const decision = decideCollection({ ...pays, twoStep: { voucher: "ABC12345", holdMs: 60_000 } }, given);
  assert(decision.outcome === "held");
  assert.deepEqual(movesOf(decision), []);
  const { account: payer, credit, minor, expiresAt, voucher } = decision.hold;
  assert.deepEqual(
    [payer.owner, credit?.owner, minor, voucher],
    ["255750000001", "000000", 30_00n, "ABC12345"],
  );
  assert.equal(expiresAt, given.now + 60_000);
});

test("a scenario that succeeds is paid by the float, whatever its customer has or would answer", () => {
  const order = { ...pays, scenario: { ends: "accepted" } as const };
  const decision = decideCollection(order, facts([shop(), amina(0n, { answer: "decline" }), float()]));
  assert.deepEqual(movesOf(decision), [
    "float operator > wallet 255750000001 3000 scenario_funding",
    "wallet 255750000001 > working 000000 3000 collection",
  ]);
});

test("while a customer is asked the amount is held, for as long as a prompt lives", () => {
  for (const answer of ["ask", "no_signal", "slow", "late", "loses_signal"] as const) {
    const given = facts([shop(), amina(30_00n, { answer })]);
    const decision = decideCollection(pays, given);
    assert(decision.outcome === "held", answer);
    const { account: payer, minor, expiresAt, voucher, asks: asked } = decision.hold;
    assert.deepEqual([payer.owner, minor, voucher], ["255750000001", 30_00n, null]);
    assert.deepEqual(asked, { msisdn: "255750000001", mandate: null });
    assert.equal(expiresAt, given.now + 90_000);
  }
});

test("a two-step payment asks first, and has its voucher from the start", () => {
  const given = facts([shop(), amina(30_00n, { answer: "ask" })]);
  const twoStep = { voucher: "ABC12345", holdMs: 600_000 };
  const decision = decideCollection({ ...pays, twoStep }, given);
  assert(decision.outcome === "held");
  assert.deepEqual([decision.hold.voucher, decision.hold.expiresAt], ["ABC12345", given.now + 90_000]);
});
