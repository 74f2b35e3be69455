/** Handset behaviours: each has the result that docs/handsets.md names. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { msPerSecond } from "../../src/core/clock.ts";
import type { PromptBehaviour } from "../../src/store/rail/accounts.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import {
  approvePrompt,
  getSeedHandset,
  waitForMessages,
  getHandsets,
  waitForVisiblePrompt,
  getHandsetState,
} from "../support/handsets.ts";
import {
  collect,
  expireDueHolds,
  getHeld,
  createTestCustomer,
  summarise,
  getStatus,
} from "../support/payments.ts";
import { waitFor } from "../support/prompts.ts";
import { createTestSandbox, createReference, type Reply, type TestSandbox } from "../support/sandbox.ts";

const collectFrom = (sandbox: TestSandbox, msisdn: string, overrides: object = {}): Promise<Reply> =>
  collect(sandbox, { input_CustomerMSISDN: msisdn, ...overrides });

const setBehaviour = async (
  sandbox: TestSandbox,
  answer: PromptBehaviour,
  delayMs?: number,
): Promise<string> => {
  const { msisdn } = getSeedHandset(sandbox);
  const changed = await getHandsets(sandbox).setBehaviour(msisdn, {
    behaviour: answer,
    ...(delayMs === undefined ? {} : { delayMs }),
  });
  assert.equal(changed, true);
  return msisdn;
};

test("approve, decline, ignore and off close a prompt before it is shown", async () => {
  await using sandbox = await createTestSandbox();
  for (const [answer, expected] of [
    ["approve", "201 INS-0"],
    ["decline", "401 INS-6"],
    ["ignore", "408 INS-9"],
    ["off", "408 INS-9"],
  ] as const) {
    const msisdn = await setBehaviour(sandbox, answer);
    assert.equal(summarise(await collectFrom(sandbox, msisdn)), expected, answer);
    assert.deepEqual((await getHandsetState(sandbox, msisdn)).prompts, [], answer);
  }
});

test("a slow handset approves by itself after its delay", async () => {
  await using sandbox = await createTestSandbox();
  const msisdn = await setBehaviour(sandbox, "slow", 40 * msPerSecond);
  const payment = collectFrom(sandbox, msisdn);
  const { paymentId } = await waitForVisiblePrompt(sandbox, msisdn);
  sandbox.clock.advance(39 * msPerSecond);
  assert.equal((await getHandsetState(sandbox, msisdn)).prompts.length, 1);
  sandbox.clock.advance(1 * msPerSecond);
  assert.equal(summarise(await payment), "201 INS-0");
  assert.equal((await getHandsetState(sandbox, msisdn)).ended[0]?.paymentId, paymentId);
  await assertInvariantsHold(sandbox.databaseUrl);
});

test("a slow handset whose behaviour changes meanwhile follows the new one", async () => {
  await using sandbox = await createTestSandbox();
  for (const [index, answer, expected] of [
    [0, "decline", "401 INS-6"],
    [1, "off", "408 INS-9"],
  ] as const) {
    const { msisdn } = getSeedHandset(sandbox, index);
    await getHandsets(sandbox).setBehaviour(msisdn, { behaviour: "slow", delayMs: 40 * msPerSecond });
    const payment = collectFrom(sandbox, msisdn);
    await waitForVisiblePrompt(sandbox, msisdn);
    await getHandsets(sandbox).setBehaviour(msisdn, { behaviour: answer });
    sandbox.clock.advance(40 * msPerSecond);
    assert.equal(summarise(await payment), expected, answer);
    assert.equal(await getHeld(sandbox, msisdn), 0n, answer);
    sandbox.forgetSession();
  }
  await assertInvariantsHold(sandbox.databaseUrl);
});

test("a slow handset changed to leave prompts alone leaves this one to the customer or its expiry", async () => {
  await using sandbox = await createTestSandbox();
  for (const answer of ["ignore", "ask", "no_signal", "loses_signal"] as const) {
    const { msisdn, pin } = getSeedHandset(sandbox);
    await setBehaviour(sandbox, "slow", 40 * msPerSecond);
    const payment = collectFrom(sandbox, msisdn);
    const { paymentId } = await waitForVisiblePrompt(sandbox, msisdn);
    await setBehaviour(sandbox, answer);
    sandbox.clock.advance(40 * msPerSecond);
    await waitFor("its reply time has passed", async () => {
      const [row] = await sandbox.sql()<{ at: Date | null; ended: Date | null }[]>`
        select auto_reply_at as at, ended_at as ended from prompts where msisdn = ${msisdn}
        order by payment_id desc limit 1`;
      assert.equal(row?.ended, null, answer);
      return row?.at === null ? true : undefined;
    });
    if (answer === "ignore") {
      sandbox.clock.advance(50 * msPerSecond);
      await expireDueHolds(sandbox);
      assert.equal(summarise(await payment), "408 INS-9");
      assert.equal((await getHandsetState(sandbox, msisdn)).ended[0]?.answeredLate, false);
    } else {
      if (answer === "no_signal") await setBehaviour(sandbox, "ask");
      const result = await getHandsets(sandbox).answerPrompt({ msisdn, paymentId, reply: "approve", pin });
      assert.equal(result.outcome, "accepted", answer);
      assert.equal(summarise(await payment), "201 INS-0", answer);
    }
  }
});

test("a late handset approves five seconds after the expiry, without effect, and that is recorded", async () => {
  await using sandbox = await createTestSandbox();
  const msisdn = await setBehaviour(sandbox, "late");
  const before = await sandbox.getAvailable(msisdn);
  const conversationReference = createReference();
  const payment = collectFrom(sandbox, msisdn, { input_ThirdPartyConversationID: conversationReference });
  await waitForVisiblePrompt(sandbox, msisdn);
  sandbox.clock.advance(90 * msPerSecond);
  await expireDueHolds(sandbox);
  assert.equal(summarise(await payment), "408 INS-9");
  assert.equal((await getHandsetState(sandbox, msisdn)).ended[0]?.answeredLate, false);
  sandbox.clock.advance(5 * msPerSecond);
  await waitFor("the late reply", async () => {
    const { ended } = await getHandsetState(sandbox, msisdn);
    return ended[0]?.answeredLate === true ? true : undefined;
  });
  assert.equal(await sandbox.getAvailable(msisdn), before);
  assert.equal(await getStatus(sandbox, conversationReference), "Expired False");
});

test("without a signal the prompt waits, and arrives when the signal returns", async () => {
  await using sandbox = await createTestSandbox();
  const { pin } = getSeedHandset(sandbox);
  const msisdn = await setBehaviour(sandbox, "no_signal");
  const payment = collectFrom(sandbox, msisdn);
  const paymentId = await waitFor("a prompt in transit", async () => {
    const [row] = await sandbox.sql()<{ id: bigint }[]>`
      select payment_id as id from prompts where msisdn = ${msisdn} and arrives_at is not null`;
    return row?.id;
  });
  const { signal, prompts } = await getHandsetState(sandbox, msisdn);
  assert.deepEqual([signal, prompts], ["none", []]);
  const name = sandbox.platform.payments({
    environment: "sandbox",
    market: "vodacomTZN",
    name: "sandbox_vodacomTZN",
  });
  const transactionId = name.context.publicIds.receipt(paymentId);
  assert.deepEqual(
    await getHandsets(sandbox).answerPrompt({ msisdn, paymentId: transactionId, reply: "approve", pin }),
    {
      outcome: "no_signal",
    },
  );
  assert.deepEqual(await getHandsets(sandbox).getBalance(msisdn, pin), { outcome: "no_signal" });

  await setBehaviour(sandbox, "ask");
  assert.equal(
    (await getHandsetState(sandbox, msisdn)).prompts.length,
    1,
    "it arrives as soon as the signal returns",
  );
  assert.deepEqual(await approvePrompt(sandbox, msisdn, pin), { outcome: "accepted" });
  assert.equal(summarise(await payment), "201 INS-0");
});

test("a handset that loses its signal after the PIN still pays, and its message waits", async () => {
  await using sandbox = await createTestSandbox();
  const { pin } = getSeedHandset(sandbox);
  const msisdn = await setBehaviour(sandbox, "loses_signal");
  const payment = collectFrom(sandbox, msisdn);
  assert.deepEqual(await approvePrompt(sandbox, msisdn, pin), { outcome: "accepted" });
  assert.equal(summarise(await payment), "201 INS-0");
  const { signal, answer, messages } = await getHandsetState(sandbox, msisdn);
  assert.deepEqual([signal, answer, messages], ["none", "no_signal", []]);
  const [{ state } = { state: "" }] = await sandbox.sql()<{ state: string }[]>`
    select state from messages where msisdn = ${msisdn}`;
  assert.equal(state, "queued");
  await setBehaviour(sandbox, "ask");
  assert.match((await waitForMessages(sandbox, msisdn))[0] ?? "", /: you paid TZS 10\.00 to Duka la Amina/);
});

test("messages wait while a handset is off", async () => {
  await using sandbox = await createTestSandbox();
  const msisdn = await setBehaviour(sandbox, "off");
  await sandbox.call("POST", "b2cPayment/", {
    input_Amount: "10",
    input_CustomerMSISDN: msisdn,
    input_Country: "TZN",
    input_Currency: "TZS",
    input_ServiceProviderCode: "000000",
    input_TransactionReference: "T12344C",
    input_ThirdPartyConversationID: createReference(),
    input_PaymentItemsDesc: "Salary",
  });
  assert.deepEqual((await getHandsetState(sandbox, msisdn)).messages, []);
  await setBehaviour(sandbox, "ask");
  assert.match((await waitForMessages(sandbox, msisdn))[0] ?? "", /: you got TZS 10\.00 from Duka la Amina/);
});

test("a prompt that waited for a signal is approved by a handset set to approve", async () => {
  await using sandbox = await createTestSandbox();
  const msisdn = await setBehaviour(sandbox, "no_signal");
  const payment = collectFrom(sandbox, msisdn);
  await waitFor("a prompt", async () => {
    const rows = await sandbox.sql()`select 1 from prompts where msisdn = ${msisdn}`;
    return rows.length > 0 ? true : undefined;
  });
  await setBehaviour(sandbox, "approve");
  assert.equal(summarise(await payment), "201 INS-0");
});

test("a customer set to ask by the customers' route gets a handset with the PIN 1234", async () => {
  await using sandbox = await createTestSandbox();
  const msisdn = await createTestCustomer(sandbox);
  assert.equal(await getHandsets(sandbox).getState(msisdn), null);
  await getHandsets(sandbox).upsert({ msisdn });
  const payment = collectFrom(sandbox, msisdn);
  assert.equal((await approvePrompt(sandbox, msisdn, "1234")).outcome, "accepted");
  assert.equal(summarise(await payment), "201 INS-0");
  assert.equal(await getHandsets(sandbox).upsert({ msisdn: "255759999999" }), false);
});
