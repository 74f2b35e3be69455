/** Collections from an organisation: the checks before the prompt, and what the reply does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createAccount,
  createLockedState,
  formatPostings,
  getOutcome,
  paymentRequest,
} from "../../../test/support/fixtures.ts";
import { decideOrganisationCollection, type OrganisationCollection } from "./collect-from-organisation.ts";

const request: OrganisationCollection = {
  ...paymentRequest,
  caller: { ...paymentRequest.caller, shortcodes: null },
  organisation: "600996",
  organisationAccount: "utility",
  payer: "500102",
  payerAccount: "merchant",
  approver: "254722000006",
  amountMinor: 30_00n,
  promptLifeMs: 60_000,
  promptLimits: { perCustomer: 1, perCustomerAndApplication: 1 },
};

const createParties = (payer = {}, receiver = {}) => [
  createAccount("merchant", "500102", 0n, payer),
  createAccount("utility", "600996", 0n, receiver),
];

test("the prompt holds no money, whatever the balance, and goes to the person who decides", () => {
  const decision = decideOrganisationCollection(request, createLockedState(createParties()));
  assert(decision.outcome === "held");
  const { account, creditAccount, amountMinor, promptRequest } = decision.hold;
  assert.deepEqual([account.kind, creditAccount?.kind, amountMinor], ["merchant", "utility", 0n]);
  assert.deepEqual(promptRequest, { msisdn: "254722000006", mandate: null });
  assert.deepEqual(formatPostings(decision), []);
});

test("the first reason that applies refuses the payment", () => {
  const inactive = { status: "inactive" } as const;
  const open = { openPrompts: String(paymentRequest.caller.applicationId) };
  // prettier-ignore
  const table: readonly (readonly [string, Partial<OrganisationCollection>, object, object])[] = [
    ["customer_declined",            { refusal: "customer_declined" },  inactive,               inactive],
    ["organisation_inactive",        { payer: "999999" },               { ...inactive },        inactive],
    ["organisation_product_missing", { payer: "999999" },               { ...inactive },        {}],
    ["organisation_inactive",        {},                                { ...inactive, ...open }, {}],
    ["application_prompt_limit",     {},                                open,                   {}],
    ["held",                         {},                                {},                     {}],
  ];
  for (const [expected, overrides, payer, receiver] of table) {
    const state = createLockedState(createParties(payer, receiver));
    assert.equal(getOutcome(decideOrganisationCollection({ ...request, ...overrides }, state)), expected);
  }
});
