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
import { decidePayout, type Payout } from "./pay-out.ts";
import { createSimulation } from "../../sandbox/scenarios.ts";

const baseRequest: Payout = {
  ...paymentRequest,
  operation: "b2c",
  msisdn: "255750000001",
  amountMinor: 30_00n,
};
const poorShop = () => createAccount("working", "000000", 29_99n);

test("checks run in a fixed order and the first failure is the refusal", () => {
  const refusedScenario = createSimulation("timed_out");
  const locked = createWallet(0n, { status: "locked" });
  const unknownOrganisation = { ...baseRequest, organisation: "999999" };
  // prettier-ignore
  const table = [
    { request: { ...unknownOrganisation, limits: { singleValueMinor: 1n }, simulation: refusedScenario }, accounts: [locked], expected: "single_value_limit" },
    { request: { ...unknownOrganisation, simulation: refusedScenario }, accounts: [locked],                           expected: "timed_out" },
    { request: unknownOrganisation, accounts: [locked, createAccount("working", "999999")],                           expected: "organisation_unknown" },
    { request: baseRequest, accounts: [{ ...poorShop(), status: "inactive" as const }],                               expected: "organisation_inactive" },
    { request: baseRequest, accounts: [poorShop()],                                                                   expected: "customer_unknown" },
    { request: baseRequest, accounts: [poorShop(), locked],                                                           expected: "customer_inactive" },
    { request: baseRequest, accounts: [poorShop(), createWallet()],                                                   expected: "organisation_balance_too_low" },
    { request: baseRequest, accounts: [createOrganisationAccount(), createWallet()],                                  expected: "completed" },
  ];
  for (const { request, accounts, expected } of table)
    assert.equal(getOutcome(decidePayout(request, createLockedState(accounts))), expected);
});

test("a payout sends no prompt: a customer who ignores prompts is paid", () => {
  const decision = decidePayout(
    baseRequest,
    createLockedState([createOrganisationAccount(), createWallet(0n, { behaviour: "ignore" })]),
  );
  assert.deepEqual(formatPostings(decision), ["working 000000 > wallet 255750000001 3000 payout"]);
});

test("a successful scenario is funded by the float", () => {
  const request = { ...baseRequest, simulation: createSimulation("accepted") };
  assert.deepEqual(
    formatPostings(decidePayout(request, createLockedState([poorShop(), createWallet(), createFloat()]))),
    [
      "float operator > working 000000 3000 scenario_funding",
      "working 000000 > wallet 255750000001 3000 payout",
    ],
  );
});
