/** A day with every type of payment and every outcome, for tests that inspect the ledger. */
import assert from "node:assert/strict";
import { msPerDay, localTime, msPerMinute } from "../../src/core/clock.ts";
import { railFor } from "../../src/core/rails.ts";
import { expireHolds } from "../../src/payments/expire-holds.ts";
import { fund } from "../../src/payments/funding.ts";
import { registerBiller, sendInvoices } from "../../src/payments/invoices.ts";
import { completeValidation, payMerchant } from "../../src/payments/pay-merchant.ts";
import { emptyNarrative, type Payments, type Narrative } from "../../src/payments/payments.ts";
import type { Caller, Outcome, PaymentRequest } from "../../src/payments/instruction.ts";
import type { Product } from "../../src/protocols/openapi-v2/products.ts";
import type { ValidationResult } from "../../src/payments/rules/validate.ts";
import type { PromptReply } from "../../src/payments/rules/answer-prompt.ts";
import type { Simulation } from "../../src/payments/simulation.ts";
import { createSimulation } from "../../src/sandbox/scenarios.ts";
import { insertMerchant } from "./c2b.ts";
import { createTestCustomer } from "./payments.ts";
import { createReference, type TestSandbox } from "./sandbox.ts";

/** The market whose ledger it fills. */
export const sampleDayMarket = "vodacomTZN";

const accepted = createSimulation("accepted");
const declined = createSimulation("customer_pin_wrong");

/**
 * Fills the sandbox ledger of `sampleDayMarket`. Leaves two holds and two prompts open, one of each with a callback, and a
 * validation, which no server asks for in this market.
 */
export async function runSampleDay(sandbox: TestSandbox): Promise<void> {
  const payments = sandbox.platform.payments(railFor("sandbox", sampleDayMarket));
  const [amina = "", baraka = ""] = sandbox.clientInfo.markets[sampleDayMarket].customers;
  const callbackCaller: Caller = {
    applicationId: 1n,
    session: "ab".repeat(16),
    shortcodes: null,
    protocol: "openapi-v2",
    endpoints: { result: "https://127.0.0.1:9/never" },
  };
  const pollingCaller: Caller = { ...callbackCaller, endpoints: null };
  const buildRequest: BuildRequest = (product, overrides = {}) => ({
    id: sandbox.platform.newId(),
    operation: product,
    caller: callbackCaller,
    limits: { customerDailyCount: 1000 },
    organisation: "000000",
    organisationAccount: "working",
    reference: createReference(),
    simulation: null,
    ...emptyNarrative,
    ...overrides,
  });
  const payment = { msisdn: amina, amountMinor: 50_00n };

  const collected = assertCompleted(await payments.collect({ ...buildRequest("c2bSingle"), ...payment }));
  assertCompleted(
    await payments.collect({
      ...buildRequest("c2bSingle", { caller: pollingCaller }),
      ...payment,
      msisdn: baraka,
    }),
  );
  assertCompleted(
    await payments.collect({
      ...buildRequest("c2bSingle", { simulation: accepted }),
      ...payment,
      msisdn: "000000000001",
    }),
  );
  assertStatus(
    await payments.collect({ ...buildRequest("c2bSingle", { simulation: declined }), ...payment }),
    "failed",
  );
  assertStatus(
    await payments.collect({ ...buildRequest("c2bSingle"), ...payment, amountMinor: 999_999_999_00n }),
    "failed",
  );
  const paidOut = assertCompleted(
    await payments.payOut({ ...buildRequest("b2c"), ...payment, msisdn: baraka }),
  );
  assertCompleted(
    await payments.transfer({
      ...buildRequest("b2b"),
      receiver: "000001",
      receiverAccount: "working",
      amountMinor: 70_00n,
    }),
  );

  assertCompleted(
    await payments.reverse({ ...buildRequest("reversal"), amountMinor: 20_00n, paymentId: collected.id }),
  );
  assertCompleted(
    await payments.reverse({ ...buildRequest("reversal"), amountMinor: null, paymentId: collected.id }),
  );
  assertStatus(
    await payments.reverse({ ...buildRequest("reversal"), amountMinor: 60_00n, paymentId: paidOut.id }),
    "failed",
  );
  assertCompleted(
    await payments.reverse({
      ...buildRequest("reversal", { simulation: accepted }),
      amountMinor: null,
      paymentId: null,
    }),
  );

  await exerciseHolds(sandbox, payments, buildRequest, payment);
  await answerPrompts(sandbox, payments, buildRequest, pollingCaller);
  await exerciseMandates(sandbox, payments, buildRequest, amina);
  await exerciseValidations(sandbox, payments, baraka);
  await payInvoice(sandbox, payments, baraka);
  const deposit = {
    account: { kind: "utility", owner: "000000" },
    description: "Float for a payday",
  } as const;
  assertCompleted(await fund(payments, { id: sandbox.platform.newId(), ...deposit, amountMinor: 1_000_00n }));
  assertCompleted(await fund(payments, { id: sandbox.platform.newId(), ...deposit, amountMinor: -200_00n }));
}

/** Payments that a customer starts, with every answer of a validation. */
async function exerciseValidations(sandbox: TestSandbox, payments: Payments, msisdn: string): Promise<void> {
  const { sql } = payments.context;
  const organisation = await insertMerchant(sql, {
    validationUrl: "https://127.0.0.1:9/never",
    confirmationUrl: "https://127.0.0.1:9/never",
  });
  const request = { msisdn, account: "INV1", amountMinor: 5_00n, purpose: null, description: "" } as const;
  const pay = (receiver: string) =>
    payMerchant(payments, {
      ...request,
      id: sandbox.platform.newId(),
      organisation: receiver,
      simulatedBy: null,
      refusal: null,
    });
  assertCompleted(await pay("000000"));
  const failure = "No answer within 8 s.";
  const results: readonly ValidationResult[] = [
    { verdict: "accepted", thirdPartyReference: "shop-1" },
    { verdict: "refused", refusal: "validation_rejected_account" },
    { verdict: "none", responseType: "cancelled", failure },
  ];
  for (const result of results) {
    const { id: paymentId } = assertStatus(await pay(organisation), "held");
    assertCompleted(await completeValidation(payments, { id: sandbox.platform.newId(), paymentId, result }));
  }
  assertStatus(await pay(organisation), "held");
}

/** An invoice that is paid in part. */
async function payInvoice(sandbox: TestSandbox, payments: Payments, msisdn: string): Promise<void> {
  const organisation = await insertMerchant(payments.context.sql, { validates: false });
  const account = "BILL-1";
  await registerBiller(payments.context, {
    shortcode: organisation,
    protocol: "daraja",
    applicationId: 1n,
    appKey: organisation,
    email: "bills@example.com",
    officialContact: "0710000000",
    sendsReminders: false,
    callbackUrl: "https://127.0.0.1:9/never",
  });
  const invoice = {
    externalReference: "1",
    billedName: "Baraka",
    billedMsisdn: msisdn,
    billedPeriod: "May",
    name: "Rent",
    dueDay: 20300101,
    accountReference: account,
    amountMinor: 100_00n,
    items: [],
  };
  assert.deepEqual(
    await sendInvoices(payments, { shortcode: organisation, sendsReminders: false }, [invoice]),
    [],
  );
  assertCompleted(
    await payMerchant(payments, {
      id: sandbox.platform.newId(),
      msisdn,
      organisation,
      account,
      amountMinor: 5_00n,
      purpose: null,
      description: "",
      simulatedBy: null,
      refusal: null,
    }),
  );
}

type BuildRequest = (
  product: Product,
  overrides?: { caller?: Caller; simulation?: Simulation },
) => PaymentRequest & Narrative;
type PaymentFields = { readonly msisdn: string; readonly amountMinor: bigint };

async function exerciseHolds(
  sandbox: TestSandbox,
  payments: Payments,
  buildRequest: BuildRequest,
  payment: PaymentFields,
): Promise<void> {
  const hold = (simulation: Simulation | null = null) =>
    payments.collectInTwoSteps({ ...buildRequest("c2bMultiStage"), simulation: simulation, ...payment });
  const endHold = ({ id, holdCode: voucher }: Outcome, ends: "commit" | "release") =>
    payments.completeHold({
      ...buildRequest("updateTransactionStatus"),
      action: ends,
      holdCode: voucher ?? "",
      paymentId: id,
      transactionId: "",
    });

  assertStatus(await hold(), "held");
  sandbox.clock.advance(2 * msPerDay);
  assert.equal((await expireHolds(payments, sandbox.platform.newId)).length, 1);

  const committed = assertStatus(await hold(), "held");
  assertStatus(await endHold({ ...committed, holdCode: "AAA00000" }, "commit"), "failed");
  assertCompleted(await endHold(committed, "commit"));
  assertCompleted(
    await payments.reverse({ ...buildRequest("reversal"), amountMinor: 10_00n, paymentId: committed.id }),
  );
  assertCompleted(await endHold(assertStatus(await hold(), "held"), "release"));
  assertCompleted(await endHold(assertStatus(await hold(accepted), "held"), "commit"));
  assertStatus(await hold(accepted), "held");
  assertStatus(await payments.collectInTwoSteps({ ...buildRequest("c2bMultiStage"), ...payment }), "held");
}

/** Every reply to a prompt, and two prompts that stay open. */
async function answerPrompts(
  sandbox: TestSandbox,
  payments: Payments,
  buildRequest: BuildRequest,
  pollingCaller: Caller,
): Promise<void> {
  const msisdn = await createTestCustomer(sandbox, { answer: "ask", market: sampleDayMarket });
  await sandbox.sql(sampleDayMarket)`update accounts set has_handset = true where owner = ${msisdn}`;
  const payment = { msisdn, amountMinor: 5_00n };
  const prompt = async (outcome: Promise<Outcome>) => assertStatus(await outcome, "held").id;
  const answerPrompt = async (paymentId: bigint, reply: PromptReply) =>
    payments.answerPrompt({ id: sandbox.platform.newId(), paymentId, reply });
  const terms = { frequency: "monthly", expiryDay: null, rangeStart: 1, rangeEnd: 28 } as const;
  const rent = { msisdn, mandateReference: "Rent of a person", firstPaymentDay: 20270101, ...terms };
  const car = { ...rent, mandateReference: "Car of a person" };

  // Declined first: while a mandate is active, another one with its reference is refused.
  for (const reply of ["decline", "wrong_pin", "unreachable", "approve"] as const) {
    assertCompleted(
      await answerPrompt(await prompt(payments.collect({ ...buildRequest("c2bSingle"), ...payment })), reply),
    );
    assertCompleted(
      await answerPrompt(
        await prompt(payments.createMandate({ ...buildRequest("directDebitCreate"), ...rent })),
        reply,
      ),
    );
  }
  await prompt(payments.collect({ ...buildRequest("c2bSingle"), ...payment }));
  sandbox.clock.advance(2 * msPerMinute);
  assert.equal((await expireHolds(payments, sandbox.platform.newId)).length, 1);
  assertCompleted(
    await answerPrompt(
      await prompt(payments.collectInTwoSteps({ ...buildRequest("c2bMultiStage"), ...payment })),
      "approve",
    ),
  );
  await prompt(payments.collect({ ...buildRequest("c2bSingle"), ...payment }));
  await prompt(
    payments.createMandate({ ...buildRequest("directDebitCreate", { caller: pollingCaller }), ...car }),
  );
}

async function exerciseMandates(
  sandbox: TestSandbox,
  payments: Payments,
  buildRequest: BuildRequest,
  msisdn: string,
): Promise<void> {
  const today = localTime(sandbox.clock.now(), "Africa/Dar_es_Salaam").day;
  const terms = {
    frequency: "daily",
    firstPaymentDay: today,
    expiryDay: null,
    rangeStart: null,
    rangeEnd: null,
  } as const;
  const mandateReference = "Rent";
  const mandateKey = { msisdn, mandateReference, mandateId: null };
  assertCompleted(
    await payments.createMandate({
      ...buildRequest("directDebitCreate"),
      msisdn,
      mandateReference,
      ...terms,
    }),
  );
  assertCompleted(
    await payments.debit({ ...buildRequest("directDebitPayment"), ...mandateKey, amountMinor: 5_00n }),
  );
  assertStatus(
    await payments.debit({ ...buildRequest("directDebitPayment"), ...mandateKey, amountMinor: 5_00n }),
    "failed",
  );
  assertCompleted(
    await payments.debit({
      ...buildRequest("directDebitPayment"),
      ...mandateKey,
      simulation: accepted,
      amountMinor: 5_00n,
    }),
  );
  assertCompleted(await payments.cancelMandate({ ...buildRequest("directDebitCancel"), ...mandateKey }));
  const unscheduledTerms = { ...terms, frequency: null, firstPaymentDay: null };
  assertCompleted(
    await payments.createMandate({
      ...buildRequest("directDebitCreate"),
      msisdn,
      mandateReference: "Water",
      ...unscheduledTerms,
    }),
  );
  assertCompleted(
    await payments.debit({
      ...buildRequest("directDebitPayment"),
      ...mandateKey,
      mandateReference: "Water",
      amountMinor: 6_00n,
    }),
  );
}

const assertCompleted = (outcome: Outcome): Outcome => assertStatus(outcome, "completed");

function assertStatus(outcome: Outcome, status: Outcome["status"]): Outcome {
  assert.equal(outcome.status, status, `${outcome.refusal}`);
  return outcome;
}
