/**
 * Asynchronous responses as M-Pesa documents them: an acknowledgement without the call's own fields, then the result
 * at the listener, with field names that differ from call to call.
 */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { createBearer } from "../../support/application.ts";
import { createTestCustomer } from "../../support/payments.ts";
import { answerPrompt, waitFor, waitForPrompt } from "../../support/prompts.ts";
import { createTestSandbox, type Reply, type TestSandbox } from "../../support/sandbox.ts";
import { documented, type Call, type DocumentedCall } from "./documented.ts";
import { examplePayload, summarise, sendCall } from "./packets.ts";

type Fields = Record<string, string>;

let sandbox: TestSandbox;
/** Received callbacks by path: each test listens on a path of its own. */
const received = new Map<string, Fields[]>();
const server = createServer((request, response) => {
  void text(request).then((body) => {
    const path = request.url ?? "";
    received.set(path, [...(received.get(path) ?? []), JSON.parse(body) as Fields]);
    response.end();
  });
});
let origin: string;

before(async () => {
  sandbox = await createTestSandbox();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(async () => {
  await sandbox[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
});

let lastPath = 0;
const createPath = (): string => `/results/${(lastPath += 1)}`;

const waitForCallback = (path: string): Promise<Fields> =>
  waitFor(`a callback at ${path}`, () => Promise.resolve(received.get(path)?.[0]));

const acknowledgement = [
  "output_ConversationID",
  "output_ResponseCode",
  "output_ResponseDesc",
  "output_ThirdPartyConversationID",
];

const idFields = ["input_OriginalConversationID", "input_ThirdPartyConversationID"];
const resultFields = [...idFields, "input_ResultCode", "input_ResultDesc"];

/** The documented fields of each call's callback. Those of the two-step calls are what public clients read. */
// prettier-ignore
const callbacks: Readonly<Partial<Record<Call, readonly string[]>>> = {
  c2bSingle:               [...resultFields, "input_TransactionID"],
  c2bMultiStage:           [...resultFields, "input_TransactionID", "input_VoucherCode"],
  updateTransactionStatus: [...resultFields, "input_TransactionID"],
  b2c:                     [...resultFields, "input_TransactionID"],
  b2b:                     [...resultFields, "input_TransactionID"],
  reversal:                [...resultFields, "input_TransactionID"],
  queryTransactionStatus:  [...resultFields, "input_TransactionID", "input_OriginalTransactionID", "input_Reversed"],
  queryBeneficiaryName:    [...resultFields, "input_CustomerFirstName", "input_CustomerLastName"],
  directDebitCreate:       [...resultFields, "input_TransactionReference", "input_MsisdnToken", "input_MandateID"],
  directDebitPayment:      [...resultFields, "input_TransactionID", "input_MsisdnToken"],
  directDebitCancel:       [...resultFields, "input_TransactionReference", "input_MsisdnToken"],
  queryDirectDebit: [
    ...idFields, "input_ResponseCode", "input_ResponseDesc",
    "input_TransactionReference", "input_SufficientBalance", "input_MsisdnToken", "input_MandateID", "input_MandateStatus",
    "input_AccountStatus", "input_FirstPaymentDate", "input_Frequency", "input_PaymentDayFrom", "input_PaymentDayTo",
    "input_ExpiryDate",
  ],
};

function assertCallback(call: Call, reply: Reply, fields: Fields, code: string): void {
  assert.deepEqual(Object.keys(fields).sort(), [...(callbacks[call] ?? [])].sort());
  assert.equal(fields["input_OriginalConversationID"], reply.body["output_ConversationID"]);
  assert.equal(fields["input_ThirdPartyConversationID"], reply.body["output_ThirdPartyConversationID"]);
  assert.equal(fields["input_ResultCode"] ?? fields["input_ResponseCode"], code);
}

for (const call of Object.keys(callbacks) as Call[]) {
  const { codes, markets }: DocumentedCall = documented[call];
  const [success = ""] = Object.keys(codes);
  const [market = "vodafoneGHA"] = markets;

  test(`${call} is acknowledged, and its callback has the documented field names`, async () => {
    const path = createPath();
    const fields = examplePayload(call, market, { input_ResponseURL: origin + path });
    const reply = await sendCall(sandbox, call, fields, { market });
    assert.equal(summarise(reply), `${codes[success]} ${success}`);
    assert.deepEqual(Object.keys(reply.body).sort(), acknowledgement);
    const callback = await waitForCallback(path);
    assertCallback(call, reply, callback, success);
    for (const [name, value] of Object.entries(callback)) assert.notEqual(value, "", `${name} is empty`);
  });
}

test("an invalid request is refused in the response, and no callback is sent", async () => {
  const path = createPath();
  const overrides = { input_ResponseURL: origin + path };
  const wrong = await sendCall(
    sandbox,
    "c2bSingle",
    examplePayload("c2bSingle", "vodafoneGHA", { ...overrides, input_Amount: "x" }),
  );
  assert.equal(summarise(wrong), "400 INS-15");
  const first = examplePayload("c2bSingle", "vodafoneGHA", overrides);
  assert.equal(summarise(await sendCall(sandbox, "c2bSingle", first)), "201 INS-0");
  await waitForCallback(path);
  assert.equal(summarise(await sendCall(sandbox, "c2bSingle", first)), "409 INS-10");
  const [{ count } = { count: 0n }] = await sandbox.sql("vodafoneGHA")<{ count: bigint }[]>`
    select count(*) as count from notifications where endpoint = ${origin + path}`;
  assert.equal(count, 1n);
});

test("a refused payment is acknowledged, and the callback carries the refusal", async () => {
  const path = createPath();
  const overrides = { input_ResponseURL: origin + path, input_CustomerMSISDN: "000000000008" };
  const reply = await sendCall(sandbox, "c2bSingle", examplePayload("c2bSingle", "vodafoneGHA", overrides));
  assert.equal(summarise(reply), "201 INS-0");
  const fields = await waitForCallback(path);
  assertCallback("c2bSingle", reply, fields, "INS-2006");
  assert.equal(fields["input_ResultDesc"], "Insufficient balance");
});

test("the acknowledgement does not wait for the customer, and the callback carries the customer's reply", async () => {
  const path = createPath();
  const msisdn = await createTestCustomer(sandbox, { answer: "ask" });
  const overrides = { input_ResponseURL: origin + path, input_CustomerMSISDN: msisdn };
  const reply = await sendCall(sandbox, "c2bSingle", examplePayload("c2bSingle", "vodacomTZN", overrides), {
    market: "vodacomTZN",
  });
  assert.equal(summarise(reply), "201 INS-0");
  assert.equal(received.has(path), false);
  await answerPrompt(sandbox, await waitForPrompt(sandbox, msisdn), "decline");
  assertCallback("c2bSingle", reply, await waitForCallback(path), "INS-6");
});

test("an application's response URL makes all its calls asynchronous, and a request's own URL takes precedence", async () => {
  const [applicationPath, requestPath] = [createPath(), createPath()];
  const bearer = await createBearer(sandbox, { responseUrl: origin + applicationPath });
  const reply = await sendCall(sandbox, "b2c", examplePayload("b2c"), { bearer });
  assert.deepEqual(Object.keys(reply.body).sort(), acknowledgement);
  assertCallback("b2c", reply, await waitForCallback(applicationPath), "INS-0");

  const other = await sendCall(
    sandbox,
    "b2c",
    examplePayload("b2c", "vodafoneGHA", { input_ResponseURL: origin + requestPath }),
    {
      bearer,
    },
  );
  assertCallback("b2c", other, await waitForCallback(requestPath), "INS-0");
  assert.equal(received.get(applicationPath)?.length, 1);
});

test("an invalid response URL is refused as an invalid parameter", async () => {
  for (const url of [
    "nowhere",
    "ftp://shop.example/",
    "http://name:secret@127.0.0.1/",
    `http://127.0.0.1/${"x".repeat(2100)}`,
  ]) {
    const reply = await sendCall(
      sandbox,
      "b2c",
      examplePayload("b2c", "vodafoneGHA", { input_ResponseURL: url }),
    );
    assert.equal(summarise(reply), "400 INS-21", url.slice(0, 40));
  }
});
