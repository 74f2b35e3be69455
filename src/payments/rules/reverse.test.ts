import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createWallet,
  createAccount,
  paymentRequest,
  createLockedState,
  createFloat,
  formatPostings,
  createLockedPayment,
  createOrganisationAccount,
  getOutcome,
} from "../../../test/support/fixtures.ts";
import { decideReversal, isParty, type Reversal } from "./reverse.ts";
import { createSimulation, scenarioMsisdn } from "../../sandbox/scenarios.ts";

const baseRequest: Reversal = { ...paymentRequest, operation: "reversal", amountMinor: 10_00n };
const shopWithoutFunds = () => createAccount("working", "000000", 9_99n);

test("checks run in a fixed order and the first failure is the refusal", () => {
  const refusedScenario = createSimulation("payment_failed");
  const otherOrganisation = { organisation: "445566" };
  // prettier-ignore
  const table = [
    { request: { ...baseRequest, limits: { singleValueMinor: 1n }, simulation: refusedScenario }, original: undefined, expected: "single_value_limit" },
    { request: { ...baseRequest, simulation: refusedScenario }, original: undefined,                                  expected: "payment_failed" },
    { request: { ...baseRequest, organisation: "999999" }, original: undefined,                                       expected: "organisation_unknown" },
    { request: baseRequest, original: undefined,                                                                      expected: "payment_unknown" },
    { request: baseRequest, original: createLockedPayment({ ...otherOrganisation, type: "reversal", status: "failed" }), expected: "payment_not_yours" },
    { request: baseRequest, original: createLockedPayment({ type: "reversal", status: "failed" }),                    expected: "payment_not_reversible" },
    { request: baseRequest, original: createLockedPayment({ type: "funding" }),                                       expected: "payment_not_reversible" },
    { request: baseRequest, original: createLockedPayment({ type: "mandate" }),                                       expected: "payment_not_reversible" },
    { request: baseRequest, original: createLockedPayment({ type: "step" }),                                          expected: "payment_not_reversible" },
    { request: baseRequest, original: createLockedPayment({ status: "held", reversedMinor: 30_00n }),                 expected: "payment_not_completed" },
    { request: baseRequest, original: createLockedPayment({ status: "expired", reversedMinor: 30_00n }),              expected: "payment_not_completed" },
    { request: baseRequest, original: createLockedPayment({ reversedMinor: 30_00n }),                                 expected: "already_reversed" },
    { request: baseRequest, original: createLockedPayment({ reversedMinor: 20_01n }),                                 expected: "reversal_too_large" },
    { request: baseRequest, original: createLockedPayment({ reversedMinor: 20_00n }),                                 expected: "receiver_balance_too_low" },
  ];
  for (const { request, original, expected } of table) {
    assert.equal(
      getOutcome(
        decideReversal(request, createLockedState([shopWithoutFunds(), createWallet()], { original })),
      ),
      expected,
    );
  }
  assert.equal(
    getOutcome(
      decideReversal(
        baseRequest,
        createLockedState([createOrganisationAccount(), createWallet()], { original: createLockedPayment() }),
      ),
    ),
    "completed",
  );
});

test("a reversal debits the receiver, credits the payer, and adds to the payment's reversed amount", () => {
  const decision = decideReversal(
    baseRequest,
    createLockedState([createOrganisationAccount(), createWallet()], {
      original: createLockedPayment({ reversedMinor: 5_00n }),
    }),
  );
  assert.deepEqual(formatPostings(decision), ["working 000000 > wallet 255750000001 1000 reversal"]);
  assert(decision.outcome === "completed");
  assert.deepEqual(decision.paymentChange, {
    id: 9n,
    status: "completed",
    refusal: null,
    reversedMinor: 15_00n,
  });
});

test("without an amount a reversal takes the remaining amount", () => {
  const request = { ...baseRequest, amountMinor: null };
  const decision = decideReversal(
    request,
    createLockedState([createOrganisationAccount(), createWallet()], {
      original: createLockedPayment({ reversedMinor: 12_34n }),
    }),
  );
  assert.deepEqual(formatPostings(decision), ["working 000000 > wallet 255750000001 1766 reversal"]);
});

test("a customer's payment has one organisation as party, a transfer has both", () => {
  // prettier-ignore
  const table = [
    { type: "collection", organisation: "000000", counterparty: "445566", shortcode: "000000", expected: true },
    { type: "collection", organisation: "000000", counterparty: "445566", shortcode: "445566", expected: false },
    { type: "transfer", organisation: "000000", counterparty: "445566", shortcode: "000000",   expected: true },
    { type: "transfer", organisation: "000000", counterparty: "445566", shortcode: "445566",   expected: true },
    { type: "transfer", organisation: "000000", counterparty: "445566", shortcode: "778899",   expected: false },
  ] as const;
  for (const { shortcode, expected, ...row } of table) assert.equal(isParty(row, shortcode), expected);
});

test("a scenario's reversal is funded by the float and pays the scenario's customer the requested amount, or ten", () => {
  const scenarioWallet = createAccount("wallet", scenarioMsisdn);
  for (const [amountMinor, expectedMinor] of [
    [25_00n, 2500],
    [null, 1000],
  ] as const) {
    const request = { ...baseRequest, amountMinor, simulation: createSimulation("accepted") };
    assert.deepEqual(
      formatPostings(
        decideReversal(
          request,
          createLockedState([createOrganisationAccount(), scenarioWallet, createFloat()]),
        ),
      ),
      [
        `float operator > working 000000 ${expectedMinor} scenario_funding`,
        `working 000000 > wallet 000000000001 ${expectedMinor} reversal`,
      ],
    );
  }
});
