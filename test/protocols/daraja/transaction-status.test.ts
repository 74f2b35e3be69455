/** Transaction status: a payment by each of its names, its fields, and each documented result. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { b2cV3 } from "../../../src/protocols/daraja/operations/b2c-v3.ts";
import { transactionStatus } from "../../../src/protocols/daraja/operations/transaction-status.ts";
import { resultTexts, type ResultCode } from "../../../src/protocols/daraja/result-codes.ts";
import { formatTrigger } from "../../../src/protocols/daraja/triggers.ts";
import {
  createDarajaClient,
  createResultListener,
  darajaCustomer,
  initiatorFields,
  registerDarajaCustomers,
  signStk,
  type DarajaReply,
  type DarajaTestClient,
  type ResultListener,
} from "../../support/daraja.ts";
import { createTestListener } from "../../support/listener.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
let client: DarajaTestClient;
let listener: ResultListener;
before(async () => {
  sandbox = await createTestSandbox();
  client = createDarajaClient(sandbox);
  await registerDarajaCustomers(sandbox, [{ msisdn: "254711000004", answer: "decline" }]);
});
after(() => sandbox[Symbol.asyncDispose]());
test.beforeEach(async () => {
  listener = await createResultListener();
});
test.afterEach(() => listener[Symbol.asyncDispose]());

const query = (fields: Readonly<Record<string, unknown>> = {}): Promise<DarajaReply> =>
  client.post(transactionStatus.path, {
    ...initiatorFields(sandbox),
    CommandID: "TransactionStatusQuery",
    PartyA: "600996",
    IdentifierType: "4",
    ResultURL: listener.resultUrl,
    QueueTimeOutURL: listener.timeoutUrl,
    Remarks: "ok",
    Occasion: "",
    ...fields,
  });

interface Pushed {
  readonly reply: DarajaReply;
  readonly receipt: string;
}

/** An STK push that ends at once, and its receipt. */
async function push(fields: Readonly<Record<string, unknown>> = {}): Promise<Pushed> {
  await using stkListener = await createTestListener();
  const reply = await client.push({
    ...signStk("600996"),
    PartyB: "600996",
    Amount: 300,
    CallBackURL: stkListener.url,
    ...fields,
  });
  assert.equal(reply.status, 200, reply.text);
  const [callback] = await stkListener.waitForCallbacks(1);
  const receipt = /"MpesaReceiptNumber","Value":"([A-Z0-9]{10})"/.exec(callback?.text ?? "")?.[1] ?? "";
  return { reply, receipt };
}

test("a payment is found by its receipt, with the documented parameters in their order", async () => {
  const { reply: pushed, receipt } = await push();
  const reply = await query({ TransactionID: receipt });
  assert.equal(reply.body["ResponseDescription"], "Accept the service request successfully.");
  const { text, result, path } = await listener.waitForResult();
  assert.equal(path, "/result");
  assert.equal(result.OriginatorConversationID, reply.body["OriginatorConversationID"]);
  assert.equal(result.ConversationID, reply.body["ConversationID"]);
  assert.match(String(result.TransactionID), /0{7}$/);
  assert.match(
    text,
    /"ResultType":0,"ResultCode":0,"ResultDesc":"The service request is processed successfully\."/,
  );
  const list = (result.ResultParameters as { ResultParameter: { Key: string; Value?: unknown }[] })
    .ResultParameter;
  assert.deepEqual(
    list.map(({ Key }) => Key),
    [
      "DebitPartyName",
      "CreditPartyName",
      "OriginatorConversationID",
      "InitiatedTime",
      "DebitAccountType",
      "DebitPartyCharges",
      "TransactionReason",
      "ReasonType",
      "TransactionStatus",
      "FinalisedTime",
      "Amount",
      "ConversationID",
      "ReceiptNo",
    ],
  );
  assert.equal(result.getValue("DebitPartyName"), `${darajaCustomer} - John Doe`);
  assert.equal(result.getValue("CreditPartyName"), "600996 - Safari Traders");
  assert.equal(result.getValue("OriginatorConversationID"), pushed.body["MerchantRequestID"]);
  assert.equal(result.getValue("DebitAccountType"), "MMF Account For Customer");
  assert.equal(result.getValue("ReasonType"), "Pay Bill Online");
  assert.equal(result.getValue("TransactionStatus"), "Completed");
  assert.equal(result.getValue("ReceiptNo"), receipt);
  assert.match(text, /"InitiatedTime","Value":20\d{12}\}/);
  assert.match(text, /"FinalisedTime","Value":20\d{12}\}/);
  assert.match(text, /"Amount","Value":300\}/);
  assert.match(text, /\{"Key":"TransactionReason"\}/);
  assert.match(text, /"ReferenceData":\{"ReferenceItem":\{"Key":"Occasion"\}\}/);
});

test("a payment is found by its OriginatorConversationID and its ConversationID, and never by its CheckoutRequestID", async () => {
  const { reply: pushed, receipt } = await push();
  await query({ OriginalConversationID: pushed.body["MerchantRequestID"] });
  const byOriginator = (await listener.waitForResult(0)).result;
  assert.equal(byOriginator.getValue("ReceiptNo"), receipt);
  await query({ OriginatorConversationID: byOriginator.getValue("ConversationID") });
  assert.equal((await listener.waitForResult(1)).result.getValue("ReceiptNo"), receipt);
  await query({
    "Transaction ID": receipt.toLowerCase(),
    "Command ID": "TransactionStatusQuery",
    CommandID: undefined,
  });
  assert.equal((await listener.waitForResult(2)).result.getValue("ReceiptNo"), receipt);
  await query({ TransactionID: pushed.body["CheckoutRequestID"] });
  assert.equal((await listener.waitForResult(3)).result.ResultCode, 2032);
  await query({ OriginalConversationID: pushed.body["CheckoutRequestID"] });
  assert.equal((await listener.waitForResult(4)).result.ResultCode, 2032);
});

test("a payout is found by the caller's own OriginatorConversationID, with its charge", async () => {
  await using payouts = await createResultListener();
  const OriginatorConversationID = "payout-of-a-test-1";
  const reply = await client.post(b2cV3.path, {
    OriginatorConversationID,
    InitiatorName: "testapi",
    SecurityCredential: initiatorFields(sandbox).SecurityCredential,
    CommandID: "BusinessPayment",
    Amount: 300,
    PartyA: "600996",
    PartyB: darajaCustomer,
    Remarks: "Payout",
    QueueTimeOutURL: payouts.timeoutUrl,
    ResultURL: payouts.resultUrl,
    Occassion: "",
  });
  assert.equal(reply.body["ResponseCode"], "0", reply.text);
  const { result: paid } = await payouts.waitForResult();
  await query({ OriginalConversationID: OriginatorConversationID });
  const { result } = await listener.waitForResult();
  assert.equal(result.getValue("ReceiptNo"), paid.TransactionID);
  assert.equal(result.getValue("DebitPartyName"), "600996 - Safari Traders");
  assert.equal(result.getValue("CreditPartyName"), `${darajaCustomer} - John Doe`);
  assert.equal(result.getValue("DebitAccountType"), "Utility Account");
  assert.equal(result.getValue("OriginatorConversationID"), OriginatorConversationID);
  assert.match(String(result.getValue("DebitPartyCharges")), /^Fee For B2C Payment\|KES\|\d+\.\d{2}$/);
});

test("a payment that the customer declined is Cancelled", async () => {
  const { reply } = await push({ PhoneNumber: "254711000004", PartyA: "254711000004" });
  await query({ OriginalConversationID: reply.body["MerchantRequestID"], Occasion: "aaaa" });
  const { result, text } = await listener.waitForResult();
  assert.equal(result.ResultCode, 0);
  assert.equal(result.getValue("TransactionStatus"), "Cancelled");
  assert.match(text, /"ReferenceItem":\{"Key":"Occasion","Value":"aaaa"\}/);
});

test("an unknown receipt is 2032, without parameters", async () => {
  await query({ TransactionID: "SKE0000001" });
  const { text, result } = await listener.waitForResult();
  assert.match(
    text,
    /"ResultType":0,"ResultCode":2032,"ResultDesc":"The transaction receipt number does not exist\."/,
  );
  assert.equal("ResultParameters" in result, false);
  assert.match(text, /"ReferenceData":\{"ReferenceItem":\{"Key":"Occasion"\}\}/);
});

test("only an organisation that took part in a payment finds it", async () => {
  const { receipt } = await push();
  await query({ TransactionID: receipt, PartyA: "600000" });
  assert.equal((await listener.waitForResult()).result.ResultCode, 2032);
});

test("one of TransactionID and OriginalConversationID is mandatory", async () => {
  const reply = await query();
  assert.equal(reply.status, 400);
  assert.equal(reply.body["errorCode"], "400.003.02");
  assert.equal(reply.body["errorMessage"], "Bad Request - Invalid TransactionID");
});

test("each documented result has a trigger", async () => {
  const codes = Object.keys(transactionStatus.results) as ResultCode[];
  for (const [index, code] of codes.entries()) {
    await query({ TransactionID: formatTrigger("transaction", code) });
    const { result, text } = await listener.waitForResult(index);
    assert.equal(String(result.ResultCode), code);
    assert.equal(typeof result.ResultCode, /^\d+$/.test(code) ? "number" : "string");
    assert.equal(result.ResultDesc, resultTexts[code]);
    assert.match(text, /"ReferenceItem":\{"Key":"Occasion"\}/);
  }
});

test("silence sends nothing, and a timeout is a notice at the QueueTimeOutURL", async () => {
  await query({ TransactionID: "TRIG099999" });
  await query({ TransactionID: "TRIG099998" });
  assert.equal((await listener.waitForResult()).path, "/timeout");
  assert.equal(listener.received.length, 1);
});

test("a token that is not accepted is 401.003.01", async () => {
  const reply = await client.post(transactionStatus.path, {}, { token: "unknown" });
  assert.equal(reply.status, 401);
  assert.equal(reply.body["errorCode"], "401.003.01");
});
