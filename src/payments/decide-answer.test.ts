import assert from "node:assert/strict";
import { test } from "node:test";
import { amina, facts, movesOf, payment, shop, verdict } from "../../test/town/facts.ts";
import type { LockedPayment } from "../store/payments.ts";
import { decideAnswer, storedTerms, type PromptWord } from "./decide-answer.ts";
import { decideExpiry } from "./decide-step.ts";

const now = facts([]).now;

/** A collection that waits for Amina, who has what it asks for set aside. */
const open = (change: Partial<LockedPayment> = {}): LockedPayment =>
  payment({
    status: "held",
    endedAt: null,
    heldKind: "prompt",
    heldMinor: 30_00n,
    heldUntil: new Date(now + 1),
    ...change,
  });

const payer = (change = {}) => amina(70_00n, { heldMinor: 30_00n, ...change });
const answer = (says: PromptWord, original: LockedPayment | undefined, accounts = [shop(), payer()]) =>
  decideAnswer({ says, twoStepHoldMs: 600_000 }, facts(accounts, { original }));

test("a prompt that is over, or never was, is not open, whatever the answer", () => {
  // prettier-ignore
  const over = [
    undefined,
    open({ heldUntil: new Date(now) }),
    open({ heldKind: "two_step", voucher: "ABC12345" }),
    payment(),
    payment({ status: "expired", refusal: "customer_did_not_answer" }),
  ];
  for (const original of over) {
    for (const says of ["approve", "decline", "wrong_pin", "unreachable"] as const)
      assert.equal(verdict(answer(says, original)), "prompt_not_open");
  }
});

test("a yes moves what was held, on behalf of the payment that asked", () => {
  const decision = answer("approve", open());
  assert.deepEqual(movesOf(decision), ["wallet 255750000001 > working 000000 3000 collection"]);
  assert(decision.outcome === "completed");
  assert.equal(decision.moves?.[0]?.fromHeld, true);
  assert.deepEqual([decision.onBehalfOf, decision.endsPrompt, decision.endsHold?.paymentId], [9n, 9n, 9n]);
  assert.equal(decision.change?.status, "completed");
});

test("a no gives back what was held, and says why", () => {
  const table = [
    { says: "decline", status: "cancelled", refusal: "customer_declined" },
    { says: "wrong_pin", status: "failed", refusal: "customer_pin_wrong" },
    { says: "unreachable", status: "failed", refusal: "customer_unreachable" },
  ] as const;
  for (const { says, status, refusal } of table) {
    const decision = answer(says, open());
    assert(decision.outcome === "completed");
    assert.deepEqual(movesOf(decision), []);
    assert.equal(decision.endsHold?.release?.owner, "255750000001");
    assert.deepEqual([decision.change?.status, decision.change?.refusal], [status, refusal]);
  }
});

test("who may no longer pay or be paid is asked again before anything moves", () => {
  const table = [
    { accounts: [shop(), payer({ status: "locked" })], refusal: "customer_inactive" },
    { accounts: [{ ...shop(), status: "inactive" as const }, payer()], refusal: "organisation_inactive" },
    {
      accounts: [{ ...shop(), availableMinor: 8_999_999_999_999_999_999n }, payer()],
      refusal: "account_full",
    },
  ];
  for (const { accounts, refusal } of table) {
    const decision = answer("approve", open(), accounts);
    assert(decision.outcome === "completed");
    assert.deepEqual(movesOf(decision), []);
    assert.equal(decision.change?.refusal, refusal);
  }
});

test("a two-step payment that is approved goes on being held, for its organisation to commit", () => {
  const decision = answer("approve", open({ voucher: "ABC12345" }));
  assert(decision.outcome === "completed");
  assert.deepEqual(decision.holdsOn, { paymentId: 9n, expiresAt: now + 600_000 });
  assert.deepEqual([decision.change, decision.endsHold, decision.endsPrompt], [undefined, undefined, 9n]);
});

test("a mandate begins with the terms that its customer was asked for", () => {
  const terms = {
    applicationId: 7n,
    organisation: "000000",
    msisdn: "255750000001",
    reference: "rent",
    frequency: "04",
    firstPaymentDay: 20261121,
    expiryDay: null,
    rangeStart: 1,
    rangeEnd: 22,
  };
  const promptedMandate: unknown = JSON.parse(JSON.stringify(storedTerms(terms)));
  const original = open({
    use: "mandate",
    heldMinor: 0n,
    promptedMandate,
    creditKind: null,
    creditOwner: null,
  });
  const decision = answer("approve", original, [shop(), payer()]);
  assert(decision.outcome === "completed");
  assert.deepEqual(decision.createsMandate, terms);
  assert.equal(decision.change?.status, "completed");

  const late = answer("approve", {
    ...original,
    promptedMandate: { ...terms, applicationId: "7", expiryDay: 20000101 },
  });
  assert(late.outcome === "completed");
  assert.deepEqual([late.createsMandate, late.change?.refusal], [undefined, "mandate_expired"]);
  const closed = answer("approve", original, [{ ...shop(), status: "inactive" }, payer()]);
  assert(closed.outcome === "completed");
  assert.deepEqual([closed.createsMandate, closed.change?.refusal], [undefined, "organisation_inactive"]);
});

test("a prompt whose time is up ends as unanswered, and one that was prolonged does not end", () => {
  const due = open({ heldUntil: new Date(now) });
  const decision = decideExpiry(facts([shop(), payer()], { original: due }));
  assert(decision.outcome === "completed");
  assert.deepEqual(
    [decision.change?.status, decision.change?.refusal],
    ["expired", "customer_did_not_answer"],
  );
  assert.equal(verdict(decideExpiry(facts([shop(), payer()], { original: open() }))), "hold_not_open");
});
