import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createAccount,
  paymentRequest,
  createLockedState,
  formatPostings,
  createOrganisationAccount,
  getOutcome,
} from "../../../test/support/fixtures.ts";
import { decideTransfer, type Transfer } from "./transfer.ts";
import { createSimulation } from "../../sandbox/scenarios.ts";

const baseRequest: Transfer = {
  ...paymentRequest,
  operation: "b2b",
  receiver: "445566",
  receiverAccount: "working",
  amountMinor: 30_00n,
};
const receiver = () => createAccount("working", "445566");
const poorShop = () => createAccount("working", "000000", 29_99n);

test("checks run in a fixed order and the first failure is the refusal", () => {
  const refusedScenario = createSimulation("internal_error");
  const inactiveReceiver = { ...receiver(), status: "inactive" as const };
  const unknownOrganisation = { ...baseRequest, organisation: "999999" };
  // prettier-ignore
  const table = [
    { request: { ...unknownOrganisation, limits: { sessionDailyCount: 0 }, simulation: refusedScenario }, accounts: [], expected: "session_count_limit" },
    { request: { ...unknownOrganisation, simulation: refusedScenario }, accounts: [],                                 expected: "internal_error" },
    { request: unknownOrganisation, accounts: [createAccount("working", "999999")],                                   expected: "organisation_unknown" },
    { request: baseRequest, accounts: [{ ...poorShop(), status: "inactive" as const }],                               expected: "organisation_inactive" },
    { request: baseRequest, accounts: [poorShop()],                                                                   expected: "receiver_unknown" },
    { request: baseRequest, accounts: [poorShop(), inactiveReceiver],                                                 expected: "organisation_inactive" },
    { request: { ...baseRequest, receiver: "000000" }, accounts: [poorShop()],                                        expected: "same_party" },
    { request: baseRequest, accounts: [poorShop(), receiver()],                                                       expected: "organisation_balance_too_low" },
    { request: baseRequest, accounts: [createOrganisationAccount(), receiver()],                                      expected: "completed" },
  ];
  for (const { request, accounts, expected } of table)
    assert.equal(getOutcome(decideTransfer(request, createLockedState(accounts))), expected);
});

test("a transfer may pay an organisation that the application does not act for", () => {
  const decision = decideTransfer(baseRequest, createLockedState([createOrganisationAccount(), receiver()]));
  assert.deepEqual(formatPostings(decision), ["working 000000 > working 445566 3000 transfer"]);
});
