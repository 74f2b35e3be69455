/** Account balance: what the ledger has, in M-Pesa's form, and each documented result. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accountBalance } from "../../../src/protocols/daraja/operations/account-balance.ts";
import { resultTexts, type ResultCode } from "../../../src/protocols/daraja/result-codes.ts";
import { formatTrigger } from "../../../src/protocols/daraja/triggers.ts";
import {
  createDarajaClient,
  createResultListener,
  initiatorFields,
  kenya,
  type DarajaTestClient,
  type ResultListener,
} from "../../support/daraja.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
let client: DarajaTestClient;
let listener: ResultListener;
before(async () => {
  sandbox = await createTestSandbox();
  client = createDarajaClient(sandbox);
});
after(() => sandbox[Symbol.asyncDispose]());
test.beforeEach(async () => {
  listener = await createResultListener();
});
test.afterEach(() => listener[Symbol.asyncDispose]());

const query = (fields: Readonly<Record<string, unknown>> = {}) =>
  client.post(accountBalance.path, {
    ...initiatorFields(sandbox),
    CommandID: "AccountBalance",
    PartyA: "600996",
    IdentifierType: "4",
    Remarks: "ok",
    QueueTimeOutURL: listener.timeoutUrl,
    ResultURL: listener.resultUrl,
    ...fields,
  });

test("a paybill's balances are those of the ledger", async () => {
  const reply = await query({ PartyA: "600996" });
  assert.equal(reply.status, 200, reply.text);
  assert.deepEqual(Object.keys(reply.body), [
    "ConversationID",
    "OriginatorConversationID",
    "ResponseCode",
    "ResponseDescription",
  ]);
  assert.equal(reply.body["ResponseCode"], "0");
  const { path, result, text } = await listener.waitForResult();
  assert.equal(path, "/result");
  const utility = await formatAccount("600996", "utility", "Utility Account");
  const working = await formatAccount("600996", "working", "Working Account");
  const charges = await formatAccount("600996", "charges_paid", "Charges Paid Account");
  const settlement = await formatAccount("600996", "settlement", "Organization Settlement Account");
  assert.deepEqual(result, {
    ResultType: "0",
    ResultCode: "0",
    ResultDesc: "The service request is processed successfully.",
    OriginatorConversationID: reply.body["OriginatorConversationID"],
    ConversationID: reply.body["ConversationID"],
    TransactionID: result.TransactionID,
    ResultParameters: {
      ResultParameter: [
        { Key: "AccountBalance", Value: [working, utility, charges, settlement].join("&") },
        { Key: "BOCompletedTime", Value: result.getValue("BOCompletedTime") },
      ],
    },
    ReferenceData: { ReferenceItem: { Key: "QueueTimeoutURL", Value: listener.timeoutUrl } },
  });
  assert.match(String(result.TransactionID), /^[A-Z][A-L][1-9A-V]0{7}$/);
  assert.match(String(result.getValue("BOCompletedTime")), /^20\d{12}$/);
  assert.deepEqual(Object.keys((JSON.parse(text) as { Result: object }).Result), [
    "ResultType",
    "ResultCode",
    "ResultDesc",
    "OriginatorConversationID",
    "ConversationID",
    "TransactionID",
    "ResultParameters",
    "ReferenceData",
  ]);
});

async function formatAccount(owner: string, kind: string, name: string): Promise<string> {
  const amountMinor = await sandbox.getAvailable(owner, kenya, kind);
  const amount = `${amountMinor / 100n}.${String(amountMinor % 100n).padStart(2, "0")}`;
  return `${name}|KES|${amount}|${amount}|0.00|0.00`;
}

test("a till has a merchant account, and a B2C shortcode no settlement account", async () => {
  await query({ PartyA: "500102", IdentifierType: "2" });
  const till = String((await listener.waitForResult()).result.getValue("AccountBalance"));
  assert.deepEqual(
    till.split("&").map((account) => account.split("|")[0]),
    ["Working Account", "Merchant Account", "Charges Paid Account"],
  );
  await query({ PartyA: "600997" });
  const payroll = String((await listener.waitForResult(1)).result.getValue("AccountBalance"));
  assert.deepEqual(
    payroll.split("&").map((account) => account.split("|")[0]),
    ["Working Account", "Utility Account", "Charges Paid Account"],
  );
});

test("a failure has numbers, and one parameter that is an object", async () => {
  await query({ PartyA: "692001" });
  const { text, result } = await listener.waitForResult();
  assert.match(text, /"ResultType":0,"ResultCode":2001,/);
  assert.match(text, /"ResultParameters":\{"ResultParameter":\{"Key":"BOCompletedTime","Value":20\d{12}\}\}/);
  assert.equal(result.ResultDesc, "The initiator information is invalid.");
  assert.match(String(result.TransactionID), /0{7}$/);
});

test("another organisation's initiator is TP40153, a text also among numbers", async () => {
  await query({ PartyA: "611999" });
  const { text } = await listener.waitForResult();
  assert.match(text, /"ResultType":0,"ResultCode":"TP40153",/);
});

test("each documented result has a trigger", async () => {
  const codes = Object.keys(accountBalance.results) as ResultCode[];
  for (const [index, code] of codes.entries()) {
    await query({ PartyA: formatTrigger("shortcode", code) });
    const { result } = await listener.waitForResult(index);
    assert.equal(String(result.ResultCode), code);
    assert.equal(result.ResultDesc, resultTexts[code]);
  }
});

test("a trigger of the timeout sends the notice to the QueueTimeOutURL, and that of silence sends nothing", async () => {
  await query({ PartyA: "699999" });
  const reply = await query({ PartyA: "699998" });
  const { path, text } = await listener.waitForResult();
  assert.equal(path, "/timeout");
  assert.deepEqual(JSON.parse(text), {
    Result: {
      ResultType: 1,
      ResultCode: "1",
      ResultDesc: "The service request timed out.",
      OriginatorConversationID: reply.body["OriginatorConversationID"],
      ConversationID: reply.body["ConversationID"],
    },
  });
  assert.equal(listener.received.length, 1);
});

test("numbers may be JSON numbers, and the command may have a space in its key", async () => {
  const reply = await query({
    PartyA: 600996,
    IdentifierType: 4,
    CommandID: undefined,
    "Command ID": "AccountBalance",
    Remarks: undefined,
  });
  assert.equal(reply.status, 200, reply.text);
  assert.equal((await listener.waitForResult()).result.ResultCode, "0");
});

test("a token that is not accepted is 401.002.01", async () => {
  const reply = await client.post(accountBalance.path, {}, { token: "unknown" });
  assert.equal(reply.status, 401);
  assert.equal(reply.body["errorCode"], "401.002.01");
  assert.match(String(reply.body["errorMessage"]), /^Error Occurred - Invalid Access Token - /);
});
