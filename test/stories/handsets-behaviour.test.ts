/** How a handset may behave: each is set as a test would set it, and ends as docs/handsets.md says. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { second } from "../../src/clock.ts";
import type { StandingAnswer } from "../../src/store/accounts.ts";
import { assertBooksHold } from "../town/books.ts";
import { approves, handset, messagesOf, phonesOf, shownPrompt, stateOf } from "../town/handsets.ts";
import { collect, endExpiredHolds, held, newCustomer, said, statusOf } from "../town/payments.ts";
import { eventually } from "../town/prompts.ts";
import { openTown, reference, type Reply, type Town } from "../town/town.ts";

const pays = (town: Town, msisdn: string, change: object = {}): Promise<Reply> =>
  collect(town, { input_CustomerMSISDN: msisdn, ...change });

const behaves = async (town: Town, answer: StandingAnswer, delayMs?: number): Promise<string> => {
  const { msisdn } = handset(town);
  const told = await phonesOf(town).tell(msisdn, { answer, ...(delayMs === undefined ? {} : { delayMs }) });
  assert.equal(told, true);
  return msisdn;
};

test("approve, decline, ignore and off end a prompt before it begins", async () => {
  await using town = await openTown();
  for (const [answer, ends] of [
    ["approve", "201 INS-0"],
    ["decline", "401 INS-6"],
    ["ignore", "408 INS-9"],
    ["off", "408 INS-9"],
  ] as const) {
    const msisdn = await behaves(town, answer);
    assert.equal(said(await pays(town, msisdn)), ends, answer);
    assert.deepEqual((await stateOf(town, msisdn)).prompts, [], answer);
  }
});

test("a slow handset approves by itself, when its time has come", async () => {
  await using town = await openTown();
  const msisdn = await behaves(town, "slow", 40 * second);
  const calling = pays(town, msisdn);
  const { paymentId } = await shownPrompt(town, msisdn);
  town.clock.advance(39 * second);
  assert.equal((await stateOf(town, msisdn)).prompts.length, 1);
  town.clock.advance(1 * second);
  assert.equal(said(await calling), "201 INS-0");
  assert.equal((await stateOf(town, msisdn)).ended[0]?.paymentId, paymentId);
  await assertBooksHold(town.databaseUrl);
});

test("a slow handset that is told otherwise meanwhile does as it is told", async () => {
  await using town = await openTown();
  for (const [which, answer, ends] of [
    [0, "decline", "401 INS-6"],
    [1, "off", "408 INS-9"],
  ] as const) {
    const { msisdn } = handset(town, which);
    await phonesOf(town).tell(msisdn, { answer: "slow", delayMs: 40 * second });
    const calling = pays(town, msisdn);
    await shownPrompt(town, msisdn);
    await phonesOf(town).tell(msisdn, { answer });
    town.clock.advance(40 * second);
    assert.equal(said(await calling), ends, answer);
    assert.equal(await held(town, msisdn), 0n, answer);
    town.forgetSession();
  }
  await assertBooksHold(town.databaseUrl);
});

test("a slow handset that is told to leave prompts alone leaves this one to its owner, or to its expiry", async () => {
  await using town = await openTown();
  for (const answer of ["ignore", "ask", "no_signal", "loses_signal"] as const) {
    const { msisdn, pin } = handset(town);
    await behaves(town, "slow", 40 * second);
    const calling = pays(town, msisdn);
    const { paymentId } = await shownPrompt(town, msisdn);
    await behaves(town, answer);
    town.clock.advance(40 * second);
    await eventually("the time of its answer has passed", async () => {
      const [row] = await town.sql()<{ at: Date | null; ended: Date | null }[]>`
        select answers_at as at, ended_at as ended from prompts where msisdn = ${msisdn}
        order by payment_id desc limit 1`;
      assert.equal(row?.ended, null, answer);
      return row?.at === null ? true : undefined;
    });
    if (answer === "ignore") {
      town.clock.advance(50 * second);
      await endExpiredHolds(town);
      assert.equal(said(await calling), "408 INS-9");
      assert.equal((await stateOf(town, msisdn)).ended[0]?.answeredLate, false);
    } else {
      if (answer === "no_signal") await behaves(town, "ask");
      const answered = await phonesOf(town).answer({ msisdn, paymentId, says: "approve", pin });
      assert.equal(answered.outcome, "accepted", answer);
      assert.equal(said(await calling), "201 INS-0", answer);
    }
  }
});

test("a late handset approves five seconds after the end, in vain, and that is remembered", async () => {
  await using town = await openTown();
  const msisdn = await behaves(town, "late");
  const before = await town.available(msisdn);
  const mine = reference();
  const calling = pays(town, msisdn, { input_ThirdPartyConversationID: mine });
  await shownPrompt(town, msisdn);
  town.clock.advance(90 * second);
  await endExpiredHolds(town);
  assert.equal(said(await calling), "408 INS-9");
  assert.equal((await stateOf(town, msisdn)).ended[0]?.answeredLate, false);
  town.clock.advance(5 * second);
  await eventually("the answer that came too late", async () => {
    const { ended } = await stateOf(town, msisdn);
    return ended[0]?.answeredLate === true ? true : undefined;
  });
  assert.equal(await town.available(msisdn), before);
  assert.equal(await statusOf(town, mine), "Expired False");
});

test("without a signal the prompt waits, and arrives when the signal returns", async () => {
  await using town = await openTown();
  const { pin } = handset(town);
  const msisdn = await behaves(town, "no_signal");
  const calling = pays(town, msisdn);
  const paymentId = await eventually("a prompt on its way", async () => {
    const [row] = await town.sql()<{ id: bigint }[]>`
      select payment_id as id from prompts where msisdn = ${msisdn} and arrives_at is not null`;
    return row?.id;
  });
  const { signal, prompts } = await stateOf(town, msisdn);
  assert.deepEqual([signal, prompts], ["none", []]);
  const name = town.platform.payments({
    environment: "sandbox",
    market: "vodacomTZN",
    name: "sandbox_vodacomTZN",
  });
  const transactionId = name.context.wire.transactionId(paymentId);
  assert.deepEqual(await phonesOf(town).answer({ msisdn, paymentId: transactionId, says: "approve", pin }), {
    outcome: "no_signal",
  });
  assert.deepEqual(await phonesOf(town).balance(msisdn, pin), { outcome: "no_signal" });

  await behaves(town, "ask");
  assert.equal((await stateOf(town, msisdn)).prompts.length, 1, "it is there as soon as the signal is");
  assert.deepEqual(await approves(town, msisdn, pin), { outcome: "accepted" });
  assert.equal(said(await calling), "201 INS-0");
});

test("a handset that loses its signal after the PIN pays, and its message waits", async () => {
  await using town = await openTown();
  const { pin } = handset(town);
  const msisdn = await behaves(town, "loses_signal");
  const calling = pays(town, msisdn);
  assert.deepEqual(await approves(town, msisdn, pin), { outcome: "accepted" });
  assert.equal(said(await calling), "201 INS-0");
  const { signal, answer, messages } = await stateOf(town, msisdn);
  assert.deepEqual([signal, answer, messages], ["none", "no_signal", []]);
  const [{ state } = { state: "" }] = await town.sql()<{ state: string }[]>`
    select state from messages where msisdn = ${msisdn}`;
  assert.equal(state, "queued");
  await behaves(town, "ask");
  assert.match((await messagesOf(town, msisdn))[0] ?? "", /: you paid TZS 10\.00 to Duka la Amina/);
});

test("messages wait while a phone is off", async () => {
  await using town = await openTown();
  const msisdn = await behaves(town, "off");
  await town.call("POST", "b2cPayment/", {
    input_Amount: "10",
    input_CustomerMSISDN: msisdn,
    input_Country: "TZN",
    input_Currency: "TZS",
    input_ServiceProviderCode: "000000",
    input_TransactionReference: "T12344C",
    input_ThirdPartyConversationID: reference(),
    input_PaymentItemsDesc: "Salary",
  });
  assert.deepEqual((await stateOf(town, msisdn)).messages, []);
  await behaves(town, "ask");
  assert.match((await messagesOf(town, msisdn))[0] ?? "", /: you got TZS 10\.00 from Duka la Amina/);
});

test("a prompt that waited for a signal is answered by a handset that approves from then on", async () => {
  await using town = await openTown();
  const msisdn = await behaves(town, "no_signal");
  const calling = pays(town, msisdn);
  await eventually("a prompt", async () => {
    const rows = await town.sql()`select 1 from prompts where msisdn = ${msisdn}`;
    return rows.length > 0 ? true : undefined;
  });
  await behaves(town, "approve");
  assert.equal(said(await calling), "201 INS-0");
});

test("who is told to ask by the customers' route gets a handset with the PIN 1234", async () => {
  await using town = await openTown();
  const msisdn = await newCustomer(town);
  assert.equal(await phonesOf(town).state(msisdn), null);
  await phonesOf(town).open({ msisdn });
  const calling = pays(town, msisdn);
  assert.equal((await approves(town, msisdn, "1234")).outcome, "accepted");
  assert.equal(said(await calling), "201 INS-0");
  assert.equal(await phonesOf(town).open({ msisdn: "255759999999" }), false);
});
