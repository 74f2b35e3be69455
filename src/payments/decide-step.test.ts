import assert from "node:assert/strict";
import { test } from "node:test";
import { amina, asks, facts, movesOf, payment, shop, verdict } from "../../test/town/facts.ts";
import { decideExpiry, decideStep, type Step } from "./decide-step.ts";

const commits: Step = { ...asks, product: "updateTransactionStatus", ends: "commit", voucher: "ABC12345" };
const held = (change = {}) =>
  payment({ status: "held", heldKind: "two_step", voucher: "ABC12345", heldMinor: 30_00n, ...change });
const accounts = () => [shop(), amina(70_00n, { heldMinor: 30_00n })];

test("the first thing wrong is the thing we say", () => {
  const failing = { ends: "refused", refusal: "payment_failed" } as const;
  const others = { organisation: "445566", voucher: null, status: "completed" } as const;
  // prettier-ignore
  const table = [
    { order: { ...commits, organisation: "999999", scenario: failing }, original: undefined,      says: "payment_failed" },
    { order: { ...commits, organisation: "999999" }, original: undefined,                         says: "organisation_unknown" },
    { order: commits, original: undefined,                                                        says: "payment_unknown" },
    { order: commits, original: held(others),                                                     says: "payment_not_yours" },
    { order: commits, original: held({ ...others, organisation: "000000" }),                      says: "hold_not_open" },
    { order: commits, original: held({ voucher: "ABC12346", status: "completed" }),               says: "voucher_wrong" },
    { order: commits, original: held({ status: "completed" }),                                    says: "hold_not_open" },
    { order: commits, original: held({ status: "cancelled" }),                                    says: "hold_not_open" },
    { order: commits, original: held(),                                                           says: "completed" },
  ];
  for (const { order, original, says } of table) {
    assert.equal(verdict(decideStep(order, facts(accounts(), { original }))), says);
  }
});

test("a commit moves what was held", () => {
  const decision = decideStep(commits, facts(accounts(), { original: held() }));
  assert.deepEqual(movesOf(decision), ["wallet 255750000001 > working 000000 3000 collection"]);
  assert(decision.outcome === "completed");
  assert.equal(decision.moves?.[0]?.fromHeld, true);
  assert.deepEqual(decision.endsHold, { paymentId: 9n, release: null, minor: 30_00n });
  assert.equal(decision.change?.status, "completed");
});

test("a commit comes too late from the moment the hold was to end, a release does not", () => {
  const books = facts(accounts(), {});
  const at = (ms: number) => ({ ...books, original: held({ heldUntil: new Date(books.now + ms) }) });
  assert.equal(verdict(decideStep(commits, at(1))), "completed");
  assert.equal(verdict(decideStep(commits, at(0))), "hold_expired");
  assert.equal(verdict(decideStep({ ...commits, ends: "release" }, at(0))), "completed");
});

test("a release moves nothing, and says that the organisation did it", () => {
  const decision = decideStep({ ...commits, ends: "release" }, facts(accounts(), { original: held() }));
  assert.deepEqual(movesOf(decision), []);
  assert(decision.outcome === "completed");
  assert.equal(decision.endsHold?.release?.owner, "255750000001");
  assert.deepEqual(
    [decision.change?.status, decision.change?.refusal],
    ["cancelled", "released_by_organisation"],
  );
});

test("an expiry ends what is open, and leaves alone what ended meanwhile", () => {
  const decision = decideExpiry(facts(accounts(), { original: held() }));
  assert(decision.outcome === "completed");
  assert.deepEqual([decision.change?.status, decision.change?.refusal], ["expired", "hold_expired"]);
  for (const original of [undefined, held({ status: "completed" }), held({ status: "cancelled" })]) {
    assert.equal(verdict(decideExpiry(facts(accounts(), { original }))), "hold_not_open");
  }
});
