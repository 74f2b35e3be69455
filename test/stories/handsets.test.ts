/** A person at their handset: the prompt comes, they type a PIN or do not, and the messages say how it ended. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { minute, second } from "../../src/clock.ts";
import { makeApplication } from "../town/application.ts";
import { assertBooksHold } from "../town/books.ts";
import { approves, handset, messagesOf, phonesOf, shownPrompt, stateOf } from "../town/handsets.ts";
import { collect, endExpiredHolds, held, payOut, reverse, said, transactionOf } from "../town/payments.ts";
import { eventually } from "../town/prompts.ts";
import { openTown, reference, type Town } from "../town/town.ts";

const pays = (town: Town, msisdn: string, change: object = {}) =>
  collect(town, { input_CustomerMSISDN: msisdn, input_Amount: "1250.50", ...change });

const name = (transactionId: string): string => transactionId.toUpperCase();

test("a prompt arrives, the right PIN pays, and a receipt says so", async () => {
  await using town = await openTown();
  const { msisdn, pin } = handset(town);
  const calling = pays(town, msisdn);
  const prompt = await shownPrompt(town, msisdn);
  assert.equal(prompt.kind, "payment");
  assert.deepEqual(prompt.organisation, { shortcode: "000000", name: "Duka la Amina" });
  assert.equal(prompt.amount, "1250.50");
  assert(prompt.secondsLeft > 80 && prompt.secondsLeft <= 90, `${prompt.secondsLeft}`);
  assert.equal(await held(town, msisdn), 1250_50n);

  assert.deepEqual(await approves(town, msisdn, pin), { outcome: "accepted" });
  const reply = await calling;
  assert.equal(said(reply), "201 INS-0");
  assert.equal(transactionOf(reply), prompt.paymentId);
  const [receipt = ""] = await messagesOf(town, msisdn);
  assert(
    receipt.startsWith(
      `${name(prompt.paymentId)}: you paid TZS 1,250.50 to Duka la Amina (000000), ref T12344C, `,
    ),
    receipt,
  );
  assert(receipt.endsWith(" Balance TZS 998,749.50."), receipt);
  const { prompts, ended } = await stateOf(town, msisdn);
  assert.deepEqual(prompts, []);
  assert.deepEqual(
    ended.map(({ ending }) => ending),
    ["approved"],
  );
  await assertBooksHold(town.databaseUrl);
});

test("a customer who cancels keeps their money, and no message comes", async () => {
  await using town = await openTown();
  const { msisdn } = handset(town);
  const before = await town.available(msisdn);
  const calling = pays(town, msisdn);
  const { paymentId } = await shownPrompt(town, msisdn);
  const phones = phonesOf(town);
  assert.deepEqual(await phones.answer({ msisdn, paymentId, says: "decline", pin: null }), {
    outcome: "accepted",
  });
  assert.equal(said(await calling), "401 INS-6");
  assert.equal(await town.available(msisdn), before);
  const { ended, messages } = await stateOf(town, msisdn);
  assert.deepEqual([ended[0]?.ending, messages], ["declined", []]);
  assert.deepEqual(await phones.answer({ msisdn, paymentId, says: "decline", pin: null }), {
    outcome: "accepted",
  });
  assert.deepEqual(await phones.answer({ msisdn, paymentId, says: "approve", pin: null }), {
    outcome: "prompt_not_open",
  });
});

test("an answer whose word got lost is given again, and is accepted without costing or moving anything", async () => {
  await using town = await openTown();
  const { msisdn, pin } = handset(town);
  const calling = pays(town, msisdn);
  const { paymentId } = await shownPrompt(town, msisdn);
  const phones = phonesOf(town);
  const approve = { msisdn, paymentId, says: "approve", pin } as const;
  // Two at once both find the prompt open; the books take one.
  assert.deepEqual(await Promise.all([phones.answer(approve), phones.answer(approve)]), [
    { outcome: "accepted" },
    { outcome: "accepted" },
  ]);
  assert.equal(said(await calling), "201 INS-0");
  assert.deepEqual(await phones.answer(approve), { outcome: "accepted" });
  assert.equal((await phones.answer({ ...approve, says: "decline" })).outcome, "prompt_not_open");
  assert.equal(await town.available(msisdn), 998_749_50n);
  assert.equal((await stateOf(town, msisdn)).ended[0]?.answeredLate, false);
});

test("a customer who is asked and says no has been asked: that counts for the application's limits", async () => {
  await using town = await openTown();
  const { msisdn } = handset(town);
  const { apiKey } = await makeApplication(town, {
    products: { c2bSingle: { limits: { customerDailyCount: 1 } } },
  });
  const bearer = await town.session("vodacomTZN", apiKey);
  const asks = () => collect(town, { input_CustomerMSISDN: msisdn }, bearer);
  const calling = asks();
  const { paymentId } = await shownPrompt(town, msisdn);
  await phonesOf(town).answer({ msisdn, paymentId, says: "decline", pin: null });
  assert.equal(said(await calling), "401 INS-6");
  assert.equal(said(await asks()), "400 INS-991");
});

test("a prompt whose time is up says the same before and after somebody has come by to end it", async () => {
  await using town = await openTown();
  const { msisdn } = handset(town);
  const calling = pays(town, msisdn);
  await shownPrompt(town, msisdn);
  town.clock.advance(90 * second);
  const ending = async () => {
    const { ending: how, says } = (await stateOf(town, msisdn)).ended[0] ?? assert.fail("no ended prompt");
    return [how, says];
  };
  const before = await ending();
  await endExpiredHolds(town);
  await calling;
  assert.deepEqual(before, ["expired", "You did not answer in time."]);
  assert.deepEqual(await ending(), before);
});

test("three wrong PINs end the payment and lock the handset, until its time is over", async () => {
  await using town = await openTown();
  const { msisdn, pin } = handset(town);
  const calling = pays(town, msisdn);
  assert.deepEqual(await approves(town, msisdn, "0000"), { outcome: "wrong_pin", left: 2 });
  assert.deepEqual(await approves(town, msisdn, "0001"), { outcome: "wrong_pin", left: 1 });
  assert.deepEqual((await stateOf(town, msisdn)).pin, { left: 1, lockedUntil: null });
  const third = await approves(town, msisdn, "0002");
  assert.equal(third.outcome, "locked");
  assert.equal(said(await calling), "401 INS-6");
  assert.equal((await stateOf(town, msisdn)).ended[0]?.ending, "wrong_pin");

  const again = pays(town, msisdn);
  assert.equal((await approves(town, msisdn, pin)).outcome, "locked", "the right PIN is refused too");
  const { prompts } = await stateOf(town, msisdn);
  assert.equal(prompts.length, 1, "a guess in vain ends no second prompt");

  town.clock.advance(29 * minute);
  town.forgetSession();
  assert.equal((await phonesOf(town).checkPin(msisdn, pin)).outcome, "locked");
  town.clock.advance(minute);
  assert.deepEqual(await phonesOf(town).checkPin(msisdn, pin), { outcome: "accepted" });
  await endExpiredHolds(town);
  await again;
});

test("a handset that an operator unlocks takes the right PIN again", async () => {
  await using town = await openTown();
  const { msisdn, pin } = handset(town);
  const phones = phonesOf(town);
  for (const wrong of ["0000", "0000", "0000"]) await phones.checkPin(msisdn, wrong);
  assert.equal((await phones.checkPin(msisdn, pin)).outcome, "locked");
  assert.equal(await phones.unlock(msisdn), true);
  assert.equal((await phones.checkPin(msisdn, pin)).outcome, "accepted");
});

test("a right PIN forgets the wrong ones before it", async () => {
  await using town = await openTown();
  const { msisdn, pin } = handset(town);
  const phones = phonesOf(town);
  for (let round = 0; round < 3; round += 1) {
    assert.deepEqual(await phones.checkPin(msisdn, "0000"), { outcome: "wrong_pin", left: 2 });
    assert.deepEqual(await phones.checkPin(msisdn, "0000"), { outcome: "wrong_pin", left: 1 });
    assert.deepEqual(await phones.checkPin(msisdn, pin), { outcome: "accepted" });
  }
});

test("a hundred guesses at once are three", async () => {
  await using town = await openTown();
  const { msisdn } = handset(town);
  const phones = phonesOf(town);
  const said = await Promise.all(
    Array.from({ length: 100 }, (_, guess) => phones.checkPin(msisdn, String(5000 + guess))),
  );
  const count = (outcome: string): number => said.filter((each) => each.outcome === outcome).length;
  assert.deepEqual([count("wrong_pin"), count("locked"), count("accepted")], [2, 98, 0]);
});

test("both parties get their messages when they have phones, and nobody else", async () => {
  await using town = await openTown();
  const { msisdn, pin } = handset(town, 1);
  const shop = handset(town, 2).msisdn; // organisation 000001's own phone
  const calling = pays(town, msisdn, { input_ServiceProviderCode: "000001" });
  await approves(town, msisdn, pin);
  const paid = transactionOf(await calling);
  assert.match(
    (await messagesOf(town, shop))[0] ?? "",
    new RegExp(`^${name(paid)}: Salim Mwinyi \\(${msisdn}\\) paid you TZS 1,250.50, ref T12344C, [^B]*\\.$`),
  );

  const resident = town.facts.markets.vodacomTZN.customers[0] ?? "";
  await collect(town, { input_CustomerMSISDN: resident });
  const sent = transactionOf(await payOut(town, { input_CustomerMSISDN: msisdn, input_Amount: "20" }));
  const back = transactionOf(await reverse(town, sent, { input_ReversalAmount: "5" }));
  const [taken = "", received = ""] = await messagesOf(town, msisdn, 3);
  assert(received.startsWith(`${name(sent)}: you got TZS 20.00 from Duka la Amina (000000), `), received);
  assert(
    taken.startsWith(`${name(back)}: Duka la Amina (000000) took back TZS 5.00 of ${name(sent)}, `),
    taken,
  );
  const [{ count } = { count: 0n }] = await town.sql()<{ count: bigint }[]>`
    select count(*) as count from messages where msisdn = ${resident}`;
  assert.equal(count, 0n);
});

test("a mandate is asked for, agreed to, seen in the menu, and cancelled there", async () => {
  await using town = await openTown();
  const { msisdn, pin } = handset(town);
  const phones = phonesOf(town);
  const calling = town.call("POST", "directDebitCreation/", {
    input_AgreedTC: "1",
    input_CustomerMSISDN: msisdn,
    input_Country: "TZN",
    input_ServiceProviderCode: "000000",
    input_ThirdPartyConversationID: reference(),
    input_ThirdPartyReference: "Rent",
    input_Frequency: "04",
  });
  const prompt = await shownPrompt(town, msisdn);
  assert.deepEqual([prompt.kind, prompt.amount, prompt.reference], ["mandate", "0.00", "Rent"]);
  assert.match(prompt.terms ?? "", /^monthly/);
  assert.equal((await approves(town, msisdn, pin)).outcome, "accepted");
  assert.equal(said(await calling), "201 INS-0");

  const found = await phones.mandates(msisdn, pin);
  assert(found.outcome === "accepted");
  const [mandate] = found.mandates;
  assert.deepEqual([mandate?.reference, mandate?.organisation.name], ["Rent", "Duka la Amina"]);
  const id = mandate?.id ?? "";
  assert.deepEqual(await phones.cancelMandate(msisdn, pin, "1"), { outcome: "mandate_unknown" });
  assert.deepEqual(await phones.cancelMandate(msisdn, pin, id), { outcome: "accepted" });
  assert.deepEqual(await phones.cancelMandate(msisdn, pin, id), { outcome: "mandate_unknown" });
  assert.deepEqual(await phones.mandates(msisdn, pin), { outcome: "accepted", mandates: [] });
  const [ended = "", made = ""] = await messagesOf(town, msisdn, 2);
  assert.match(made, /: Duka la Amina \(000000\) may now take money by direct debit Rent, monthly, /);
  assert.match(ended, /: direct debit Rent to Duka la Amina \(000000\) has ended, /);
  await assertBooksHold(town.databaseUrl);
});

test("the menu tells the balance and the last five payments to whoever has the PIN", async () => {
  await using town = await openTown();
  const { msisdn, pin } = handset(town);
  const phones = phonesOf(town);
  for (const amount of ["1", "2", "3", "4", "5"])
    await payOut(town, { input_CustomerMSISDN: msisdn, input_Amount: amount });
  assert.deepEqual(await phones.balance(msisdn, "0000"), { outcome: "wrong_pin", left: 2 });
  assert.deepEqual(await phones.balance(msisdn, pin), {
    outcome: "accepted",
    available: "1000015.00",
    held: "0.00",
  });
  const last = await phones.lastPayments(msisdn, pin);
  assert(last.outcome === "accepted");
  assert.deepEqual(
    last.payments.map(({ way, amount, with: who }) => `${way} ${amount} ${who}`),
    ["5", "4", "3", "2", "1"].map((amount) => `in ${amount}.00 Duka la Amina (000000)`),
  );
});

test("a changed PIN is the PIN", async () => {
  await using town = await openTown();
  const { msisdn, pin } = handset(town);
  const phones = phonesOf(town);
  assert.deepEqual(await phones.changePin(msisdn, pin, "12"), { outcome: "pin_not_accepted" });
  assert.equal((await phones.changePin(msisdn, "0000", "98765")).outcome, "wrong_pin");
  assert.deepEqual(await phones.changePin(msisdn, pin, "98765"), { outcome: "accepted" });
  assert.equal((await phones.checkPin(msisdn, pin)).outcome, "wrong_pin");
  assert.deepEqual(await phones.checkPin(msisdn, "98765"), { outcome: "accepted" });
});

test("a watcher is told, and sees the prompt and its end when it looks", async () => {
  await using town = await openTown();
  const { msisdn, pin } = handset(town);
  const phones = phonesOf(town);
  const seen: string[] = [];
  let told = 0;
  const stop = phones.watch(msisdn, () => {
    told += 1;
    void stateOf(town, msisdn).then(({ prompts, ended, messages }) =>
      seen.push(`${prompts.length} open, ${ended.length} ended, ${messages.length} messages`),
    );
  });
  const sees = (what: string) => eventually(what, async () => (seen.at(-1) === what ? true : undefined));
  const calling = pays(town, msisdn);
  await sees("1 open, 0 ended, 0 messages");
  await approves(town, msisdn, pin);
  await sees("0 open, 1 ended, 1 messages");
  await calling;
  const heard = told;
  stop();
  await phones.tell(msisdn, { answer: "approve" });
  assert.equal(told, heard);
});

test("what was enrolled with the secret is known again, and the secret works once", async () => {
  await using town = await openTown();
  const { msisdn } = handset(town);
  const phones = phonesOf(town);
  assert.equal(await phones.newEnrolment("255759999999"), null);
  const secret = (await phones.newEnrolment(msisdn)) ?? "";
  assert.match(secret, /^([A-Z0-9]{4}-){3}[A-Z0-9]{4}$/);
  assert.equal(await phones.enrol(msisdn, "AAAA-AAAA-AAAA-AAAA"), null);
  const device = (await phones.enrol(msisdn, secret.toLowerCase().replaceAll("-", " "))) ?? "";
  assert.equal(await phones.isEnrolled(msisdn, device), true);
  assert.equal(await phones.isEnrolled(msisdn, "another"), false);
  assert.equal(await phones.enrol(msisdn, secret), null);
  await phones.newEnrolment(msisdn);
  assert.equal(await phones.isEnrolled(msisdn, device), false);
});
