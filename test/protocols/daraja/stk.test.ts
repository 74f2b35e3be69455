/** STK push and its query: acknowledgement, callback, and every documented result. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { stkPush } from "../../../src/protocols/daraja/operations/stk-push.ts";
import { resultTexts, type ResultCode } from "../../../src/protocols/daraja/result-codes.ts";
import { formatTrigger } from "../../../src/protocols/daraja/triggers.ts";
import { formatNairobiTime } from "../../../src/protocols/g2/identifiers.ts";
import { control } from "../../support/control.ts";
import {
  createDarajaApplication,
  createDarajaClient,
  kenya,
  readLastDecision,
  registerDarajaCustomers,
  registerShortcodes,
  signStk,
  stkFields,
  type DarajaReply,
  type DarajaTestClient,
} from "../../support/daraja.ts";
import { createTestListener, type Listener } from "../../support/listener.ts";
import { answerPrompt, waitForDisplayedPrompt, waitForPrompt } from "../../support/prompts.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

const payer = "254711000001";
const promptedCustomer = "254711000002";
const poor = "254711000003";
const paybill = "600990";
const store = "600991";
const till = "600992";
const strayTill = "600993";

let sandbox: TestSandbox;
let client: DarajaTestClient;
let listener: Listener;
before(async () => {
  sandbox = await createTestSandbox({ promptLifeMs: 60_000 });
  client = createDarajaClient(sandbox);
  await registerShortcodes(sandbox, [
    { shortcode: paybill, name: "Paybill" },
    { shortcode: "600994", name: "Head office", kind: "head_office" },
    { shortcode: store, name: "Store", kind: "store", parent: "600994" },
    { shortcode: till, name: "Till", kind: "till", parent: store },
    { shortcode: strayTill, name: "Another till", kind: "till" },
  ]);
  await registerDarajaCustomers(sandbox, [
    { msisdn: payer },
    { msisdn: promptedCustomer, answer: "ask" },
    { msisdn: poor, balance: "1.00" },
    { msisdn: "254711000004", answer: "decline" },
    { msisdn: "254711000005", answer: "ignore" },
    { msisdn: "254711000006", answer: "off" },
    { msisdn: "254711000007", answer: "no_signal" },
  ]);
});
after(() => sandbox[Symbol.asyncDispose]());
test.beforeEach(async () => {
  listener = await createTestListener();
});
test.afterEach(() => listener[Symbol.asyncDispose]());

interface StkCallback {
  readonly MerchantRequestID: string;
  readonly CheckoutRequestID: string;
  readonly ResultCode: number | string;
  readonly ResultDesc: string;
  readonly CallbackMetadata?: {
    readonly Item: readonly { readonly Name: string; readonly Value?: unknown }[];
  };
}

const push = (fields: Readonly<Record<string, unknown>> = {}): Promise<DarajaReply> => {
  const sentShortcode = fields["BusinessShortCode"];
  const shortcode = typeof sentShortcode === "string" ? sentShortcode : paybill;
  return client.push({
    ...signStk(shortcode),
    PartyB: shortcode,
    PartyA: payer,
    PhoneNumber: payer,
    CallBackURL: listener.url,
    ...fields,
  });
};

async function waitForCallback(index = 0): Promise<StkCallback> {
  const callback = (await listener.waitForCallbacks(index + 1))[index];
  assert(callback !== undefined);
  return (callback.body as unknown as { Body: { stkCallback: StkCallback } }).Body.stkCallback;
}

const queryPush = (reply: DarajaReply, shortcode = paybill): Promise<DarajaReply> =>
  client.query(reply.body["CheckoutRequestID"], signStk(shortcode));

const getUtility = (shortcode = paybill): Promise<bigint> =>
  sandbox.getAvailable(shortcode, kenya, "utility");

test("a push is acknowledged, the customer pays, and the callback and the query say so", async () => {
  const [walletBefore, utilityBefore] = await Promise.all([sandbox.getAvailable(payer, kenya), getUtility()]);
  const reply = await push({ Amount: 10 });
  assert.equal(reply.status, 200, reply.text);
  const accepted = "Success. Request accepted for processing";
  assert.match(
    reply.text,
    /^\{"MerchantRequestID":"[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\d{6}","CheckoutRequestID":"ws_CO_\d{17}711000001","ResponseCode":"0",/,
  );
  assert(reply.text.endsWith(`"ResponseDescription":"${accepted}","CustomerMessage":"${accepted}"}`));
  assert.match(reply.headers.get("content-type") ?? "", /^application\/json/);

  const callback = await waitForCallback();
  const [received] = listener.received;
  assert.deepEqual(Object.keys(callback), [
    "MerchantRequestID",
    "CheckoutRequestID",
    "ResultCode",
    "ResultDesc",
    "CallbackMetadata",
  ]);
  assert.equal(callback.MerchantRequestID, reply.body["MerchantRequestID"]);
  assert.equal(callback.CheckoutRequestID, reply.body["CheckoutRequestID"]);
  assert.equal(callback.ResultCode, 0);
  assert.equal(callback.ResultDesc, "The service request is processed successfully.");
  const items = callback.CallbackMetadata?.Item ?? [];
  assert.deepEqual(
    items.map(({ Name }) => Name),
    ["Amount", "MpesaReceiptNumber", "TransactionDate", "PhoneNumber"],
  );
  assert.match(received?.text ?? "", /"Name":"Amount","Value":10\}/);
  assert.match(String(items[1]?.Value), /^[A-Z][A-L][1-9A-V][0-9A-Z]{7}$/);
  assert.match(received?.text ?? "", /"Name":"TransactionDate","Value":\d{14}\}/);
  assert.match(received?.text ?? "", new RegExp(`"Name":"PhoneNumber","Value":${payer}\\}`));
  assert.equal(received?.headers["content-type"], "application/json");

  assert.equal(await sandbox.getAvailable(payer, kenya), walletBefore - 1000n);
  assert.equal(await getUtility(), utilityBefore + 1000n);
  const query = await queryPush(reply);
  assert.equal(
    query.text,
    JSON.stringify({
      ResponseCode: "0",
      ResponseDescription: "The service request has been accepted successsfully",
      MerchantRequestID: reply.body["MerchantRequestID"],
      CheckoutRequestID: reply.body["CheckoutRequestID"],
      ResultCode: "0",
      ResultDesc: "The service request is processed successfully.",
    }),
  );
});

test("a push to a till credits the till's merchant account", async () => {
  const before = await sandbox.getAvailable(till, kenya, "merchant");
  const fields = { BusinessShortCode: store, PartyB: till, TransactionType: "CustomerBuyGoodsOnline" };
  const reply = await push(fields);
  assert.equal(reply.status, 200, reply.text);
  assert.equal((await waitForCallback()).ResultCode, 0);
  assert.equal(await sandbox.getAvailable(till, kenya, "merchant"), before + 100n);
  assert.equal((await queryPush(reply, store)).body["ResultCode"], "0");
  assert.equal((await queryPush(reply, "600994")).body["ResultCode"], "0");
  const foreign = await queryPush(reply, paybill);
  assert.equal(foreign.body["errorMessage"], "The transaction does not Exist");
});

test("an organisation with registered URLs gets the callback and a confirmation, with one receipt", async () => {
  const registered = await client.post("/mpesa/c2b/v2/registerurl", {
    ShortCode: paybill,
    ResponseType: "Completed",
    ConfirmationURL: `${listener.url}/confirmation`,
    ValidationURL: `${listener.url}/validation`,
  });
  assert.equal(registered.status, 200, registered.text);
  await push({ Amount: 12, AccountReference: "INV-1" });
  const received = await listener.waitForCallbacks(2);
  const confirmation = received.find(({ path }) => path.endsWith("/confirmation"))?.body;
  const callback = received.find(({ path }) => path === "/callback");
  assert(callback !== undefined);
  const { Body } = callback.body as unknown as { Body: { stkCallback: StkCallback } };
  const receipt = Body.stkCallback.CallbackMetadata?.Item[1]?.Value;
  assert.equal(confirmation?.["TransID"], receipt);
  assert.deepEqual(
    [confirmation?.["TransactionType"], confirmation?.["TransAmount"], confirmation?.["BillRefNumber"]],
    ["Pay Bill", "12.00", "INV-1"],
  );
  assert.equal(confirmation?.["BusinessShortCode"], paybill);
  assert.equal(confirmation?.["MSISDN"], "25471****001");
  assert.equal(confirmation?.["FirstName"], "John");
  assert.match(confirmation?.["OrgAccountBalance"] ?? "", /^\d+\.00$/);

  await push({ PhoneNumber: "254711000004" });
  await push({ PhoneNumber: "254711000004" });
  await listener.waitForCallbacks(4);
  assert.equal(listener.received.filter(({ path }) => path.endsWith("/confirmation")).length, 1);
  assert.equal(listener.received.filter(({ path }) => path.endsWith("/validation")).length, 0);
});

test("what real clients send is accepted", async () => {
  const accepted: readonly Readonly<Record<string, unknown>>[] = [
    { TransactionType: "CustomerPayBillOnline " },
    { Amount: "1", PartyA: Number(payer), PhoneNumber: Number(payer), PartyB: Number(paybill) },
    { TransactionDesc: "CustomerPayBillOnline is longer" },
    { TransactionDesc: undefined, AccountReference: null },
    { AccountReference: 12345 },
    { Passkey: "secret", Unknown: { a: [1] } },
    signStk(paybill, "20200101120000"),
    { CallBackURL: `${listener.url}/mpesa/query?cmd=exec` },
  ];
  for (const fields of accepted) {
    const reply = await push(fields);
    assert.equal(reply.status, 200, `${JSON.stringify(fields)}: ${reply.text}`);
  }
});

test("a Timestamp in another time zone is accepted, and the request log says so", async () => {
  const toTimestamp = (hours: number): string => formatNairobiTime(Date.now() + hours * 3_600_000);
  const rows = [
    [0, /^Acknowledged\. The customer approved\.$/],
    [-3, /The Timestamp is 180 minutes behind the time in Nairobi; it is accepted\.$/],
    [9, /The Timestamp is 540 minutes ahead of the time in Nairobi; it is accepted\.$/],
  ] as const;
  for (const [hours, decision] of rows) {
    const reply = await push(signStk(paybill, toTimestamp(hours)));
    assert.equal(reply.status, 200, reply.text);
    assert.match(await readLastDecision(sandbox), decision);
  }
});

test("concurrent pushes to one customer have different CheckoutRequestIDs", async () => {
  const replies = await Promise.all(Array.from({ length: 20 }, () => push()));
  const ids = replies.map(({ body }) => body["CheckoutRequestID"]);
  assert.equal(new Set(ids).size, 20);
  const results = await Promise.all(replies.map((reply) => queryPush(reply)));
  assert.deepEqual(new Set(results.map(({ body }) => body["ResultCode"])), new Set(["0"]));
});

const expectError = (reply: DarajaReply, status: number, code: string, message: string): void => {
  assert.equal(reply.status, status, reply.text);
  assert.equal(reply.body["errorCode"], code, reply.text);
  assert.equal(reply.body["errorMessage"], message);
};

test("a shortcode that does not exist, and a password of another passkey, timestamp or shortcode", async () => {
  expectError(await push({ BusinessShortCode: "999999" }), 500, "500.001.1001", "Merchant does not exist");
  const timestamp = formatNairobiTime(Date.now());
  const wrong = [
    { Password: "bm90IGEgcGFzc3dvcmQ=" },
    { Password: "not base64 !" },
    { Timestamp: "20200101120000" },
    { Password: signStk(paybill, timestamp, "another passkey").Password, Timestamp: timestamp },
    { Password: signStk("174379", timestamp).Password, Timestamp: timestamp },
  ];
  for (const fields of wrong) expectError(await push(fields), 500, "500.001.1001", "Wrong credentials");
});

test("a paybill whose receiver is another shortcode is an invalid BusinessShortCode", async () => {
  expectError(await push({ PartyB: "600999" }), 400, "400.002.02", "Bad Request - Invalid BusinessShortCode");
});

test("a till with the type of a paybill, and a receiver that is no till of the store, fail in the callback", async () => {
  const fields: readonly Readonly<Record<string, unknown>>[] = [
    { BusinessShortCode: store, PartyB: till, TransactionType: "CustomerPayBillOnline" },
    { BusinessShortCode: till, PartyB: till, TransactionType: "CustomerPayBillOnline" },
    { BusinessShortCode: store, PartyB: store, TransactionType: "CustomerBuyGoodsOnline" },
    { BusinessShortCode: store, PartyB: strayTill, TransactionType: "CustomerBuyGoodsOnline" },
    { BusinessShortCode: store, PartyB: "999999", TransactionType: "CustomerBuyGoodsOnline" },
  ];
  for (const [index, each] of fields.entries()) {
    const reply = await push(each);
    assert.equal(reply.status, 200, reply.text);
    const callback = await waitForCallback(index);
    assert.equal(callback.ResultCode, "SFC_IC0003", JSON.stringify(each));
    assert.equal(callback.CallbackMetadata, undefined);
    const query = await queryPush(reply, String(each["BusinessShortCode"]));
    assert.equal(
      query.body["ResultCode"],
      "SFC_IC0003",
      "the payment belongs to the organisation that asked",
    );
  }
});

test("an application of a store collects for the tills of the store, and for no other", async () => {
  const keys = await createDarajaApplication(sandbox, ["darajaExpress"], "sandbox", [store]);
  const token = await client.getToken(keys);
  for (const [index, [receiver, code]] of (
    [
      [till, 0],
      [strayTill, "SFC_IC0003"],
    ] as const
  ).entries()) {
    const reply = await client.post(
      stkPush.path,
      {
        ...stkFields({ ...signStk(store), PartyB: receiver, PhoneNumber: payer, CallBackURL: listener.url }),
        TransactionType: "CustomerBuyGoodsOnline",
      },
      { token },
    );
    assert.equal(reply.status, 200, reply.text);
    assert.equal((await waitForCallback(index)).ResultCode, code);
  }
});

test("the customer's answer decides the result", async () => {
  const behaviours: readonly (readonly [string, number])[] = [
    ["254711000004", 1032],
    ["254711000005", 1037],
    ["254711000006", 1037],
    ["254711999999", 1037],
  ];
  for (const [index, [msisdn, code]] of behaviours.entries()) {
    const reply = await push({ PhoneNumber: msisdn });
    const callback = await waitForCallback(index);
    assert.equal(callback.ResultCode, code, msisdn);
    assert.deepEqual(Object.keys(callback), [
      "MerchantRequestID",
      "CheckoutRequestID",
      "ResultCode",
      "ResultDesc",
    ]);
    assert.equal((await queryPush(reply)).body["ResultCode"], String(code));
  }
});

test("a balance that is too low is 1, with the text that it has", async () => {
  await push({ PhoneNumber: poor, Amount: 2 });
  const callback = await waitForCallback();
  assert.equal(callback.ResultCode, 1);
  assert.equal(callback.ResultDesc, "The balance is insufficient for the transaction.");
});

test("replies on a handset: approved, wrong PIN, and none until the prompt expires", async () => {
  const replies = [
    { reply: "approve", code: 0 },
    { reply: "wrong_pin", code: 2001 },
    { reply: "decline", code: 1032 },
    { reply: "unreachable", code: 1037 },
  ] as const;
  for (const [index, { reply: answer, code }] of replies.entries()) {
    const reply = await push({ PhoneNumber: promptedCustomer });
    const paymentId = await waitForPrompt(sandbox, promptedCustomer, kenya);
    const pending = await queryPush(reply);
    assert.equal(pending.status, 200);
    assert.equal(pending.body["ResultCode"], "4999");
    assert.equal(pending.body["ResultDesc"], "The transaction is still under processing");
    await answerPrompt(sandbox, paymentId, answer, kenya);
    assert.equal((await waitForCallback(index)).ResultCode, code, answer);
    assert.equal((await queryPush(reply)).body["ResultCode"], String(code));
  }
});

test("a prompt that has no answer expires as 1019", async () => {
  await push({ PhoneNumber: promptedCustomer });
  await waitForDisplayedPrompt(sandbox, promptedCustomer, kenya);
  sandbox.clock.advance(61_000);
  const callback = await waitForCallback();
  assert.equal(callback.ResultCode, 1019);
  assert.equal(callback.ResultDesc, "Transaction has expired");
});

test("a prompt that the phone does not get before it expires is 1037", async () => {
  const reply = await push({ PhoneNumber: "254711000007" });
  await waitForPrompt(sandbox, "254711000007", kenya);
  assert.equal((await queryPush(reply)).body["ResultCode"], "4999");
  sandbox.clock.advance(61_000);
  const callback = await waitForCallback();
  assert.equal(callback.ResultCode, 1037);
  assert.equal(callback.ResultDesc, "DS timeout user cannot be reached.");
  assert.equal((await queryPush(reply)).body["ResultCode"], "1037");
});

test("a second push while one is open is refused at once, and owes no callback", async () => {
  const first = await push({ PhoneNumber: promptedCustomer });
  assert.equal(first.status, 200);
  const second = await push({ PhoneNumber: promptedCustomer });
  expectError(
    second,
    500,
    "500.001.1001",
    "Unable to lock subscriber, a transaction is already in process for the current subscriber",
  );
  await answerPrompt(sandbox, await waitForPrompt(sandbox, promptedCustomer, kenya), "decline", kenya);
  assert.equal((await waitForCallback()).ResultCode, 1032);
  assert.equal(listener.received.length, 1);
});

test("every documented result has a trigger, for a customer who need not exist", async () => {
  const codes = Object.keys(stkPush.results) as ResultCode[];
  let callbacks = 0;
  for (const code of codes) {
    const msisdn = formatTrigger("customer", code) ?? "";
    const reply = await push({ PhoneNumber: msisdn, Amount: 77 });
    if (code === "1001") {
      expectError(reply, 500, "500.001.1001", resultTexts["1001"]);
      continue;
    }
    assert.equal(reply.status, 200, `${code} ${reply.text}`);
    if (code !== "4999") {
      const callback = await waitForCallback(callbacks);
      callbacks += 1;
      assert.equal(callback.ResultCode, /^\d+$/.test(code) ? Number(code) : code);
      assert.equal(callback.ResultDesc, resultTexts[code]);
      assert.equal(callback.CallbackMetadata, undefined);
    }
    assert.equal((await queryPush(reply)).body["ResultCode"], code);
  }
});

test("a customer of silence gets no callback", async () => {
  const reply = await push({ PhoneNumber: formatTrigger("customer", "silence") });
  assert.equal(reply.status, 200);
  await push({ PhoneNumber: formatTrigger("customer", "1032") });
  assert.equal((await waitForCallback()).ResultCode, 1032);
  assert.equal(listener.received.length, 1);
});

test("the query of an unknown push does not exist", async () => {
  for (const id of [
    "ws_CO_01012026120000123708374149",
    "ws_CO_DMZ_1",
    "abc",
    "ws_CO_99999999999999999999999999",
  ])
    expectError(
      await client.query(id, signStk(paybill)),
      500,
      "500.001.1001",
      "The transaction does not Exist",
    );
  expectError(
    await client.query("abc", { ...signStk(paybill), Password: "x" }),
    500,
    "500.001.1001",
    "Wrong credentials",
  );
});

test("no secret of a push is in the request log, and the customer's number is masked", async () => {
  const fields = stkFields({
    ...signStk(paybill),
    PartyB: paybill,
    PhoneNumber: payer,
    Passkey: "top-secret",
  });
  const reply = await client.post(stkPush.path, fields);
  const { requests } = await control(sandbox, "GET /markets/{market}/requests", {
    params: { market: kenya },
    query: { limit: "1" },
  });
  const text = JSON.stringify(requests);
  assert(text.includes("stkPush"), text);
  assert(text.includes("CompanyXLTD"), text);
  assert(text.includes(String(reply.body["MerchantRequestID"])), text);
  for (const secret of ["top-secret", fields.Password, payer]) assert(!text.includes(secret), secret);
});
