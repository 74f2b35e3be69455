import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createWallet,
  createAccount,
  paymentRequest,
  createLockedState,
  createFloat,
  formatPostings,
  createOrganisationAccount,
  getOutcome,
} from "../../../test/support/fixtures.ts";
import { decideCollection, type Collection } from "./collect.ts";
import { createSimulation } from "../../sandbox/scenarios.ts";

const baseRequest: Collection = {
  ...paymentRequest,
  msisdn: "255750000001",
  amountMinor: 30_00n,
  promptLifeMs: 90_000,
  promptLimits: { perCustomer: 3, perCustomerAndApplication: 1 },
  twoStep: null,
};
const refusedScenario = createSimulation("payment_failed");

/**
 * Each row fixes the one problem that the row above was refused for and keeps the others. So a row proves
 * its own refusal, and that it comes before those below.
 */
test("checks run in a fixed order and the first failure is the refusal", () => {
  const poorCustomer = (change = {}) => createWallet(29_99n, { behaviour: "decline", ...change });
  const blocking = { blockedOrganisations: "000000 445566" };
  const createPromptedWallet = (change = {}) => createWallet(29_99n, { behaviour: "ask", ...change });
  const inactiveShop = { ...createOrganisationAccount(), status: "inactive" as const };
  const unknownOrganisation = { ...baseRequest, organisation: "999999" };
  const lowLimit = { limits: { singleValueMinor: 29_99n } };
  // prettier-ignore
  const table = [
    { request: { ...unknownOrganisation, ...lowLimit, simulation: refusedScenario }, accounts: [poorCustomer({ status: "locked" })], expected: "single_value_limit" },
    { request: { ...unknownOrganisation, simulation: refusedScenario }, accounts: [poorCustomer({ status: "locked" })], expected: "payment_failed" },
    { request: unknownOrganisation, accounts: [poorCustomer({ status: "locked" }), createAccount("working", "999999")], expected: "organisation_unknown" },
    { request: baseRequest, accounts: [poorCustomer({ status: "locked" })],                                           expected: "organisation_unknown" },
    { request: baseRequest, accounts: [inactiveShop],                                                                 expected: "organisation_inactive" },
    { request: baseRequest, accounts: [createOrganisationAccount()],                                                  expected: "customer_unknown" },
    { request: baseRequest, accounts: [createOrganisationAccount(), poorCustomer({ status: "locked" })],              expected: "customer_inactive" },
    { request: baseRequest, accounts: [createOrganisationAccount(), poorCustomer(blocking)],                          expected: "organisation_blocked" },
    { request: baseRequest, accounts: [createOrganisationAccount(), poorCustomer()], isRefusalLimitReached: () => true, expected: "customer_refusal_limit" },
    { request: baseRequest, accounts: [createOrganisationAccount(), poorCustomer()],                                  expected: "customer_declined" },
    { request: baseRequest, accounts: [createOrganisationAccount(), poorCustomer({ behaviour: "ignore" })],           expected: "customer_did_not_answer" },
    { request: baseRequest, accounts: [createOrganisationAccount(), poorCustomer({ behaviour: "off" })],              expected: "customer_unreachable" },
    { request: baseRequest, accounts: [createOrganisationAccount(), createPromptedWallet({ openPrompts: "5 7 8" })],                 expected: "application_prompt_limit" },
    { request: baseRequest, accounts: [createOrganisationAccount(), createPromptedWallet({ openPrompts: "5 8 8" })],                 expected: "customer_prompt_limit" },
    { request: baseRequest, accounts: [createOrganisationAccount(), createPromptedWallet({ openPrompts: "5 8" })],                   expected: "held" },
    { request: baseRequest, accounts: [createOrganisationAccount(), poorCustomer({ behaviour: "approve" })],          expected: "customer_balance_too_low" },
    { request: baseRequest, accounts: [createOrganisationAccount(), createWallet(30_00n)],                            expected: "completed" },
  ];
  for (const { request, accounts, expected, ...overrides } of table)
    assert.equal(getOutcome(decideCollection(request, createLockedState(accounts, overrides))), expected);
});

test("a collection moves the amount from the customer to the organisation", () => {
  const decision = decideCollection(
    baseRequest,
    createLockedState([createOrganisationAccount(), createWallet()]),
  );
  assert.deepEqual(formatPostings(decision), ["wallet 255750000001 > working 000000 3000 collection"]);
});

test("the first step of a two-step payment holds the amount on the customer until it expires", () => {
  const state = createLockedState([createOrganisationAccount(), createWallet()]);
  const decision = decideCollection(
    { ...baseRequest, twoStep: { holdCode: "ABC12345", holdMs: 60_000 } },
    state,
  );
  assert(decision.outcome === "held");
  assert.deepEqual(formatPostings(decision), []);
  const { account: payer, creditAccount, amountMinor, expiresAt, holdCode } = decision.hold;
  assert.deepEqual(
    [payer.owner, creditAccount?.owner, amountMinor, holdCode],
    ["255750000001", "000000", 30_00n, "ABC12345"],
  );
  assert.equal(expiresAt, state.now + 60_000);
});

test("a successful scenario is funded by the float, whatever the customer's balance and behaviour", () => {
  const request = { ...baseRequest, simulation: createSimulation("accepted") };
  const decision = decideCollection(
    request,
    createLockedState([
      createOrganisationAccount(),
      createWallet(0n, { behaviour: "decline" }),
      createFloat(),
    ]),
  );
  assert.deepEqual(formatPostings(decision), [
    "float operator > wallet 255750000001 3000 scenario_funding",
    "wallet 255750000001 > working 000000 3000 collection",
  ]);
});

test("a prompt holds no money, and is the same whatever the customer's balance is", () => {
  for (const behaviour of ["ask", "no_signal", "slow", "late", "loses_signal"] as const) {
    for (const balanceMinor of [0n, 29_99n, 30_00n]) {
      const state = createLockedState([
        createOrganisationAccount(),
        createWallet(balanceMinor, { behaviour }),
      ]);
      const decision = decideCollection(baseRequest, state);
      assert(decision.outcome === "held", behaviour);
      const { account: payer, amountMinor, expiresAt, holdCode, promptRequest } = decision.hold;
      assert.deepEqual([payer.owner, amountMinor, holdCode], ["255750000001", 0n, null]);
      assert.deepEqual(promptRequest, { msisdn: "255750000001", mandate: null });
      assert.equal(expiresAt, state.now + 90_000);
    }
  }
});

test("a two-step payment sends its prompt first, and has its hold code from the start", () => {
  const state = createLockedState([createOrganisationAccount(), createWallet(30_00n, { behaviour: "ask" })]);
  const twoStep = { holdCode: "ABC12345", holdMs: 600_000 };
  const decision = decideCollection({ ...baseRequest, twoStep }, state);
  assert(decision.outcome === "held");
  assert.deepEqual([decision.hold.holdCode, decision.hold.expiresAt], ["ABC12345", state.now + 90_000]);
});
