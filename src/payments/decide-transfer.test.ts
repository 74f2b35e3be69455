import assert from "node:assert/strict";
import { test } from "node:test";
import { account, asks, facts, movesOf, shop, verdict } from "../../test/town/facts.ts";
import { decideTransfer, type Transfer } from "./decide-transfer.ts";

const pays: Transfer = { ...asks, product: "b2b", receiver: "445566", amountMinor: 30_00n };
const receiver = () => account("working", "445566");
const poor = () => account("working", "000000", 29_99n);

test("the first thing wrong is the thing we say", () => {
  const failing = { ends: "refused", refusal: "internal_error" } as const;
  const closed = { ...receiver(), status: "inactive" as const };
  const stranger = { ...pays, organisation: "999999" };
  // prettier-ignore
  const table = [
    { order: { ...stranger, scope: { sessionDailyCount: 0 }, scenario: failing }, accounts: [],  says: "session_count_limit" },
    { order: { ...stranger, scenario: failing }, accounts: [],                                    says: "internal_error" },
    { order: stranger, accounts: [account("working", "999999")],                                  says: "organisation_unknown" },
    { order: pays,     accounts: [{ ...poor(), status: "inactive" as const }],                    says: "organisation_inactive" },
    { order: pays,     accounts: [poor()],                                                        says: "receiver_unknown" },
    { order: pays,     accounts: [poor(), closed],                                                says: "organisation_inactive" },
    { order: { ...pays, receiver: "000000" }, accounts: [poor()],                                 says: "same_party" },
    { order: pays,     accounts: [poor(), receiver()],                                            says: "organisation_balance_too_low" },
    { order: pays,     accounts: [shop(), receiver()],                                            says: "completed" },
  ];
  for (const { order, accounts, says } of table)
    assert.equal(verdict(decideTransfer(order, facts(accounts))), says);
});

test("a transfer goes to an organisation that the application need not act for", () => {
  const decision = decideTransfer(pays, facts([shop(), receiver()]));
  assert.deepEqual(movesOf(decision), ["working 000000 > working 445566 3000 transfer"]);
});
