import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createWallet,
  createLockedState,
  formatPostings,
  createLockedPayment,
  createOrganisationAccount,
  getOutcome,
} from "../../../test/support/fixtures.ts";
import type { LockedPayment } from "../../store/rail/payments.ts";
import { decidePromptAnswer, serialiseTerms, type PromptReply } from "./answer-prompt.ts";
import { decideHoldExpiry } from "./complete-hold.ts";

const now = createLockedState([]).now;

/** A collection that waits for Amina's reply. No money is held for it. */
const open = (change: Partial<LockedPayment> = {}): LockedPayment =>
  createLockedPayment({
    status: "held",
    endedAt: null,
    heldKind: "prompt",
    heldMinor: 0n,
    heldUntil: new Date(now + 1),
    ...change,
  });

const payer = (change = {}) => createWallet(30_00n, change);
const answer = (
  reply: PromptReply,
  original: LockedPayment | undefined,
  accounts = [createOrganisationAccount(), payer()],
) => decidePromptAnswer({ reply, twoStepHoldMs: 600_000 }, createLockedState(accounts, { original }));

test("every reply to a closed or missing prompt is refused with prompt_not_open", () => {
  // prettier-ignore
  const closed = [
    undefined,
    open({ heldUntil: new Date(now) }),
    open({ heldKind: "two_step", holdCode: "ABC12345" }),
    createLockedPayment(),
    createLockedPayment({ status: "expired", refusal: "customer_did_not_answer" }),
  ];
  for (const original of closed) {
    for (const reply of ["approve", "decline", "wrong_pin", "unreachable"] as const)
      assert.equal(getOutcome(answer(reply, original)), "prompt_not_open");
  }
});

test("an approval posts the amount for the payment that sent the prompt", () => {
  const decision = answer("approve", open());
  assert.deepEqual(formatPostings(decision), ["wallet 255750000001 > working 000000 3000 collection"]);
  assert(decision.outcome === "completed");
  assert.equal(decision.postings?.[0]?.fromHeld, undefined);
  assert.deepEqual(
    [decision.forPaymentId, decision.closePrompt, decision.closeHold?.paymentId],
    [9n, 9n, 9n],
  );
  assert.equal(decision.paymentChange?.status, "completed");
});

test("a reply other than approve moves no money and records the reason", () => {
  const table = [
    { reply: "decline", status: "cancelled", refusal: "customer_declined" },
    { reply: "wrong_pin", status: "failed", refusal: "customer_pin_wrong" },
    { reply: "unreachable", status: "failed", refusal: "customer_unreachable" },
  ] as const;
  for (const { reply, status, refusal } of table) {
    const decision = answer(reply, open());
    assert(decision.outcome === "completed");
    assert.deepEqual(formatPostings(decision), []);
    assert.deepEqual([decision.closeHold?.releaseTo, decision.closeHold?.amountMinor], [null, 0n]);
    assert.deepEqual(
      [decision.refusedCustomer?.wallet.owner, decision.refusedCustomer?.refusal],
      ["255750000001", refusal],
    );
    assert.deepEqual([decision.paymentChange?.status, decision.paymentChange?.refusal], [status, refusal]);
  }
});

test("an approval checks again that the customer may pay and the organisation may receive", () => {
  const table = [
    { accounts: [createOrganisationAccount(), payer({ status: "locked" })], refusal: "customer_inactive" },
    {
      accounts: [createOrganisationAccount(), payer({ blockedOrganisations: "000000" })],
      refusal: "organisation_blocked",
    },
    {
      accounts: [createOrganisationAccount(), payer({ availableMinor: 29_99n })],
      refusal: "customer_balance_too_low",
    },
    {
      accounts: [{ ...createOrganisationAccount(), status: "inactive" as const }, payer()],
      refusal: "organisation_inactive",
    },
    {
      accounts: [{ ...createOrganisationAccount(), availableMinor: 8_999_999_999_999_999_999n }, payer()],
      refusal: "account_full",
    },
  ];
  for (const { accounts, refusal } of table) {
    const decision = answer("approve", open(), accounts);
    assert(decision.outcome === "completed");
    assert.deepEqual(formatPostings(decision), []);
    assert.equal(decision.paymentChange?.refusal, refusal);
  }
});

test("the approval of a two-step payment holds its amount until its organisation commits it", () => {
  const decision = answer("approve", open({ holdCode: "ABC12345" }));
  assert(decision.outcome === "completed");
  const { account, ...extension } = decision.extendHold ?? {};
  assert.equal(account?.owner, "255750000001");
  assert.deepEqual(extension, { paymentId: 9n, amountMinor: 30_00n, expiresAt: now + 600_000 });
  assert.deepEqual(
    [decision.paymentChange, decision.closeHold, decision.closePrompt],
    [undefined, undefined, 9n],
  );
});

test("the approval of a two-step payment that the balance does not cover ends it", () => {
  const poor = [createOrganisationAccount(), payer({ availableMinor: 29_99n })];
  const decision = answer("approve", open({ holdCode: "ABC12345" }), poor);
  assert(decision.outcome === "completed");
  assert.deepEqual(
    [decision.extendHold, decision.paymentChange?.refusal],
    [undefined, "customer_balance_too_low"],
  );
});

test("an approved mandate has the terms of its prompt", () => {
  const terms = {
    applicationId: 7n,
    organisation: "000000",
    msisdn: "255750000001",
    reference: "rent",
    frequency: "monthly" as const,
    firstPaymentDay: 20261121,
    expiryDay: null,
    rangeStart: 1,
    rangeEnd: 22,
  };
  const promptedMandate: unknown = JSON.parse(JSON.stringify(serialiseTerms(terms)));
  const original = open({
    type: "mandate",
    heldMinor: 0n,
    promptedMandate,
    creditKind: null,
    creditOwner: null,
  });
  const decision = answer("approve", original, [createOrganisationAccount(), payer()]);
  assert(decision.outcome === "completed");
  assert.deepEqual(decision.createMandate, terms);
  assert.equal(decision.paymentChange?.status, "completed");

  const late = answer("approve", {
    ...original,
    promptedMandate: { ...terms, applicationId: "7", expiryDay: 20000101 },
  });
  assert(late.outcome === "completed");
  assert.deepEqual([late.createMandate, late.paymentChange?.refusal], [undefined, "mandate_expired"]);
  const closed = answer("approve", original, [
    { ...createOrganisationAccount(), status: "inactive" },
    payer(),
  ]);
  assert(closed.outcome === "completed");
  assert.deepEqual(
    [closed.createMandate, closed.paymentChange?.refusal],
    [undefined, "organisation_inactive"],
  );
});

test("a prompt expires as unanswered at its time limit, and not before", () => {
  const due = open({ heldUntil: new Date(now) });
  const decision = decideHoldExpiry(
    createLockedState([createOrganisationAccount(), payer()], { original: due }),
  );
  assert(decision.outcome === "completed");
  assert.deepEqual(
    [decision.paymentChange?.status, decision.paymentChange?.refusal],
    ["expired", "prompt_expired"],
  );
  const waiting = open({ heldUntil: new Date(now), promptDisplayed: false });
  const undelivered = decideHoldExpiry(
    createLockedState([createOrganisationAccount(), payer()], { original: waiting }),
  );
  assert(undelivered.outcome === "completed");
  assert.deepEqual(
    [undelivered.paymentChange?.status, undelivered.paymentChange?.refusal],
    ["expired", "prompt_undelivered"],
  );
  assert.equal(
    getOutcome(
      decideHoldExpiry(createLockedState([createOrganisationAccount(), payer()], { original: open() })),
    ),
    "hold_not_open",
  );
});
