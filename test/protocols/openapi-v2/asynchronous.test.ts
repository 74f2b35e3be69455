/**
 * Asynchronous answers as M-Pesa documents them: an acknowledgement without the call's own fields, then the
 * result at the listener, under names that differ from call to call.
 */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { bearerOf } from "../../town/application.ts";
import { newCustomer } from "../../town/payments.ts";
import { answerPrompt, eventually, promptOf } from "../../town/prompts.ts";
import { openTown, type Reply, type Town } from "../../town/town.ts";
import { documented, type Call, type DocumentedCall } from "./documented.ts";
import { packet, said, send } from "./packets.ts";

type Fields = Record<string, string>;

let town: Town;
/** What arrived, by its path: each test listens on one of its own. */
const arrived = new Map<string, Fields[]>();
const server = createServer((request, response) => {
  void text(request).then((body) => {
    const path = request.url ?? "";
    arrived.set(path, [...(arrived.get(path) ?? []), JSON.parse(body) as Fields]);
    response.end();
  });
});
let origin: string;

before(async () => {
  town = await openTown();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(async () => {
  await town[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
});

let paths = 0;
const newPath = (): string => `/results/${(paths += 1)}`;

const told = (path: string): Promise<Fields> =>
  eventually(`a callback at ${path}`, () => Promise.resolve(arrived.get(path)?.[0]));

const acknowledgement = [
  "output_ConversationID",
  "output_ResponseCode",
  "output_ResponseDesc",
  "output_ThirdPartyConversationID",
];

const usual = ["input_OriginalConversationID", "input_ThirdPartyConversationID"];
const result = [...usual, "input_ResultCode", "input_ResultDesc"];

/** The documented fields of each call's callback. The two-step pair's are what public clients read. */
// prettier-ignore
const callbacks: Readonly<Partial<Record<Call, readonly string[]>>> = {
  c2bSingle:               [...result, "input_TransactionID"],
  c2bMultiStage:           [...result, "input_TransactionID", "input_VoucherCode"],
  updateTransactionStatus: [...result, "input_TransactionID"],
  b2c:                     [...result, "input_TransactionID"],
  b2b:                     [...result, "input_TransactionID"],
  reversal:                [...result, "input_TransactionID"],
  queryTransactionStatus:  [...result, "input_TransactionID", "input_OriginalTransactionID", "input_Reversed"],
  queryBeneficiaryName:    [...result, "input_CustomerFirstName", "input_CustomerLastName"],
  directDebitCreate:       [...result, "input_TransactionReference", "input_MsisdnToken", "input_MandateID"],
  directDebitPayment:      [...result, "input_TransactionID", "input_MsisdnToken"],
  directDebitCancel:       [...result, "input_TransactionReference", "input_MsisdnToken"],
  queryDirectDebit: [
    ...usual, "input_ResponseCode", "input_ResponseDesc",
    "input_TransactionReference", "input_SufficientBalance", "input_MsisdnToken", "input_MandateID", "input_MandateStatus",
    "input_AccountStatus", "input_FirstPaymentDate", "input_Frequency", "input_PaymentDayFrom", "input_PaymentDayTo",
    "input_ExpiryDate",
  ],
};

function assertTold(call: Call, reply: Reply, fields: Fields, code: string): void {
  assert.deepEqual(Object.keys(fields).sort(), [...(callbacks[call] ?? [])].sort());
  assert.equal(fields["input_OriginalConversationID"], reply.body["output_ConversationID"]);
  assert.equal(fields["input_ThirdPartyConversationID"], reply.body["output_ThirdPartyConversationID"]);
  assert.equal(fields["input_ResultCode"] ?? fields["input_ResponseCode"], code);
}

for (const call of Object.keys(callbacks) as Call[]) {
  const { codes, markets }: DocumentedCall = documented[call];
  const [success = ""] = Object.keys(codes);
  const [market = "vodafoneGHA"] = markets;

  test(`${call} is acknowledged, and its result told by the documented names`, async () => {
    const path = newPath();
    const fields = packet(call, market, { input_ResponseURL: origin + path });
    const reply = await send(town, call, fields, { market });
    assert.equal(said(reply), `${codes[success]} ${success}`);
    assert.deepEqual(Object.keys(reply.body).sort(), acknowledgement);
    const heard = await told(path);
    assertTold(call, reply, heard, success);
    for (const [name, value] of Object.entries(heard)) assert.notEqual(value, "", `${name} is empty`);
  });
}

test("what is wrong with a request is answered at once, and nothing is told", async () => {
  const path = newPath();
  const change = { input_ResponseURL: origin + path };
  const wrong = await send(
    town,
    "c2bSingle",
    packet("c2bSingle", "vodafoneGHA", { ...change, input_Amount: "x" }),
  );
  assert.equal(said(wrong), "400 INS-15");
  const first = packet("c2bSingle", "vodafoneGHA", change);
  assert.equal(said(await send(town, "c2bSingle", first)), "201 INS-0");
  await told(path);
  assert.equal(said(await send(town, "c2bSingle", first)), "409 INS-10");
  const [{ count } = { count: 0n }] = await town.sql("vodafoneGHA")<{ count: bigint }[]>`
    select count(*) as count from outbox where url = ${origin + path}`;
  assert.equal(count, 1n);
});

test("a payment that is refused is acknowledged, and its refusal told", async () => {
  const path = newPath();
  const change = { input_ResponseURL: origin + path, input_CustomerMSISDN: "000000000008" };
  const reply = await send(town, "c2bSingle", packet("c2bSingle", "vodafoneGHA", change));
  assert.equal(said(reply), "201 INS-0");
  const fields = await told(path);
  assertTold("c2bSingle", reply, fields, "INS-2006");
  assert.equal(fields["input_ResultDesc"], "Insufficient balance");
});

test("a customer's answer on the handset is what is told, and the acknowledgement does not wait for it", async () => {
  const path = newPath();
  const msisdn = await newCustomer(town, { answer: "ask" });
  const change = { input_ResponseURL: origin + path, input_CustomerMSISDN: msisdn };
  const reply = await send(town, "c2bSingle", packet("c2bSingle", "vodacomTZN", change), {
    market: "vodacomTZN",
  });
  assert.equal(said(reply), "201 INS-0");
  assert.equal(arrived.has(path), false);
  await answerPrompt(town, await promptOf(town, msisdn), "decline");
  assertTold("c2bSingle", reply, await told(path), "INS-6");
});

test("an application's response URL makes all its calls asynchronous, and a request's own goes before it", async () => {
  const [mine, own] = [newPath(), newPath()];
  const bearer = await bearerOf(town, { responseUrl: origin + mine });
  const reply = await send(town, "b2c", packet("b2c"), { bearer });
  assert.deepEqual(Object.keys(reply.body).sort(), acknowledgement);
  assertTold("b2c", reply, await told(mine), "INS-0");

  const other = await send(town, "b2c", packet("b2c", "vodafoneGHA", { input_ResponseURL: origin + own }), {
    bearer,
  });
  assertTold("b2c", other, await told(own), "INS-0");
  assert.equal(arrived.get(mine)?.length, 1);
});

test("a response URL that is none is a parameter that does not pass", async () => {
  for (const url of [
    "nowhere",
    "ftp://shop.example/",
    "http://name:secret@127.0.0.1/",
    `http://127.0.0.1/${"x".repeat(2100)}`,
  ]) {
    const reply = await send(town, "b2c", packet("b2c", "vodafoneGHA", { input_ResponseURL: url }));
    assert.equal(said(reply), "400 INS-21", url.slice(0, 40));
  }
});
