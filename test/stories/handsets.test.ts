/**
 * A customer with a handset: the prompt arrives, the customer replies or does not, and messages confirm the result.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { msPerMinute, msPerSecond } from "../../src/core/clock.ts";
import { createTestApplication } from "../support/application.ts";
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
  payOut,
  reverse,
  summarise,
  getTransactionId,
} from "../support/payments.ts";
import { waitFor } from "../support/prompts.ts";
import { createTestSandbox, createReference, type TestSandbox } from "../support/sandbox.ts";

const collectFrom = (sandbox: TestSandbox, msisdn: string, overrides: object = {}) =>
  collect(sandbox, { input_CustomerMSISDN: msisdn, input_Amount: "1250.50", ...overrides });

const displayId = (transactionId: string): string => transactionId.toUpperCase();

test("a prompt arrives, the correct PIN pays, and a receipt confirms it", async () => {
  await using sandbox = await createTestSandbox();
  const { msisdn, pin } = getSeedHandset(sandbox);
  const payment = collectFrom(sandbox, msisdn);
  const prompt = await waitForVisiblePrompt(sandbox, msisdn);
  assert.equal(prompt.kind, "payment");
  assert.deepEqual(prompt.organisation, { shortcode: "000000", name: "Duka la Amina" });
  assert.equal(prompt.amount, "1250.50");
  assert(prompt.secondsLeft > 80 && prompt.secondsLeft <= 90, `${prompt.secondsLeft}`);
  assert.equal(await getHeld(sandbox, msisdn), 0n, "nothing is held before consent");

  assert.deepEqual(await approvePrompt(sandbox, msisdn, pin), { outcome: "accepted" });
  const reply = await payment;
  assert.equal(summarise(reply), "201 INS-0");
  assert.equal(getTransactionId(reply), prompt.paymentId);
  const [receipt = ""] = await waitForMessages(sandbox, msisdn);
  assert(
    receipt.startsWith(
      `${displayId(prompt.paymentId)}: you paid TZS 1,250.50 to Duka la Amina (000000), ref T12344C, `,
    ),
    receipt,
  );
  assert(receipt.endsWith(" Balance TZS 998,749.50."), receipt);
  const { prompts, ended } = await getHandsetState(sandbox, msisdn);
  assert.deepEqual(prompts, []);
  assert.deepEqual(
    ended.map((prompt) => prompt.ending),
    ["approved"],
  );
  await assertInvariantsHold(sandbox.databaseUrl);
});

test("a customer who cancels keeps the money, and gets no message", async () => {
  await using sandbox = await createTestSandbox();
  const { msisdn } = getSeedHandset(sandbox);
  const before = await sandbox.getAvailable(msisdn);
  const payment = collectFrom(sandbox, msisdn);
  const { paymentId } = await waitForVisiblePrompt(sandbox, msisdn);
  const handsets = getHandsets(sandbox);
  assert.deepEqual(await handsets.answerPrompt({ msisdn, paymentId, reply: "decline", pin: null }), {
    outcome: "accepted",
  });
  assert.equal(summarise(await payment), "401 INS-6");
  assert.equal(await sandbox.getAvailable(msisdn), before);
  const { ended, messages } = await getHandsetState(sandbox, msisdn);
  assert.deepEqual([ended[0]?.ending, messages], ["declined", []]);
  assert.deepEqual(await handsets.answerPrompt({ msisdn, paymentId, reply: "decline", pin: null }), {
    outcome: "accepted",
  });
  assert.deepEqual(await handsets.answerPrompt({ msisdn, paymentId, reply: "approve", pin: null }), {
    outcome: "prompt_not_open",
  });
});

test("a repeated reply is accepted without any effect", async () => {
  await using sandbox = await createTestSandbox();
  const { msisdn, pin } = getSeedHandset(sandbox);
  const payment = collectFrom(sandbox, msisdn);
  const { paymentId } = await waitForVisiblePrompt(sandbox, msisdn);
  const handsets = getHandsets(sandbox);
  const approve = { msisdn, paymentId, reply: "approve", pin } as const;
  // Two at the same time both find the prompt open; the ledger takes one.
  assert.deepEqual(await Promise.all([handsets.answerPrompt(approve), handsets.answerPrompt(approve)]), [
    { outcome: "accepted" },
    { outcome: "accepted" },
  ]);
  assert.equal(summarise(await payment), "201 INS-0");
  assert.deepEqual(await handsets.answerPrompt(approve), { outcome: "accepted" });
  assert.equal((await handsets.answerPrompt({ ...approve, reply: "decline" })).outcome, "prompt_not_open");
  assert.equal(await sandbox.getAvailable(msisdn), 998_749_50n);
  assert.equal((await getHandsetState(sandbox, msisdn)).ended[0]?.answeredLate, false);
});

test("a declined prompt counts towards the application's limits", async () => {
  await using sandbox = await createTestSandbox();
  const { msisdn } = getSeedHandset(sandbox);
  const { apiKey } = await createTestApplication(sandbox, {
    products: { c2bSingle: { limits: { customerDailyCount: 1 } } },
  });
  const bearer = await sandbox.session("vodacomTZN", apiKey);
  const collectOnce = () => collect(sandbox, { input_CustomerMSISDN: msisdn }, bearer);
  const payment = collectOnce();
  const { paymentId } = await waitForVisiblePrompt(sandbox, msisdn);
  await getHandsets(sandbox).answerPrompt({ msisdn, paymentId, reply: "decline", pin: null });
  assert.equal(summarise(await payment), "401 INS-6");
  assert.equal(summarise(await collectOnce()), "400 INS-991");
});

test("an expired prompt reads the same before and after its hold is ended", async () => {
  await using sandbox = await createTestSandbox();
  const { msisdn } = getSeedHandset(sandbox);
  const payment = collectFrom(sandbox, msisdn);
  await waitForVisiblePrompt(sandbox, msisdn);
  sandbox.clock.advance(90 * msPerSecond);
  const readOutcome = async () => {
    const { ending: outcome, says: message } =
      (await getHandsetState(sandbox, msisdn)).ended[0] ?? assert.fail("no ended prompt");
    return [outcome, message];
  };
  const before = await readOutcome();
  await expireDueHolds(sandbox);
  await payment;
  assert.deepEqual(before, ["expired", "You did not answer in time."]);
  assert.deepEqual(await readOutcome(), before);
});

test("three wrong PINs end the payment and lock the handset for a time", async () => {
  await using sandbox = await createTestSandbox();
  const { msisdn, pin } = getSeedHandset(sandbox);
  const payment = collectFrom(sandbox, msisdn);
  assert.deepEqual(await approvePrompt(sandbox, msisdn, "0000"), { outcome: "wrong_pin", left: 2 });
  assert.deepEqual(await approvePrompt(sandbox, msisdn, "0001"), { outcome: "wrong_pin", left: 1 });
  assert.deepEqual((await getHandsetState(sandbox, msisdn)).pin, { left: 1, lockedUntil: null });
  const third = await approvePrompt(sandbox, msisdn, "0002");
  assert.equal(third.outcome, "locked");
  assert.equal(summarise(await payment), "401 INS-6");
  assert.equal((await getHandsetState(sandbox, msisdn)).ended[0]?.ending, "wrong_pin");

  const again = collectFrom(sandbox, msisdn);
  assert.equal(
    (await approvePrompt(sandbox, msisdn, pin)).outcome,
    "locked",
    "the correct PIN is refused too",
  );
  const { prompts } = await getHandsetState(sandbox, msisdn);
  assert.equal(prompts.length, 1, "a locked guess ends no second prompt");

  sandbox.clock.advance(29 * msPerMinute);
  sandbox.forgetSession();
  assert.equal((await getHandsets(sandbox).checkPin(msisdn, pin)).outcome, "locked");
  sandbox.clock.advance(msPerMinute);
  assert.deepEqual(await getHandsets(sandbox).checkPin(msisdn, pin), { outcome: "accepted" });
  await expireDueHolds(sandbox);
  await again;
});

test("a handset unlocked by an operator accepts the correct PIN again", async () => {
  await using sandbox = await createTestSandbox();
  const { msisdn, pin } = getSeedHandset(sandbox);
  const handsets = getHandsets(sandbox);
  for (const wrong of ["0000", "0000", "0000"]) await handsets.checkPin(msisdn, wrong);
  assert.equal((await handsets.checkPin(msisdn, pin)).outcome, "locked");
  assert.equal(await handsets.unlock(msisdn), true);
  assert.equal((await handsets.checkPin(msisdn, pin)).outcome, "accepted");
});

test("a correct PIN resets the count of wrong ones", async () => {
  await using sandbox = await createTestSandbox();
  const { msisdn, pin } = getSeedHandset(sandbox);
  const handsets = getHandsets(sandbox);
  for (let round = 0; round < 3; round += 1) {
    assert.deepEqual(await handsets.checkPin(msisdn, "0000"), { outcome: "wrong_pin", left: 2 });
    assert.deepEqual(await handsets.checkPin(msisdn, "0000"), { outcome: "wrong_pin", left: 1 });
    assert.deepEqual(await handsets.checkPin(msisdn, pin), { outcome: "accepted" });
  }
});

test("a hundred concurrent guesses count as three", async () => {
  await using sandbox = await createTestSandbox();
  const { msisdn } = getSeedHandset(sandbox);
  const handsets = getHandsets(sandbox);
  const results = await Promise.all(
    Array.from({ length: 100 }, (_, guess) => handsets.checkPin(msisdn, String(5000 + guess))),
  );
  const count = (outcome: string): number => results.filter((each) => each.outcome === outcome).length;
  assert.deepEqual([count("wrong_pin"), count("locked"), count("accepted")], [2, 98, 0]);
});

test("both parties get messages if they have handsets, and no other customer does", async () => {
  await using sandbox = await createTestSandbox();
  const { msisdn, pin } = getSeedHandset(sandbox, 1);
  const organisationPhone = getSeedHandset(sandbox, 2).msisdn; // the handset of organisation 000001
  const payment = collectFrom(sandbox, msisdn, { input_ServiceProviderCode: "000001" });
  await approvePrompt(sandbox, msisdn, pin);
  const paid = getTransactionId(await payment);
  assert.match(
    (await waitForMessages(sandbox, organisationPhone))[0] ?? "",
    new RegExp(
      `^${displayId(paid)}: Salim Mwinyi \\(${msisdn}\\) paid you TZS 1,250.50, ref T12344C, [^B]*\\.$`,
    ),
  );

  const customerWithoutHandset = sandbox.clientInfo.markets.vodacomTZN.customers[0] ?? "";
  await collect(sandbox, { input_CustomerMSISDN: customerWithoutHandset });
  const sent = getTransactionId(await payOut(sandbox, { input_CustomerMSISDN: msisdn, input_Amount: "20" }));
  const back = getTransactionId(await reverse(sandbox, sent, { input_ReversalAmount: "5" }));
  const [taken = "", received = ""] = await waitForMessages(sandbox, msisdn, 3);
  assert(
    received.startsWith(`${displayId(sent)}: you got TZS 20.00 from Duka la Amina (000000), `),
    received,
  );
  assert(
    taken.startsWith(`${displayId(back)}: Duka la Amina (000000) reversed TZS 5.00 of ${displayId(sent)}, `),
    taken,
  );
  const [{ count } = { count: 0n }] = await sandbox.sql()<{ count: bigint }[]>`
    select count(*) as count from messages where msisdn = ${customerWithoutHandset}`;
  assert.equal(count, 0n);
});

test("a mandate is requested, accepted, listed in the menu, and cancelled there", async () => {
  await using sandbox = await createTestSandbox();
  const { msisdn, pin } = getSeedHandset(sandbox);
  const handsets = getHandsets(sandbox);
  const payment = sandbox.call("POST", "directDebitCreation/", {
    input_AgreedTC: "1",
    input_CustomerMSISDN: msisdn,
    input_Country: "TZN",
    input_ServiceProviderCode: "000000",
    input_ThirdPartyConversationID: createReference(),
    input_ThirdPartyReference: "Rent",
    input_Frequency: "04",
  });
  const prompt = await waitForVisiblePrompt(sandbox, msisdn);
  assert.deepEqual([prompt.kind, prompt.amount, prompt.reference], ["mandate", "0.00", "Rent"]);
  assert.match(prompt.terms ?? "", /^monthly/);
  assert.equal((await approvePrompt(sandbox, msisdn, pin)).outcome, "accepted");
  assert.equal(summarise(await payment), "201 INS-0");

  const listed = await handsets.listMandates(msisdn, pin);
  assert(listed.outcome === "accepted");
  const [mandate] = listed.mandates;
  assert.deepEqual([mandate?.reference, mandate?.organisation.name], ["Rent", "Duka la Amina"]);
  const id = mandate?.id ?? "";
  assert.deepEqual(await handsets.cancelMandate(msisdn, pin, "1"), { outcome: "mandate_unknown" });
  assert.deepEqual(await handsets.cancelMandate(msisdn, pin, id), { outcome: "accepted" });
  assert.deepEqual(await handsets.cancelMandate(msisdn, pin, id), { outcome: "mandate_unknown" });
  assert.deepEqual(await handsets.listMandates(msisdn, pin), { outcome: "accepted", mandates: [] });
  const [ended = "", made = ""] = await waitForMessages(sandbox, msisdn, 2);
  assert.match(made, /: Duka la Amina \(000000\) may now take money by direct debit Rent, monthly, /);
  assert.match(ended, /: direct debit Rent to Duka la Amina \(000000\) has ended, /);
  await assertInvariantsHold(sandbox.databaseUrl);
});

test("the menu shows the balance and the last five payments after the PIN", async () => {
  await using sandbox = await createTestSandbox();
  const { msisdn, pin } = getSeedHandset(sandbox);
  const handsets = getHandsets(sandbox);
  for (const amount of ["1", "2", "3", "4", "5"])
    await payOut(sandbox, { input_CustomerMSISDN: msisdn, input_Amount: amount });
  assert.deepEqual(await handsets.getBalance(msisdn, "0000"), { outcome: "wrong_pin", left: 2 });
  assert.deepEqual(await handsets.getBalance(msisdn, pin), {
    outcome: "accepted",
    available: "1000015.00",
    held: "0.00",
  });
  const last = await handsets.listRecentPayments(msisdn, pin);
  assert(last.outcome === "accepted");
  assert.deepEqual(
    last.payments.map(({ direction: way, amount, counterparty }) => `${way} ${amount} ${counterparty}`),
    ["5", "4", "3", "2", "1"].map((amount) => `in ${amount}.00 Duka la Amina (000000)`),
  );
});

test("a changed PIN replaces the old one", async () => {
  await using sandbox = await createTestSandbox();
  const { msisdn, pin } = getSeedHandset(sandbox);
  const handsets = getHandsets(sandbox);
  assert.deepEqual(await handsets.changePin(msisdn, pin, "12"), { outcome: "pin_not_accepted" });
  assert.equal((await handsets.changePin(msisdn, "0000", "98765")).outcome, "wrong_pin");
  assert.deepEqual(await handsets.changePin(msisdn, pin, "98765"), { outcome: "accepted" });
  assert.equal((await handsets.checkPin(msisdn, pin)).outcome, "wrong_pin");
  assert.deepEqual(await handsets.checkPin(msisdn, "98765"), { outcome: "accepted" });
});

test("a watcher is notified, and sees the prompt and its end when it reads", async () => {
  await using sandbox = await createTestSandbox();
  const { msisdn, pin } = getSeedHandset(sandbox);
  const handsets = getHandsets(sandbox);
  const seen: string[] = [];
  let notifications = 0;
  const stop = handsets.watch(msisdn, () => {
    notifications += 1;
    void getHandsetState(sandbox, msisdn).then(({ prompts, ended, messages }) =>
      seen.push(`${prompts.length} open, ${ended.length} ended, ${messages.length} messages`),
    );
  });
  const waitForState = (what: string) => waitFor(what, async () => (seen.at(-1) === what ? true : undefined));
  const payment = collectFrom(sandbox, msisdn);
  await waitForState("1 open, 0 ended, 0 messages");
  await approvePrompt(sandbox, msisdn, pin);
  await waitForState("0 open, 1 ended, 1 messages");
  await payment;
  const notificationsBefore = notifications;
  stop();
  await handsets.setBehaviour(msisdn, { behaviour: "approve" });
  assert.equal(notifications, notificationsBefore);
});

test("a device enrolled with the secret is recognised, and the secret works once", async () => {
  await using sandbox = await createTestSandbox();
  const { msisdn } = getSeedHandset(sandbox);
  const handsets = getHandsets(sandbox);
  assert.equal(await handsets.createEnrolment("255759999999"), null);
  const secret = (await handsets.createEnrolment(msisdn)) ?? "";
  assert.match(secret, /^([A-Z0-9]{4}-){3}[A-Z0-9]{4}$/);
  assert.equal(await handsets.enrol(msisdn, "AAAA-AAAA-AAAA-AAAA"), null);
  const device = (await handsets.enrol(msisdn, secret.toLowerCase().replaceAll("-", " "))) ?? "";
  assert.equal(await handsets.isEnrolled(msisdn, device), true);
  assert.equal(await handsets.isEnrolled(msisdn, "another"), false);
  assert.equal(await handsets.enrol(msisdn, secret), null);
  await handsets.createEnrolment(msisdn);
  assert.equal(await handsets.isEnrolled(msisdn, device), false);
});
