import assert from "node:assert/strict";
import { test } from "node:test";
import { amina, asks, facts, mandate, movesOf, shop, verdict } from "../../test/town/facts.ts";
import { decideCancellation, decideDebit, decideMandate } from "./decide-mandate.ts";
import type { Debit, MandateCreation, MandateUse } from "./decide-mandate.ts";

const named = { ...asks, msisdn: "255750000001", mandateReference: "rent" };
const creates: MandateCreation = {
  ...named,
  product: "directDebitCreate",
  frequency: "04",
  firstPaymentDay: 20261121,
  expiryDay: null,
  rangeStart: 1,
  rangeEnd: 22,
  promptLifeMs: 90_000,
};
const debits: Debit = { ...named, product: "directDebitPayment", mandateId: null, amountMinor: 30_00n };
const cancels: MandateUse = { ...named, product: "directDebitCancel", mandateId: null };
const failing = { ends: "refused", refusal: "payment_failed" } as const;
const stranger = { organisation: "999999" };

test("what is wrong with a creation first is what we say", () => {
  // prettier-ignore
  const table = [
    { order: { ...creates, ...stranger, scope: { customerDailyCount: 0 }, scenario: failing }, accounts: [], says: "customer_count_limit" },
    { order: { ...creates, ...stranger, scenario: failing }, accounts: [],                     says: "payment_failed" },
    { order: { ...creates, ...stranger }, accounts: [],                                        says: "organisation_unknown" },
    { order: creates, accounts: [shop()],                                                      says: "customer_unknown" },
    { order: creates, accounts: [shop(), amina(0n, { status: "pending", answer: "decline" })], says: "customer_inactive" },
    { order: creates, accounts: [shop(), amina(0n, { answer: "decline" })],                    says: "customer_declined" },
    { order: creates, accounts: [shop(), amina(0n, { answer: "ignore" })],                     says: "customer_did_not_answer" },
    { order: creates, accounts: [shop(), amina(0n, { answer: "off" })],                        says: "customer_unreachable" },
    { order: creates, accounts: [shop(), amina(0n, { answer: "ask" })],                        says: "held" },
    { order: creates, accounts: [shop(), amina(0n)],                                           says: "completed" },
  ];
  for (const { order, accounts, says } of table)
    assert.equal(verdict(decideMandate(order, facts(accounts))), says);
});

test("what is wrong with a debit first is what we say", () => {
  const poor = () => amina(29_99n);
  const over = mandate({
    cancelledAt: new Date(1),
    expiryDay: 20261120,
    firstPaymentDay: 20261122,
    rangeEnd: 20,
    frequency: "04",
  });
  // prettier-ignore
  const table = [
    { order: { ...debits, ...stranger, scope: { singleValueMinor: 1n }, scenario: failing }, accounts: [], mandates: [], says: "single_value_limit" },
    { order: { ...debits, ...stranger, scenario: failing }, accounts: [], mandates: [],        says: "payment_failed" },
    { order: { ...debits, ...stranger }, accounts: [], mandates: [],                           says: "organisation_unknown" },
    { order: debits, accounts: [shop()], mandates: [],                                         says: "customer_unknown" },
    { order: debits, accounts: [shop(), amina(0n, { status: "locked" })], mandates: [],        says: "customer_inactive" },
    { order: debits, accounts: [shop(), poor()], mandates: [],                                 says: "mandate_unknown" },
    { order: { ...debits, mandateId: 5n }, accounts: [shop(), poor()], mandates: [],           says: "mandate_id_unknown" },
    { order: { ...debits, mandateId: 5n }, accounts: [shop(), poor()], mandates: [{ ...over, reference: "car" }], says: "mandate_mismatch" },
    { order: debits, accounts: [shop(), poor()], mandates: [over],                             says: "mandate_not_active" },
    { order: debits, accounts: [shop(), poor()], mandates: [{ ...over, cancelledAt: null }],   says: "mandate_expired" },
    { order: debits, accounts: [shop(), poor()], mandates: [{ ...over, cancelledAt: null, expiryDay: 20261121 }], says: "mandate_not_started" },
    { order: debits, accounts: [shop(), poor()], mandates: [{ ...over, cancelledAt: null, expiryDay: null, firstPaymentDay: 20261121 }], says: "mandate_outside_days" },
    { order: debits, accounts: [shop(), poor()], mandates: [mandate({ frequency: "04", firstPaymentDay: 20261101 })], says: "mandate_period_paid" },
    { order: debits, accounts: [shop(), poor()], mandates: [mandate({ frequency: "08" })],     says: "customer_balance_too_low" },
    { order: debits, accounts: [shop(), amina(30_00n)], mandates: [mandate({ frequency: "08" })], says: "completed" },
  ];
  for (const { order, accounts, mandates, says } of table) {
    assert.equal(verdict(decideDebit(order, facts(accounts, { mandates, periodPaid: () => true }))), says);
  }
});

test("a debit asks nobody, and marks its period", () => {
  const mandates = [mandate({ frequency: "04", firstPaymentDay: 20260901 })];
  const decision = decideDebit(debits, facts([shop(), amina(100_00n, { answer: "decline" })], { mandates }));
  assert.deepEqual(movesOf(decision), ["wallet 255750000001 > working 000000 3000 debit"]);
  assert(decision.outcome === "completed");
  assert.deepEqual(decision.paysMandate, { mandateId: 15001n, period: 2 });
});

test("what is wrong with a cancellation first is what we say", () => {
  // prettier-ignore
  const table = [
    { order: { ...cancels, ...stranger, scenario: failing }, accounts: [], mandates: [],       says: "payment_failed" },
    { order: { ...cancels, ...stranger }, accounts: [], mandates: [],                          says: "organisation_unknown" },
    { order: cancels, accounts: [shop()], mandates: [],                                        says: "customer_unknown" },
    { order: cancels, accounts: [shop(), amina()], mandates: [],                               says: "mandate_unknown" },
    { order: cancels, accounts: [shop(), amina()], mandates: [mandate({ cancelledAt: new Date(1) })], says: "mandate_not_active" },
    { order: cancels, accounts: [shop(), amina()], mandates: [mandate({ expiryDay: 20200101 })], says: "completed" },
    { order: cancels, accounts: [shop(), amina(0n, { status: "locked" })], mandates: [mandate()], says: "completed" },
  ];
  for (const { order, accounts, mandates, says } of table) {
    assert.equal(verdict(decideCancellation(order, facts(accounts, { mandates }))), says);
  }
});
