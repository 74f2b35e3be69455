/** Reversal: what an organisation received goes back, once, and every documented code. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { b2b } from "../../../src/protocols/daraja/operations/b2b.ts";
import { b2cV3 } from "../../../src/protocols/daraja/operations/b2c-v3.ts";
import { reversal } from "../../../src/protocols/daraja/operations/reversal.ts";
import { resultTexts, type ResultCode } from "../../../src/protocols/daraja/result-codes.ts";
import { formatTrigger } from "../../../src/protocols/daraja/triggers.ts";
import {
  createDarajaClient,
  kenya,
  signStk,
  type DarajaReply,
  type DarajaTestClient,
} from "../../support/daraja.ts";
import { getResult, initiate, listKeys, waitForResult } from "../../support/daraja-results.ts";
import { createTestListener, type Listener } from "../../support/listener.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

const paybill = "600996";
const customer = "254708374149";

let sandbox: TestSandbox;
let client: DarajaTestClient;
let listener: Listener;
before(async () => {
  sandbox = await createTestSandbox();
  client = createDarajaClient(sandbox);
});
after(() => sandbox[Symbol.asyncDispose]());
test.beforeEach(async () => {
  listener = await createTestListener();
});
test.afterEach(() => listener[Symbol.asyncDispose]());

const initiator = () => ({
  SecurityCredential: initiate(sandbox).credential,
  ResultURL: `${listener.url}/result`,
  QueueTimeOutURL: `${listener.url}/timeout`,
});

const reverse = (fields: Readonly<Record<string, unknown>>): Promise<DarajaReply> =>
  client.post(reversal.path, {
    Initiator: "testapi",
    CommandID: "TransactionReversal",
    ReceiverParty: paybill,
    RecieverIdentifierType: "11",
    Remarks: "Payment reversal",
    ...initiator(),
    ...fields,
  });

/** A payment of the customer to the paybill; returns its receipt. */
async function collect(amount: number, to = paybill): Promise<string> {
  await using own = await createTestListener();
  const fields = to === paybill ? {} : { TransactionType: "CustomerBuyGoodsOnline" };
  const shortcode = to === paybill ? paybill : "500101";
  const reply = await client.push({
    ...signStk(shortcode),
    ...fields,
    PartyB: to,
    Amount: amount,
    CallBackURL: own.url,
  });
  assert.equal(reply.status, 200, reply.text);
  const [callback] = await own.waitForCallbacks(1);
  return /"MpesaReceiptNumber","Value":"([A-Z0-9]{10})"/.exec(callback?.text ?? "")?.[1] ?? "";
}

const getBalances = async () =>
  Promise.all([sandbox.getAvailable(paybill, kenya, "utility"), sandbox.getAvailable(customer, kenya)]);

test("the whole payment goes back to the customer, and the result says so", async () => {
  const before = await getBalances();
  const receipt = await collect(200);
  const reply = await reverse({ TransactionID: receipt, Amount: "200" });
  assert.equal(reply.status, 200, reply.text);
  assert.equal(reply.body["ResponseCode"], "0");
  const { result, text } = await waitForResult(listener);
  assert.equal(result.ResultType, 0);
  assert.equal(result.ResultCode, 0);
  assert.equal(result.OriginatorConversationID, reply.body["OriginatorConversationID"]);
  assert.match(result.TransactionID, /^[A-Z][A-L][1-9A-V][0-9A-Z]{7}$/);
  assert.notEqual(result.TransactionID, receipt);
  assert.deepEqual(listKeys(result), [
    "DebitAccountBalance",
    "Amount",
    "TransCompletedTime",
    "OriginalTransactionID",
    "Charge",
    "CreditPartyPublicName",
    "DebitPartyPublicName",
  ]);
  assert.equal(getResult(result, "OriginalTransactionID"), receipt);
  assert.match(text, /"Amount","Value":200\.00\}/);
  assert.match(text, /"TransCompletedTime","Value":20\d{12}\}/);
  assert.match(text, /"Charge","Value":0\.00\}/);
  assert.deepEqual(await getBalances(), before);
});

test("the result has the names of the parties and the balance of the debited account", async () => {
  const receipt = await collect(10);
  await reverse({ TransactionID: receipt });
  const { result } = await waitForResult(listener);
  const [utility] = await getBalances();
  const amount = `${utility / 100n}.${String(utility % 100n).padStart(2, "0")}`;
  assert.equal(getResult(result, "DebitAccountBalance"), `Utility Account|KES|${amount}|${amount}|0.00|0.00`);
  assert.equal(getResult(result, "CreditPartyPublicName"), `${customer} - John Doe`);
  assert.equal(getResult(result, "DebitPartyPublicName"), `${paybill} - Safari Traders`);
});

test("a part goes back, then the rest without an amount, then nothing", async () => {
  const before = await getBalances();
  const receipt = await collect(100);
  await reverse({ TransactionID: receipt, Amount: 40, RecieverIdentifierType: undefined });
  assert.equal((await waitForResult(listener)).result.ResultCode, 0);
  await reverse({ TransactionID: receipt, RecieverIdentifierType: 4 });
  assert.equal((await waitForResult(listener, 1)).result.ResultCode, 0);
  assert.deepEqual(await getBalances(), before);
  await reverse({ TransactionID: receipt });
  const { result } = await waitForResult(listener, 2);
  assert.equal(result.ResultCode, "R000001");
  assert.equal(result.ResultType, 0);
  assert.equal(result.ResultDesc, resultTexts.R000001);
  assert.match(result.TransactionID, /^[A-Z][A-L][1-9A-V]0{7}$/);
  assert.equal(result.ResultParameters, undefined);
  assert.deepEqual(result.ReferenceData, {
    ReferenceItem: {
      Key: "QueueTimeoutURL",
      Value: "https://internalsandbox.safaricom.co.ke/mpesa/reversalresults/v1/submit",
    },
  });
});

test("a payment to a till goes back from the till's merchant account", async () => {
  const receipt = await collect(30, "500102");
  const merchant = await sandbox.getAvailable("500102", kenya, "merchant");
  await reverse({ TransactionID: receipt, ReceiverParty: "500102" });
  assert.equal((await waitForResult(listener)).result.ResultCode, 0);
  assert.equal(await sandbox.getAvailable("500102", kenya, "merchant"), merchant - 3000n);
});

test("an account that has less than the payment is 1, and the payment stays", async () => {
  const receipt = await collect(30, "500102");
  const before = await sandbox.getAvailable("500102", kenya, "merchant");
  await client.post(b2b.path, {
    Initiator: "testapi",
    CommandID: "MerchantTransferFromMerchantToWorking",
    Amount: String(before / 100n - 1n),
    PartyA: "500102",
    PartyB: "500102",
    ...initiator(),
  });
  assert.equal((await waitForResult(listener)).result.ResultCode, "0");
  await reverse({ TransactionID: receipt, ReceiverParty: "500102" });
  assert.equal((await waitForResult(listener, 1)).result.ResultCode, 1);
  assert.equal(await sandbox.getAvailable("500102", kenya, "merchant"), 100n + (before % 100n));
});

test("an unknown payment, another organisation's and a payout cannot be reversed", async () => {
  const foreign = await collect(10);
  const paid = await client.post(b2cV3.path, {
    OriginatorConversationID: "to-be-reversed",
    InitiatorName: "testapi",
    CommandID: "BusinessPayment",
    Amount: 10,
    PartyA: paybill,
    PartyB: customer,
    ...initiator(),
  });
  assert.equal(paid.status, 200, paid.text);
  const payout = (await waitForResult(listener)).result.TransactionID;
  const before = await getBalances();
  const requests: readonly Readonly<Record<string, unknown>>[] = [
    { TransactionID: "UA1ZZZZZZZ" },
    { TransactionID: "not a receipt" },
    { TransactionID: foreign, ReceiverParty: "600000" },
    { TransactionID: payout },
  ];
  for (const [index, fields] of requests.entries()) {
    const reply = await reverse(fields);
    assert.equal(reply.status, 200, reply.text);
    const { result } = await waitForResult(listener, index + 1);
    assert.equal(result.ResultCode, "R000002", JSON.stringify(fields));
  }
  assert.deepEqual(await getBalances(), before);
});

test("a field that is malformed is 400.002.02 with its name", async () => {
  const invalid: readonly (readonly [string, unknown])[] = [
    ["CommandID", "AccountBalance"],
    ["Amount", "10.5"],
    ["ReceiverParty", "254708374149"],
    ["RecieverIdentifierType", "1"],
    ["SecurityCredential", "password"],
  ];
  for (const [field, value] of invalid) {
    const reply = await reverse({ TransactionID: "UA1ZZZZZZZ", [field]: value });
    assert.equal(reply.status, 400, `${field}: ${reply.text}`);
    assert.equal(reply.body["errorCode"], "400.002.02");
    assert.equal(reply.body["errorMessage"], `Bad Request - Invalid ${field}`);
  }
});

test("every documented result has a trigger, and silence and a timeout too", async () => {
  const codes = Object.keys(reversal.results) as ResultCode[];
  for (const [index, code] of codes.entries()) {
    const reply = await reverse({ TransactionID: formatTrigger("transaction", code) });
    assert.equal(reply.status, 200, `${code} ${reply.text}`);
    const { result } = await waitForResult(listener, index);
    assert.equal(result.ResultCode, /^\d+$/.test(code) ? Number(code) : code);
    assert.equal(result.ResultDesc, resultTexts[code]);
  }
  await reverse({ TransactionID: formatTrigger("transaction", "silence") });
  await reverse({ TransactionID: formatTrigger("transaction", "timeout") });
  const notice = (await listener.waitForCallbacks(codes.length + 1)).at(-1);
  assert(notice?.path.endsWith("/timeout") === true);
});
