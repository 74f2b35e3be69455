/** B2B express checkout: the owner of a till is asked on their phone, and the callback has the outcome. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { b2bExpress } from "../../../src/protocols/daraja/operations/b2b-express.ts";
import { toResultText } from "../../../src/protocols/daraja/call-results.ts";
import type { ResultCode } from "../../../src/protocols/daraja/result-codes.ts";
import { formatTrigger } from "../../../src/protocols/daraja/triggers.ts";
import { updateOrganisationSettings } from "../../../src/store/rail/organisations.ts";
import { control } from "../../support/control.ts";
import { assertInvariantsHold } from "../../support/ledger-proof.ts";
import {
  createDarajaClient,
  kenya,
  registerDarajaCustomers,
  registerShortcodes,
  type DarajaReply,
  type DarajaTestClient,
} from "../../support/daraja.ts";
import { createTestListener, type Listener } from "../../support/listener.ts";
import { answerPrompt, waitForDisplayedPrompt, waitForPrompt } from "../../support/prompts.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

const till = "500102";
const owner = "254722000006";
const paybill = "600996";
const approvingTill = "700011";
const approver = "254711000021";

let sandbox: TestSandbox;
let client: DarajaTestClient;
let listener: Listener;
before(async () => {
  sandbox = await createTestSandbox({ promptLifeMs: 60_000 });
  client = createDarajaClient(sandbox);
  await registerDarajaCustomers(sandbox, [{ msisdn: approver, answer: "approve" }]);
  await registerShortcodes(sandbox, [
    {
      shortcode: approvingTill,
      name: "Approving till",
      kind: "till",
      settings: { nominatedNumber: approver },
    },
    { shortcode: "700012", name: "Till without a number", kind: "till" },
  ]);
});
after(() => sandbox[Symbol.asyncDispose]());
test.beforeEach(async () => {
  listener = await createTestListener();
});
test.afterEach(() => listener[Symbol.asyncDispose]());

const ask = (fields: Readonly<Record<string, unknown>> = {}): Promise<DarajaReply> =>
  client.post(b2bExpress.path, {
    primaryShortCode: till,
    receiverShortCode: paybill,
    amount: "71",
    paymentRef: "MAndbubry3hi",
    callbackUrl: listener.url,
    partnerName: "Vendor",
    RequestRefID: "404e1aec-19e0-4ce3-973d-bd92e94c8021",
    ...fields,
  });

const getBalances = () =>
  Promise.all([
    sandbox.getAvailable(till, kenya, "merchant"),
    sandbox.getAvailable(paybill, kenya, "utility"),
  ]);

async function waitForCallback(index = 0): Promise<Readonly<Record<string, unknown>>> {
  const callback = (await listener.waitForCallbacks(index + 1))[index];
  assert(callback !== undefined);
  return callback.body;
}

test("the owner approves, the till pays the paybill, and the callback says so", async () => {
  const [merchant, utility] = await getBalances();
  const reply = await ask();
  assert.equal(reply.status, 200, reply.text);
  assert.equal(reply.text, '{"code":"0","status":"USSD Initiated Successfully"}');
  const paymentId = await waitForPrompt(sandbox, owner, kenya);
  assert.deepEqual(await getBalances(), [merchant, utility]);
  assert.equal(listener.received.length, 0);
  await answerPrompt(sandbox, paymentId, "approve", kenya);
  const body = await waitForCallback();
  assert.deepEqual(Object.keys(body), [
    "resultCode",
    "resultDesc",
    "amount",
    "requestId",
    "resultType",
    "conversationID",
    "transactionId",
    "status",
  ]);
  assert.match(String(body["conversationID"]), /^AG_\d{8}_[0-9a-z]{20}$/);
  assert.match(String(body["transactionId"]), /^[A-Z][A-L][1-9A-V][0-9A-Z]{7}$/);
  assert.deepEqual(
    { ...body, conversationID: "", transactionId: "" },
    {
      resultCode: "0",
      resultDesc: "The service request is processed successfully.",
      amount: "71.0",
      requestId: "404e1aec-19e0-4ce3-973d-bd92e94c8021",
      resultType: "0",
      conversationID: "",
      transactionId: "",
      status: "SUCCESS",
    },
  );
  const balances = await getBalances();
  assert.deepEqual(balances, [merchant - 7100n, utility + 7100n]);
  const payment = await control(sandbox, "GET /markets/{market}/payments/{name}", {
    params: { market: kenya, name: String(body["transactionId"]) },
  });
  assert.equal(payment.description, "404e1aec-19e0-4ce3-973d-bd92e94c8021\nVendor");
});

test("the owner's answer and the balance decide the code", async () => {
  const before = await getBalances();
  const answers = [
    { reply: "decline", code: "4001", amount: 10 },
    { reply: "wrong_pin", code: "2001", amount: 10 },
    { reply: "unreachable", code: "4201", amount: 10 },
    { reply: "approve", code: "1", amount: 250_000 },
  ] as const;
  for (const [index, { reply, code, amount }] of answers.entries()) {
    const primaryShortCode = code === "1" ? approvingTill : till;
    await ask({ amount, primaryShortCode });
    if (primaryShortCode === till)
      await answerPrompt(sandbox, await waitForPrompt(sandbox, owner, kenya), reply, kenya);
    const body = await waitForCallback(index);
    assert.deepEqual(body, {
      resultCode: code,
      resultDesc: toResultText(b2bExpress, code),
      requestId: "404e1aec-19e0-4ce3-973d-bd92e94c8021",
      amount: `${amount}.0`,
      paymentReference: "MAndbubry3hi",
    });
    assert.deepEqual(Object.keys(body), [
      "resultCode",
      "resultDesc",
      "requestId",
      "amount",
      "paymentReference",
    ]);
  }
  assert.deepEqual(await getBalances(), before);
});

test("a prompt that has no answer ends as 4203, and a second one while it is open too", async () => {
  await ask();
  await waitForDisplayedPrompt(sandbox, owner, kenya);
  await ask({ RequestRefID: "second" });
  const second = await waitForCallback();
  assert.deepEqual([second["resultCode"], second["requestId"]], ["4203", "second"]);
  sandbox.clock.advance(61_000);
  const first = await waitForCallback(1);
  assert.equal(first["resultCode"], "4203");
});

test("what is known at once is in the response", async () => {
  const requests = [
    [{ primaryShortCode: "700012" }, { code: "4104", status: "Missing Nominated Number" }],
    [{ primaryShortCode: "999999" }, { code: "4102", status: "Merchant KYC Fail" }],
    [{ primaryShortCode: "600000" }, { code: "4102", status: "Merchant KYC Fail" }],
    [{ receiverShortCode: "694102" }, { code: "4102", status: "Merchant KYC Fail" }],
    [{ receiverShortCode: "694104" }, { code: "4104", status: "Missing Nominated Number" }],
  ] as const;
  for (const [fields, expected] of requests) {
    const reply = await ask(fields);
    assert.equal(reply.status, 200, reply.text);
    assert.deepEqual(reply.body, expected);
  }
  await ask({ receiverShortCode: "694001" });
  assert.equal((await waitForCallback())["resultCode"], "4001");
  assert.equal(listener.received.length, 1);
});

test("every other documented result has a trigger, and so has silence", async () => {
  const codes = (Object.keys(b2bExpress.results) as ResultCode[]).filter(
    (code) => code !== "4102" && code !== "4104",
  );
  for (const [index, code] of codes.entries()) {
    const reply = await ask({ receiverShortCode: formatTrigger("shortcode", code) });
    assert.equal(reply.text, '{"code":"0","status":"USSD Initiated Successfully"}', code);
    assert.equal((await waitForCallback(index))["resultCode"], code);
  }
  await ask({ receiverShortCode: formatTrigger("shortcode", "silence") });
  await ask({ receiverShortCode: formatTrigger("shortcode", "4001") });
  assert.equal((await waitForCallback(codes.length))["resultCode"], "4001");
  assert.equal(listener.received.length, codes.length + 1);
});

test("a till that is no paybill cannot be paid", async () => {
  await ask({ receiverShortCode: "700012" });
  const body = await waitForCallback();
  assert.equal(body["resultCode"], "SFC_IC0003");
});

test("a field that is missing or malformed is 400.003.02 with its name", async () => {
  for (const [field, value] of [
    ["primaryShortCode", "abc"],
    ["receiverShortCode", null],
    ["amount", "71.5"],
    ["paymentRef", ""],
    ["callbackUrl", "result"],
    ["partnerName", undefined],
    ["RequestRefID", null],
  ] as const) {
    const reply = await ask({ [field]: value });
    assert.equal(reply.status, 400, `${field}: ${reply.text}`);
    assert.equal(reply.body["errorCode"], "400.003.02");
    assert.equal(reply.body["errorMessage"], `Bad Request - Invalid ${field}`);
  }
});

test("a nominated number can be changed, and the ledger's invariants hold", async () => {
  await updateOrganisationSettings(sandbox.sql(kenya), "700012", { nominatedNumber: owner });
  await ask({ primaryShortCode: "700012" });
  await answerPrompt(sandbox, await waitForPrompt(sandbox, owner, kenya), "decline", kenya);
  assert.equal((await waitForCallback())["resultCode"], "4001");
  await assertInvariantsHold(sandbox.databaseAddress);
});

test("an owner who has blocked the receiver is not asked", async () => {
  const block = (organisations: string) =>
    sandbox.sql(kenya)`
      update accounts set blocked_organisations = ${organisations} where owner = ${owner} and kind = 'wallet'`;
  await block(paybill);
  try {
    await ask({ RequestRefID: "blocked-1" });
    assert.equal((await waitForCallback())["resultCode"], "4001");
  } finally {
    await block("");
  }
});
