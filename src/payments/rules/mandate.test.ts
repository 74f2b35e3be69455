import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createWallet,
  paymentRequest,
  createLockedState,
  createMandateRow,
  formatPostings,
  createOrganisationAccount,
  getOutcome,
} from "../../../test/support/fixtures.ts";
import { decideCancellation, decideDebit, decideMandate } from "./mandate.ts";
import type { Debit, MandateCreation, MandateUse } from "./mandate.ts";
import { createSimulation } from "../../sandbox/scenarios.ts";

const commonFields = { ...paymentRequest, msisdn: "255750000001", mandateReference: "rent" };
const creation: MandateCreation = {
  ...commonFields,
  operation: "directDebitCreate",
  frequency: "monthly",
  firstPaymentDay: 20261121,
  expiryDay: null,
  rangeStart: 1,
  rangeEnd: 22,
  promptLifeMs: 90_000,
  promptLimits: { perCustomer: 3, perCustomerAndApplication: 1 },
};
const debit: Debit = {
  ...commonFields,
  operation: "directDebitPayment",
  mandateId: null,
  amountMinor: 30_00n,
};
const cancellation: MandateUse = { ...commonFields, operation: "directDebitCancel", mandateId: null };
const refusedScenario = createSimulation("payment_failed");
const unknownOrganisation = { organisation: "999999" };

test("checks of a creation run in a fixed order and the first failure is the refusal", () => {
  // prettier-ignore
  const table = [
    { request: { ...creation, ...unknownOrganisation, limits: { customerDailyCount: 0 }, simulation: refusedScenario }, accounts: [], expected: "customer_count_limit" },
    { request: { ...creation, ...unknownOrganisation, simulation: refusedScenario }, accounts: [],                    expected: "payment_failed" },
    { request: { ...creation, ...unknownOrganisation }, accounts: [],                                                 expected: "organisation_unknown" },
    { request: creation, accounts: [createOrganisationAccount()],                                                     expected: "customer_unknown" },
    { request: creation, accounts: [createOrganisationAccount(), createWallet(0n, { status: "pending", behaviour: "decline" })], expected: "customer_inactive" },
    { request: creation, accounts: [createOrganisationAccount(), createWallet(0n, { behaviour: "decline" })],         expected: "customer_declined" },
    { request: creation, accounts: [createOrganisationAccount(), createWallet(0n, { behaviour: "ignore" })],          expected: "customer_did_not_answer" },
    { request: creation, accounts: [createOrganisationAccount(), createWallet(0n, { behaviour: "off" })],             expected: "customer_unreachable" },
    { request: creation, accounts: [createOrganisationAccount(), createWallet(0n, { behaviour: "ask" })],             expected: "held" },
    { request: creation, accounts: [createOrganisationAccount(), createWallet(0n)],                                   expected: "completed" },
  ];
  for (const { request, accounts, expected } of table)
    assert.equal(getOutcome(decideMandate(request, createLockedState(accounts))), expected);
});

test("an application gets one mandate with a reference from a customer, and asks for one at a time", () => {
  const active = { mandate: { id: 15001n, expiryDay: null, expiredAt: null }, promptedBy: null };
  const lastDay = { ...active, mandate: { ...active.mandate, expiryDay: 20261121 } };
  const expired = { ...active, mandate: { ...active.mandate, expiryDay: 20261120 } };
  const none = { mandate: null, promptedBy: null };
  const accepted = createSimulation("accepted");
  // prettier-ignore
  const table = [
    { request: creation,                                  existing: active,                         expected: "mandate_exists" },
    { request: creation,                                  existing: lastDay,                        expected: "mandate_exists" },
    { request: creation,                                  existing: { ...expired, promptedBy: 8n }, expected: "mandate_awaits_consent" },
    { request: creation,                                  existing: { ...none, promptedBy: 8n },    expected: "mandate_awaits_consent" },
    { request: creation,                                  existing: expired,                        expected: "completed" },
    { request: { ...creation, simulation: accepted },     existing: active,                         expected: "completed" },
    { request: { ...creation, ...unknownOrganisation },   existing: active,                         expected: "organisation_unknown" },
  ];
  for (const { request, existing, expected } of table) {
    const accounts = [createOrganisationAccount(), createWallet(0n)];
    const state = createLockedState(accounts, { findExistingMandate: () => existing });
    const decision = decideMandate(request, state);
    assert.equal(getOutcome(decision), expected);
    const replaced = decision.outcome === "completed" ? decision.replaceMandateId : undefined;
    assert.equal(replaced, existing === expired ? 15001n : undefined);
  }
  const keys: unknown[] = [];
  const findExistingMandate = (key: unknown) => {
    keys.push(key);
    return none;
  };
  decideMandate(
    creation,
    createLockedState([createOrganisationAccount(), createWallet()], { findExistingMandate }),
  );
  const [{ applicationId, msisdn, reference }] = keys as [
    { applicationId: bigint; msisdn: string; reference: string },
  ];
  assert.deepEqual([applicationId, msisdn, reference], [7n, "255750000001", "rent"]);
});

test("checks of a debit run in a fixed order and the first failure is the refusal", () => {
  const poorCustomer = () => createWallet(29_99n);
  const unusableMandate = createMandateRow({
    cancelledAt: new Date(1),
    expiryDay: 20261120,
    firstPaymentDay: 20261122,
    rangeEnd: 20,
    frequency: "monthly",
  });
  // prettier-ignore
  const table = [
    { request: { ...debit, ...unknownOrganisation, limits: { singleValueMinor: 1n }, simulation: refusedScenario }, accounts: [], mandates: [], expected: "single_value_limit" },
    { request: { ...debit, ...unknownOrganisation, simulation: refusedScenario }, accounts: [], mandates: [],         expected: "payment_failed" },
    { request: { ...debit, ...unknownOrganisation }, accounts: [], mandates: [],                                      expected: "organisation_unknown" },
    { request: debit, accounts: [createOrganisationAccount()], mandates: [],                                          expected: "customer_unknown" },
    { request: debit, accounts: [createOrganisationAccount(), createWallet(0n, { status: "locked" })], mandates: [],  expected: "customer_inactive" },
    { request: debit, accounts: [createOrganisationAccount(), poorCustomer()], mandates: [],                          expected: "mandate_unknown" },
    { request: { ...debit, mandateId: 5n }, accounts: [createOrganisationAccount(), poorCustomer()], mandates: [],    expected: "mandate_id_unknown" },
    { request: { ...debit, mandateId: 5n }, accounts: [createOrganisationAccount(), poorCustomer()], mandates: [{ ...unusableMandate, reference: "car" }], expected: "mandate_mismatch" },
    { request: debit, accounts: [createOrganisationAccount(), poorCustomer()], mandates: [unusableMandate],           expected: "mandate_not_active" },
    { request: debit, accounts: [createOrganisationAccount(), poorCustomer()], mandates: [{ ...unusableMandate, cancelledAt: null }], expected: "mandate_expired" },
    { request: debit, accounts: [createOrganisationAccount(), poorCustomer()], mandates: [{ ...unusableMandate, cancelledAt: null, expiryDay: 20261121 }], expected: "mandate_not_started" },
    { request: debit, accounts: [createOrganisationAccount(), poorCustomer()], mandates: [{ ...unusableMandate, cancelledAt: null, expiryDay: null, firstPaymentDay: 20261121 }], expected: "mandate_outside_days" },
    { request: debit, accounts: [createOrganisationAccount(), poorCustomer()], mandates: [createMandateRow({ frequency: "monthly", firstPaymentDay: 20261101 })], expected: "mandate_period_paid" },
    { request: debit, accounts: [createOrganisationAccount(), poorCustomer()], mandates: [createMandateRow({ frequency: "on_demand" })], expected: "customer_balance_too_low" },
    { request: debit, accounts: [createOrganisationAccount(), createWallet(30_00n)], mandates: [createMandateRow({ frequency: "on_demand" })], expected: "completed" },
  ];
  for (const { request, accounts, mandates, expected } of table) {
    assert.equal(
      getOutcome(decideDebit(request, createLockedState(accounts, { mandates, periodPaid: () => true }))),
      expected,
    );
  }
});

test("a debit sends no prompt and marks its period as paid", () => {
  const mandates = [createMandateRow({ frequency: "monthly", firstPaymentDay: 20260901 })];
  const decision = decideDebit(
    debit,
    createLockedState([createOrganisationAccount(), createWallet(100_00n, { behaviour: "decline" })], {
      mandates,
    }),
  );
  assert.deepEqual(formatPostings(decision), ["wallet 255750000001 > working 000000 3000 debit"]);
  assert(decision.outcome === "completed");
  assert.deepEqual(decision.markMandatePaid, { mandateId: 15001n, period: 2 });
});

test("checks of a cancellation run in a fixed order and the first failure is the refusal", () => {
  // prettier-ignore
  const table = [
    { request: { ...cancellation, ...unknownOrganisation, simulation: refusedScenario }, accounts: [], mandates: [],  expected: "payment_failed" },
    { request: { ...cancellation, ...unknownOrganisation }, accounts: [], mandates: [],                               expected: "organisation_unknown" },
    { request: cancellation, accounts: [createOrganisationAccount()], mandates: [],                                   expected: "customer_unknown" },
    { request: cancellation, accounts: [createOrganisationAccount(), createWallet()], mandates: [],                   expected: "mandate_unknown" },
    { request: cancellation, accounts: [createOrganisationAccount(), createWallet()], mandates: [createMandateRow({ cancelledAt: new Date(1) })], expected: "mandate_not_active" },
    { request: cancellation, accounts: [createOrganisationAccount(), createWallet()], mandates: [createMandateRow({ expiryDay: 20200101 })], expected: "completed" },
    { request: cancellation, accounts: [createOrganisationAccount(), createWallet(0n, { status: "locked" })], mandates: [createMandateRow()], expected: "completed" },
  ];
  for (const { request, accounts, mandates, expected } of table) {
    assert.equal(
      getOutcome(decideCancellation(request, createLockedState(accounts, { mandates }))),
      expected,
    );
  }
});
