import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createWallet,
  paymentRequest,
  createLockedState,
  formatPostings,
  createLockedPayment,
  createOrganisationAccount,
  getOutcome,
} from "../../../test/support/fixtures.ts";
import { decideHoldExpiry, decideHoldCompletion, type HoldCompletion } from "./complete-hold.ts";
import { createSimulation } from "../../sandbox/scenarios.ts";

const commitRequest: HoldCompletion = {
  ...paymentRequest,
  operation: "updateTransactionStatus",
  action: "commit",
  holdCode: "ABC12345",
};
const heldPayment = (change = {}) =>
  createLockedPayment({
    status: "held",
    heldKind: "two_step",
    holdCode: "ABC12345",
    heldMinor: 30_00n,
    ...change,
  });
const accounts = () => [createOrganisationAccount(), createWallet(70_00n, { heldMinor: 30_00n })];

test("checks run in a fixed order and the first failure is the refusal", () => {
  const refusedScenario = createSimulation("payment_failed");
  const otherPayment = { organisation: "445566", holdCode: null, status: "completed" } as const;
  // prettier-ignore
  const table = [
    { request: { ...commitRequest, organisation: "999999", simulation: refusedScenario }, original: undefined,        expected: "payment_failed" },
    { request: { ...commitRequest, organisation: "999999" }, original: undefined,                                     expected: "organisation_unknown" },
    { request: commitRequest, original: undefined,                                                                    expected: "payment_unknown" },
    { request: commitRequest, original: heldPayment(otherPayment),                                                    expected: "payment_not_yours" },
    { request: commitRequest, original: heldPayment({ ...otherPayment, organisation: "000000" }),                     expected: "hold_not_open" },
    { request: commitRequest, original: heldPayment({ holdCode: "ABC12346", status: "completed" }),                   expected: "voucher_wrong" },
    { request: commitRequest, original: heldPayment({ status: "completed" }),                                         expected: "hold_not_open" },
    { request: commitRequest, original: heldPayment({ status: "cancelled" }),                                         expected: "hold_not_open" },
    { request: commitRequest, original: heldPayment(),                                                                expected: "completed" },
  ];
  for (const { request, original, expected } of table) {
    assert.equal(
      getOutcome(decideHoldCompletion(request, createLockedState(accounts(), { original }))),
      expected,
    );
  }
});

test("a commit posts the held amount", () => {
  const decision = decideHoldCompletion(
    commitRequest,
    createLockedState(accounts(), { original: heldPayment() }),
  );
  assert.deepEqual(formatPostings(decision), ["wallet 255750000001 > working 000000 3000 collection"]);
  assert(decision.outcome === "completed");
  assert.equal(decision.postings?.[0]?.fromHeld, true);
  assert.deepEqual(decision.closeHold, { paymentId: 9n, releaseTo: null, amountMinor: 30_00n });
  assert.equal(decision.paymentChange?.status, "completed");
});

test("a commit is refused from the expiry time on, a release is not", () => {
  const state = createLockedState(accounts(), {});
  const heldUntilAfter = (delayMs: number) => ({
    ...state,
    original: heldPayment({ heldUntil: new Date(state.now + delayMs) }),
  });
  assert.equal(getOutcome(decideHoldCompletion(commitRequest, heldUntilAfter(1))), "completed");
  assert.equal(getOutcome(decideHoldCompletion(commitRequest, heldUntilAfter(0))), "hold_expired");
  assert.equal(
    getOutcome(decideHoldCompletion({ ...commitRequest, action: "release" }, heldUntilAfter(0))),
    "completed",
  );
});

test("a release posts nothing and records that the organisation released the hold", () => {
  const decision = decideHoldCompletion(
    { ...commitRequest, action: "release" },
    createLockedState(accounts(), { original: heldPayment() }),
  );
  assert.deepEqual(formatPostings(decision), []);
  assert(decision.outcome === "completed");
  assert.equal(decision.closeHold?.releaseTo?.owner, "255750000001");
  assert.deepEqual(
    [decision.paymentChange?.status, decision.paymentChange?.refusal],
    ["cancelled", "released_by_organisation"],
  );
});

test("an expiry closes an open hold and leaves a closed one unchanged", () => {
  const expired = heldPayment({ heldUntil: new Date(0) });
  const decision = decideHoldExpiry(createLockedState(accounts(), { original: expired }));
  assert(decision.outcome === "completed");
  assert.deepEqual(
    [decision.paymentChange?.status, decision.paymentChange?.refusal],
    ["expired", "hold_expired"],
  );
  for (const original of [
    undefined,
    heldPayment({ status: "completed" }),
    heldPayment({ status: "cancelled" }),
  ]) {
    assert.equal(getOutcome(decideHoldExpiry(createLockedState(accounts(), { original }))), "hold_not_open");
  }
});
