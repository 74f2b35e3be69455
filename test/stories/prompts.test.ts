/** A prompt on a handset is a hold: the request only waits for it, and the hold's ending decides. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { test } from "node:test";
import { minute } from "../../src/clock.ts";
import {
  collect,
  endExpiredHolds,
  endHold,
  held,
  hold,
  newCustomer,
  said,
  statusOf,
} from "../town/payments.ts";
import { answerPrompt, eventually, promptOf } from "../town/prompts.ts";
import { assertBooksHold } from "../town/books.ts";
import { c2b, openTown, reference, type Town } from "../town/town.ts";

const asking = (town: Town) => newCustomer(town, { answer: "ask" });

test("a customer who approves pays while the caller waits", async () => {
  await using town = await openTown();
  const msisdn = await asking(town);
  const before = await town.available("000000");
  const calling = collect(town, { input_CustomerMSISDN: msisdn });
  const paymentId = await promptOf(town, msisdn);
  assert.deepEqual([await town.available(msisdn), await held(town, msisdn)], [90_00n, 10_00n]);
  assert.equal(await town.available("000000"), before);

  assert.equal((await answerPrompt(town, paymentId, "approve")).refusal, null);
  const reply = await calling;
  assert.equal(said(reply), "201 INS-0");
  assert.equal(await statusOf(town, reply.body["output_TransactionID"] ?? ""), "Completed False");
  assert.deepEqual([await town.available(msisdn), await held(town, msisdn)], [90_00n, 0n]);
  assert.equal(await town.available("000000"), before + 10_00n);
  await assertBooksHold(town.databaseUrl);
});

test("a customer who says no, or enters a wrong PIN too often, keeps their money", async () => {
  await using town = await openTown();
  for (const [says, answer] of [
    ["decline", "401 INS-6"],
    ["wrong_pin", "401 INS-6"],
    ["unreachable", "408 INS-9"],
  ] as const) {
    const msisdn = await asking(town);
    const calling = collect(town, { input_CustomerMSISDN: msisdn });
    await answerPrompt(town, await promptOf(town, msisdn), says);
    assert.equal(said(await calling), answer, says);
    assert.deepEqual([await town.available(msisdn), await held(town, msisdn)], [100_00n, 0n]);
  }
  await assertBooksHold(town.databaseUrl);
});

test("whoever waits too long is told INS-9; the hold lives on, and a later query tells how it ended", async () => {
  await using town = await openTown({ synchronousWaitMs: 50 });
  const msisdn = await asking(town);
  const mine = reference();
  const reply = await collect(town, { input_CustomerMSISDN: msisdn, input_ThirdPartyConversationID: mine });
  assert.equal(said(reply), "408 INS-9");
  assert.equal(await held(town, msisdn), 10_00n);
  assert.equal(await statusOf(town, mine), "N/A False");

  await answerPrompt(town, await promptOf(town, msisdn), "approve");
  assert.equal(await statusOf(town, mine), "Completed False");
  assert.equal(await held(town, msisdn), 0n);
});

test("a prompt that nobody answers ends by itself when its time is up, and not a moment before", async () => {
  await using town = await openTown();
  const msisdn = await asking(town);
  const calling = collect(town, { input_CustomerMSISDN: msisdn });
  const paymentId = await promptOf(town, msisdn);
  town.clock.advance(minute);
  assert.equal(await endExpiredHolds(town), 0);
  town.clock.advance(minute);
  assert.equal((await answerPrompt(town, paymentId, "approve")).refusal, "prompt_not_open");
  await endExpiredHolds(town);
  assert.equal(said(await calling), "408 INS-9");
  assert.deepEqual([await town.available(msisdn), await held(town, msisdn)], [100_00n, 0n]);
  await assertBooksHold(town.databaseUrl);
});

test("a client that hangs up changes nothing", async () => {
  await using town = await openTown();
  const msisdn = await asking(town);
  const bearer = await town.session();
  const fields = c2b(town, { input_CustomerMSISDN: msisdn });
  const sent = request(`${town.url}/sandbox/ipg/v2/vodacomTZN/c2bPayment/singleStage/`, {
    method: "POST",
    headers: { authorization: `Bearer ${bearer}`, origin: "*", "content-type": "application/json" },
  });
  sent.on("error", () => {});
  sent.end(JSON.stringify(fields));
  const paymentId = await promptOf(town, msisdn);
  sent.destroy();

  assert.equal((await answerPrompt(town, paymentId, "approve")).refusal, null);
  assert.equal(await statusOf(town, fields.input_ThirdPartyConversationID), "Completed False");
});

test("of twenty answers in the same moment one counts", async () => {
  await using town = await openTown();
  const msisdn = await asking(town);
  const calling = collect(town, { input_CustomerMSISDN: msisdn });
  const paymentId = await promptOf(town, msisdn);
  const says = (index: number) => (index % 2 === 0 ? "approve" : "decline");
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, index) => answerPrompt(town, paymentId, says(index))),
  );
  assert.equal(outcomes.filter(({ refusal }) => refusal === null).length, 1);
  assert.equal(outcomes.filter(({ refusal }) => refusal === "prompt_not_open").length, 19);
  await calling;
  await assertBooksHold(town.databaseUrl);
});

test("a two-step payment is approved first, and can be committed only then", async () => {
  await using town = await openTown();
  const msisdn = await asking(town);
  const calling = hold(town, { input_CustomerMSISDN: msisdn });
  const paymentId = await promptOf(town, msisdn);
  const [row] = await town.sql()<{ voucher: string }[]>`select voucher from payments where id = ${paymentId}`;
  const output_TransactionID = town.platform
    .payments({ environment: "sandbox", market: "vodacomTZN", name: "sandbox_vodacomTZN" })
    .context.wire.transactionId(paymentId);
  const guessed = {
    status: 201,
    headers: new Headers(),
    body: { output_TransactionID, output_VoucherCode: row?.voucher ?? "" },
  };
  assert.equal(said(await endHold(town, guessed, "commit")), "401 INS-6");
  assert.equal(said(await endHold(town, guessed, "release")), "401 INS-6");

  await answerPrompt(town, paymentId, "approve");
  const reply = await calling;
  assert.equal(said(reply), "201 INS-0");
  assert.equal(reply.body["output_VoucherCode"], row?.voucher);
  assert.equal(await held(town, msisdn), 10_00n);
  assert.equal((await answerPrompt(town, paymentId, "decline")).refusal, "prompt_not_open");
  assert.equal(said(await endHold(town, reply, "commit")), "200 INS-GAR-0");
  assert.deepEqual([await town.available(msisdn), await held(town, msisdn)], [90_00n, 0n]);
  await assertBooksHold(town.databaseUrl);
});

test("a mandate waits for its customer's consent, without money", async () => {
  await using town = await openTown();
  const msisdn = await newCustomer(town, { answer: "ask", minor: 0n });
  const create = () =>
    town.call("POST", "directDebitCreation/", {
      input_CustomerMSISDN: msisdn,
      input_Country: "TZN",
      input_ServiceProviderCode: "000000",
      input_ThirdPartyReference: "Rent",
      input_ThirdPartyConversationID: reference(),
      input_AgreedTC: "1",
      input_FirstPaymentDate: "20270101",
      input_Frequency: "04",
      input_StartRangeOfDays: "01",
      input_EndRangeOfDays: "25",
      input_ExpiryDate: "20280101",
    });
  const calling = create();
  await answerPrompt(town, await promptOf(town, msisdn), "approve");
  const reply = await calling;
  assert.equal(said(reply), "201 INS-0");
  const [mandate] = await town.sql()`
    select id, msisdn, reference, frequency, first_payment_day as first, range_end as last from mandates
    where msisdn = ${msisdn}`;
  assert.deepEqual(
    { ...mandate, id: String(mandate?.["id"]) },
    {
      id: reply.body["output_MandateID"],
      msisdn,
      reference: "Rent",
      frequency: "04",
      first: 20270101,
      last: 25,
    },
  );

  const again = create();
  await answerPrompt(town, await promptOf(town, msisdn), "decline");
  assert.equal(said(await again), "401 INS-6");
  await assertBooksHold(town.databaseUrl);
});

test("a server that stops lets those who wait go at once", async () => {
  const town = await openTown();
  const msisdn = await asking(town);
  const calling = collect(town, { input_CustomerMSISDN: msisdn });
  await promptOf(town, msisdn);
  const startedAt = performance.now();
  await town[Symbol.asyncDispose]();
  assert.equal(said(await calling), "408 INS-9");
  assert(performance.now() - startedAt < 20_000, "it waited for the customer, or for an idle connection");
});

test("a customer with a phone is told what happened to their money", async () => {
  await using town = await openTown();
  const msisdn = await asking(town);
  await town.sql()`update accounts set has_handset = true where owner = ${msisdn}`;
  const calling = collect(town, { input_CustomerMSISDN: msisdn });
  await answerPrompt(town, await promptOf(town, msisdn), "approve");
  await calling;
  const row = await eventually("a message", async () => {
    const [found] = await town.sql()`
      select kind, minor::text, balance_minor::text as balance from messages where msisdn = ${msisdn}`;
    return found;
  });
  assert.deepEqual({ ...row }, { kind: "paid", minor: "1000", balance: "9000" });
});
