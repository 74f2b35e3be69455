/** A prompt on a handset is a hold of no money: the request only waits for it, and the hold's end decides. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { test } from "node:test";
import { msPerMinute } from "../../src/core/clock.ts";
import {
  collect,
  expireDueHolds,
  endHold,
  getHeld,
  hold,
  createTestCustomer,
  summarise,
  getStatus,
} from "../support/payments.ts";
import { answerPrompt, waitFor, waitForPrompt } from "../support/prompts.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import { c2bFields, createTestSandbox, createReference, type TestSandbox } from "../support/sandbox.ts";

const createAskingCustomer = (sandbox: TestSandbox) => createTestCustomer(sandbox, { answer: "ask" });

test("a customer who approves pays while the client waits", async () => {
  await using sandbox = await createTestSandbox();
  const msisdn = await createAskingCustomer(sandbox);
  const before = await sandbox.getAvailable("000000");
  const payment = collect(sandbox, { input_CustomerMSISDN: msisdn });
  const paymentId = await waitForPrompt(sandbox, msisdn);
  assert.deepEqual([await sandbox.getAvailable(msisdn), await getHeld(sandbox, msisdn)], [100_00n, 0n]);
  assert.equal(await sandbox.getAvailable("000000"), before);

  assert.equal((await answerPrompt(sandbox, paymentId, "approve")).refusal, null);
  const reply = await payment;
  assert.equal(summarise(reply), "201 INS-0");
  assert.equal(await getStatus(sandbox, reply.body["output_TransactionID"] ?? ""), "Completed False");
  assert.deepEqual([await sandbox.getAvailable(msisdn), await getHeld(sandbox, msisdn)], [90_00n, 0n]);
  assert.equal(await sandbox.getAvailable("000000"), before + 10_00n);
  await assertInvariantsHold(sandbox.databaseUrl);
});

test("a customer who declines, or enters a wrong PIN too often, keeps the money", async () => {
  await using sandbox = await createTestSandbox();
  for (const [reply, answer] of [
    ["decline", "401 INS-6"],
    ["wrong_pin", "401 INS-6"],
    ["unreachable", "408 INS-9"],
  ] as const) {
    const msisdn = await createAskingCustomer(sandbox);
    const payment = collect(sandbox, { input_CustomerMSISDN: msisdn });
    await answerPrompt(sandbox, await waitForPrompt(sandbox, msisdn), reply);
    assert.equal(summarise(await payment), answer, reply);
    assert.deepEqual([await sandbox.getAvailable(msisdn), await getHeld(sandbox, msisdn)], [100_00n, 0n]);
  }
  await assertInvariantsHold(sandbox.databaseUrl);
});

test("a client that waits too long gets INS-9; the prompt stays open, and a later query returns its result", async () => {
  await using sandbox = await createTestSandbox({ synchronousWaitMs: 50 });
  const msisdn = await createAskingCustomer(sandbox);
  const conversationReference = createReference();
  const reply = await collect(sandbox, {
    input_CustomerMSISDN: msisdn,
    input_ThirdPartyConversationID: conversationReference,
  });
  assert.equal(summarise(reply), "408 INS-9");
  assert.equal(await getStatus(sandbox, conversationReference), "N/A False");

  await answerPrompt(sandbox, await waitForPrompt(sandbox, msisdn), "approve");
  assert.equal(await getStatus(sandbox, conversationReference), "Completed False");
  assert.equal(await sandbox.getAvailable(msisdn), 90_00n);
});

test("a prompt without a reply expires at its time, and not before", async () => {
  await using sandbox = await createTestSandbox();
  const msisdn = await createAskingCustomer(sandbox);
  const payment = collect(sandbox, { input_CustomerMSISDN: msisdn });
  const paymentId = await waitForPrompt(sandbox, msisdn);
  sandbox.clock.advance(msPerMinute);
  assert.equal(await expireDueHolds(sandbox), 0);
  sandbox.clock.advance(msPerMinute);
  assert.equal((await answerPrompt(sandbox, paymentId, "approve")).refusal, "prompt_not_open");
  await expireDueHolds(sandbox);
  assert.equal(summarise(await payment), "408 INS-9");
  assert.deepEqual([await sandbox.getAvailable(msisdn), await getHeld(sandbox, msisdn)], [100_00n, 0n]);
  await assertInvariantsHold(sandbox.databaseUrl);
});

test("a client that disconnects changes nothing", async () => {
  await using sandbox = await createTestSandbox();
  const msisdn = await createAskingCustomer(sandbox);
  const bearer = await sandbox.session();
  const fields = c2bFields(sandbox, { input_CustomerMSISDN: msisdn });
  const sent = request(`${sandbox.url}/sandbox/ipg/v2/vodacomTZN/c2bPayment/singleStage/`, {
    method: "POST",
    headers: { authorization: `Bearer ${bearer}`, origin: "*", "content-type": "application/json" },
  });
  sent.on("error", () => {});
  sent.end(JSON.stringify(fields));
  const paymentId = await waitForPrompt(sandbox, msisdn);
  sent.destroy();

  assert.equal((await answerPrompt(sandbox, paymentId, "approve")).refusal, null);
  assert.equal(await getStatus(sandbox, fields.input_ThirdPartyConversationID), "Completed False");
});

test("of twenty concurrent replies one counts", async () => {
  await using sandbox = await createTestSandbox();
  const msisdn = await createAskingCustomer(sandbox);
  const payment = collect(sandbox, { input_CustomerMSISDN: msisdn });
  const paymentId = await waitForPrompt(sandbox, msisdn);
  const reply = (index: number) => (index % 2 === 0 ? "approve" : "decline");
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, index) => answerPrompt(sandbox, paymentId, reply(index))),
  );
  assert.equal(outcomes.filter(({ refusal }) => refusal === null).length, 1);
  assert.equal(outcomes.filter(({ refusal }) => refusal === "prompt_not_open").length, 19);
  await payment;
  await assertInvariantsHold(sandbox.databaseUrl);
});

test("a two-step payment is approved first, and can be committed only then", async () => {
  await using sandbox = await createTestSandbox();
  const msisdn = await createAskingCustomer(sandbox);
  const payment = hold(sandbox, { input_CustomerMSISDN: msisdn });
  const paymentId = await waitForPrompt(sandbox, msisdn);
  const [row] = await sandbox.sql()<
    { voucher: string }[]
  >`select hold_code as voucher from payments where id = ${paymentId}`;
  const output_TransactionID = sandbox.platform
    .payments({ environment: "sandbox", market: "vodacomTZN", name: "sandbox_vodacomTZN" })
    .context.publicIds.receipt(paymentId);
  const guessedReply = {
    status: 201,
    headers: new Headers(),
    body: { output_TransactionID, output_VoucherCode: row?.voucher ?? "" },
  };
  assert.equal(summarise(await endHold(sandbox, guessedReply, "commit")), "401 INS-6");
  assert.equal(summarise(await endHold(sandbox, guessedReply, "release")), "401 INS-6");
  assert.equal(await getHeld(sandbox, msisdn), 0n, "nothing is held before the customer approves");

  await answerPrompt(sandbox, paymentId, "approve");
  const reply = await payment;
  assert.equal(summarise(reply), "201 INS-0");
  assert.equal(reply.body["output_VoucherCode"], row?.voucher);
  assert.equal(await getHeld(sandbox, msisdn), 10_00n);
  assert.equal((await answerPrompt(sandbox, paymentId, "decline")).refusal, "prompt_not_open");
  assert.equal(summarise(await endHold(sandbox, reply, "commit")), "200 INS-GAR-0");
  assert.deepEqual([await sandbox.getAvailable(msisdn), await getHeld(sandbox, msisdn)], [90_00n, 0n]);
  await assertInvariantsHold(sandbox.databaseUrl);
});

test("a mandate waits for its customer's consent, without money", async () => {
  await using sandbox = await createTestSandbox();
  const msisdn = await createTestCustomer(sandbox, { answer: "ask", amountMinor: 0n });
  const create = (mandateReference: string) =>
    sandbox.call("POST", "directDebitCreation/", {
      input_CustomerMSISDN: msisdn,
      input_Country: "TZN",
      input_ServiceProviderCode: "000000",
      input_ThirdPartyReference: mandateReference,
      input_ThirdPartyConversationID: createReference(),
      input_AgreedTC: "1",
      input_FirstPaymentDate: "20270101",
      input_Frequency: "04",
      input_StartRangeOfDays: "01",
      input_EndRangeOfDays: "25",
      input_ExpiryDate: "20280101",
    });
  const payment = create("Rent");
  await answerPrompt(sandbox, await waitForPrompt(sandbox, msisdn), "approve");
  const reply = await payment;
  assert.equal(summarise(reply), "201 INS-0");
  const [mandate] = await sandbox.sql()`
    select id, msisdn, reference, frequency, first_payment_day as first, range_end as last from mandates
    where msisdn = ${msisdn}`;
  assert.deepEqual(
    { ...mandate, id: String(mandate?.["id"]) },
    {
      id: reply.body["output_MandateID"],
      msisdn,
      reference: "Rent",
      frequency: "monthly",
      first: 20270101,
      last: 25,
    },
  );

  const again = create("Rent2");
  await answerPrompt(sandbox, await waitForPrompt(sandbox, msisdn), "decline");
  assert.equal(summarise(await again), "401 INS-6");
  await assertInvariantsHold(sandbox.databaseUrl);
});

test("a server that stops releases waiting clients immediately", async () => {
  const sandbox = await createTestSandbox();
  const msisdn = await createAskingCustomer(sandbox);
  const payment = collect(sandbox, { input_CustomerMSISDN: msisdn });
  await waitForPrompt(sandbox, msisdn);
  const startedAt = performance.now();
  await sandbox[Symbol.asyncDispose]();
  assert.equal(summarise(await payment), "408 INS-9");
  assert(performance.now() - startedAt < 20_000, "it waited for the customer, or for an idle connection");
});

test("a customer with a handset gets a message about the payment", async () => {
  await using sandbox = await createTestSandbox();
  const msisdn = await createAskingCustomer(sandbox);
  await sandbox.sql()`update accounts set has_handset = true where owner = ${msisdn}`;
  const payment = collect(sandbox, { input_CustomerMSISDN: msisdn });
  await answerPrompt(sandbox, await waitForPrompt(sandbox, msisdn), "approve");
  await payment;
  const row = await waitFor("a message", async () => {
    const [message] = await sandbox.sql()`
      select kind, amount_minor::text as amount, balance_minor::text as balance from messages where msisdn = ${msisdn}`;
    return message;
  });
  assert.deepEqual({ ...row }, { kind: "paid", amount: "1000", balance: "9000" });
});
