/** Payments to Pochi la Biashara: who is paid, once, and every documented code. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { pochi } from "../../../src/protocols/daraja/operations/pochi.ts";
import { resultTexts, type ResultCode } from "../../../src/protocols/daraja/result-codes.ts";
import { formatTrigger } from "../../../src/protocols/daraja/triggers.ts";
import {
  createDarajaClient,
  kenya,
  registerDarajaCustomers,
  type DarajaReply,
  type DarajaTestClient,
} from "../../support/daraja.ts";
import { getResult, initiate, listKeys, waitForResult } from "../../support/daraja-results.ts";
import { createTestListener, type Listener } from "../../support/listener.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

const business = "254708374149";
const noBusiness = "254711000031";

let sandbox: TestSandbox;
let client: DarajaTestClient;
let listener: Listener;
let serial = 0;
before(async () => {
  sandbox = await createTestSandbox();
  client = createDarajaClient(sandbox);
  await registerDarajaCustomers(sandbox, [{ msisdn: noBusiness }]);
});
after(() => sandbox[Symbol.asyncDispose]());
test.beforeEach(async () => {
  listener = await createTestListener();
});
test.afterEach(() => listener[Symbol.asyncDispose]());

function pay(fields: Readonly<Record<string, unknown>> = {}): Promise<DarajaReply> {
  serial += 1;
  return client.post(pochi.path, {
    OriginatorConversationID: `pochi-${serial}`,
    InitiatorName: "testapi",
    SecurityCredential: initiate(sandbox).credential,
    CommandID: "BusinessPayToPochi",
    Amount: "10",
    PartyA: "600996",
    PartyB: business,
    Remarks: "remarked",
    QueueTimeOutURL: `${listener.url}/timeout`,
    ResultURL: `${listener.url}/result`,
    Occassion: "ChristmasPay",
    ...fields,
  });
}

test("a customer with a small business is paid, and the result has the order of B2C's version 3", async () => {
  const before = await sandbox.getAvailable(business, kenya);
  const reply = await pay();
  assert.equal(reply.status, 200, reply.text);
  assert.equal(reply.body["OriginatorConversationID"], `pochi-${serial}`);
  const { result } = await waitForResult(listener);
  assert.equal(result.ResultCode, 0);
  assert.equal(result.OriginatorConversationID, `pochi-${serial}`);
  assert.equal(listKeys(result)[0], "TransactionAmount");
  assert.equal(getResult(result, "ReceiverPartyPublicName"), `${business} - John Doe`);
  assert.equal((await sandbox.getAvailable(business, kenya)) - before, 1000n);
});

test("a customer without one is 2040, and gets nothing", async () => {
  const before = await sandbox.getAvailable(noBusiness, kenya);
  await pay({ PartyB: noBusiness });
  const { result } = await waitForResult(listener);
  assert.equal(result.ResultCode, 2040);
  assert.equal(result.ResultParameters, undefined);
  assert.equal(await sandbox.getAvailable(noBusiness, kenya), before);
});

test("an OriginatorConversationID pays once", async () => {
  await pay({ OriginatorConversationID: "pochi-once" });
  await waitForResult(listener);
  const before = await sandbox.getAvailable(business, kenya);
  const reply = await pay({ OriginatorConversationID: "pochi-once" });
  assert.equal(reply.status, 500);
  assert.equal(reply.body["errorCode"], "500.002.1001");
  assert.equal(reply.body["errorMessage"], "Duplicate OriginatorConversationID.");
  assert.equal(await sandbox.getAvailable(business, kenya), before);
});

test("without an OriginatorConversationID, or with a command of B2C, the field is invalid", async () => {
  for (const [field, value] of [
    ["OriginatorConversationID", undefined],
    ["CommandID", "BusinessPayment"],
  ] as const) {
    const reply = await pay({ [field]: value });
    assert.equal(reply.status, 400, reply.text);
    assert.equal(reply.body["errorCode"], "400.002.02");
    assert.equal(reply.body["errorMessage"], `Bad Request - Invalid ${field}`);
  }
});

test("every documented result has a trigger", async () => {
  for (const [index, code] of (Object.keys(pochi.results) as ResultCode[]).entries()) {
    await pay({ PartyB: formatTrigger("customer", code) });
    const { result } = await waitForResult(listener, index);
    assert.equal(result.ResultCode, /^\d+$/.test(code) ? Number(code) : code);
    assert.equal(result.ResultDesc, resultTexts[code]);
  }
});
