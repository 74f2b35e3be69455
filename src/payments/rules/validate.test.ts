/** Payments that a customer starts, and what the answer of the organisation's server does to the held money. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Decision, HeldValidation } from "../instruction.ts";
import { maxBalanceMinor } from "../../ledger/locked-accounts.ts";
import {
  createAccount,
  createLockedPayment,
  createLockedState,
  createWallet,
  formatPostings,
  getOutcome,
} from "../../../test/support/fixtures.ts";
import { decideMerchantPayment, type MerchantPayment } from "./pay-merchant.ts";
import { decideValidation, type ValidationResult } from "./validate.ts";

const msisdn = "255750000001";
const createUtility = (overrides = {}) => createAccount("utility", "600996", 0n, overrides);
const validation: HeldValidation = {
  protocol: "daraja",
  applicationId: 7n,
  url: "https://shop.example/validation",
  responseType: "cancelled",
  sendWithinMs: 8_000,
};
const payment: MerchantPayment = {
  id: 1n,
  msisdn,
  receiver: { kind: "utility", owner: "600996" },
  amountMinor: 30_00n,
  refusal: null,
  validation: null,
};

test("without a validation the money moves at once", () => {
  const decision = decideMerchantPayment(payment, createLockedState([createWallet(), createUtility()]));
  assert.equal(getOutcome(decision), "completed");
  assert.deepEqual(formatPostings(decision), [`wallet ${msisdn} > utility 600996 3000 collection`]);
});

test("with a validation the amount is held, without an expiry", () => {
  const state = createLockedState([createWallet(), createUtility()]);
  const decision = decideMerchantPayment({ ...payment, validation }, state);
  assert(decision.outcome === "held");
  const { account, creditAccount, amountMinor, expiresAt, holdCode } = decision.hold;
  assert.deepEqual([account.kind, creditAccount?.kind, amountMinor], ["wallet", "utility", 30_00n]);
  assert.deepEqual([expiresAt, holdCode, decision.hold.validation], [null, null, validation]);
  assert.deepEqual(formatPostings(decision), []);
});

test("the first reason that applies refuses the payment", () => {
  const locked = { status: "locked" } as const;
  // Each row has the faults of all rows below it too.
  const table: [string, Partial<MerchantPayment>, Parameters<typeof createWallet>[1], object][] = [
    ["customer_pin_wrong", { refusal: "customer_pin_wrong", amountMinor: 99n }, locked, locked],
    ["amount_below_minimum", { receiver: null, amountMinor: 99n }, locked, locked],
    ["amount_above_maximum", { receiver: null, amountMinor: 250_000_01n }, locked, locked],
    ["customer_inactive", { receiver: null, amountMinor: 100_01n }, locked, locked],
    ["receiver_invalid", { receiver: null, amountMinor: 100_01n }, {}, locked],
    ["receiver_unknown", { receiver: { kind: "merchant", owner: "600996" } }, {}, locked],
    ["organisation_inactive", { amountMinor: 100_01n }, {}, locked],
    ["customer_balance_too_low", { amountMinor: 100_01n }, {}, {}],
    ["completed", { amountMinor: 100_00n }, {}, {}],
  ];
  for (const [expected, overrides, wallet, utility] of table) {
    const state = createLockedState([createWallet(100_00n, wallet), createUtility(utility)]);
    assert.equal(getOutcome(decideMerchantPayment({ ...payment, ...overrides }, state)), expected);
  }
  const unknown = decideMerchantPayment(payment, createLockedState([createUtility()]));
  assert.equal(getOutcome(unknown), "customer_unknown");
});

const accepted: ValidationResult = { verdict: "accepted", thirdPartyReference: "shop-1" };
const noAnswer = (responseType: "completed" | "cancelled"): ValidationResult => ({
  verdict: "none",
  responseType,
  failure: "No answer within 8 s.",
});

const held = {
  status: "held",
  endedAt: null,
  heldMinor: 30_00n,
  heldKind: "validation",
  creditKind: "utility",
  creditOwner: "600996",
} as const;

const decide = (result: ValidationResult, original: object = {}, utility: object = {}): Decision =>
  decideValidation(
    result,
    createLockedState([createWallet(70_00n, { heldMinor: 30_00n }), createUtility(utility)], {
      original: createLockedPayment({ ...held, ...original }),
    }),
  );

/** The status, the refusal, the posting, and whether the money went back. */
function summarise(decision: Decision): string {
  if (decision.outcome === "refused") return decision.refusal;
  const { paymentChange, closeHold } = decision;
  assert(paymentChange !== undefined && closeHold?.amountMinor === 30_00n);
  const money = closeHold.releaseTo === null ? formatPostings(decision).join() : "released";
  return `${paymentChange.status} ${paymentChange.refusal}: ${money}`;
}

const paid = `completed null: wallet ${msisdn} > utility 600996 3000 collection`;

test("an acceptance settles the hold from the held money, and keeps the organisation's own id", () => {
  const decision = decide(accepted);
  assert(decision.outcome === "completed");
  assert.equal(summarise(decision), paid);
  assert.equal(decision.postings?.[0]?.fromHeld, true);
  assert.equal(decision.thirdPartyReference, "shop-1");
  assert.deepEqual(decision.endValidation, { paymentId: 9n, verdict: "accepted", failure: null });
});

test("a refusal releases the money, with the reason of the organisation", () => {
  for (const refusal of ["validation_rejected", "validation_rejected_account"] as const)
    assert.equal(summarise(decide({ verdict: "refused", refusal })), `cancelled ${refusal}: released`);
});

test("without an answer, the registered response type decides", () => {
  assert.equal(summarise(decide(noAnswer("completed"))), paid);
  assert.equal(summarise(decide(noAnswer("cancelled"))), "cancelled validation_unanswered: released");
  const decision = decide(noAnswer("completed"));
  assert(decision.outcome === "completed");
  assert.deepEqual(decision.endValidation, {
    paymentId: 9n,
    verdict: "none",
    failure: "No answer within 8 s.",
  });
});

test("a result counts once, and only for a payment that waits for it", () => {
  assert.equal(summarise(decide(accepted, { status: "completed", heldKind: null })), "hold_not_open");
  assert.equal(summarise(decide(accepted, { heldKind: "two_step" })), "hold_not_open");
  assert.equal(summarise(decide(accepted, { heldKind: "prompt" })), "hold_not_open");
  const state = createLockedState([createWallet()]);
  assert.equal(getOutcome(decideValidation(accepted, state)), "hold_not_open");
});

test("an organisation that cannot be credited any more does not get the money", () => {
  assert.equal(
    summarise(decide(accepted, {}, { status: "locked" })),
    "failed organisation_inactive: released",
  );
  assert.equal(
    summarise(decide(accepted, {}, { availableMinor: maxBalanceMinor })),
    "failed account_full: released",
  );
});
