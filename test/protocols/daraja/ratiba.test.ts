/** M-Pesa Ratiba: the customer's answer, and payments that the clock makes. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { minIdAt } from "../../../src/core/ids.ts";
import { formatMessage, formatPrompt } from "../../../src/handset/message-text.ts";
import { c2bRegisterV2 } from "../../../src/protocols/daraja/operations/c2b-register.ts";
import { ratiba } from "../../../src/protocols/daraja/operations/ratiba.ts";
import type { ResultCode } from "../../../src/protocols/daraja/result-codes.ts";
import { formatTrigger } from "../../../src/protocols/daraja/triggers.ts";
import { readUncancelledMandates } from "../../../src/store/rail/handsets.ts";
import { readMessages } from "../../../src/store/rail/messages.ts";
import { readPrompt } from "../../../src/store/rail/prompts.ts";
import { deleteEndedStandingOrders, insertStandingOrder } from "../../../src/store/rail/standing-orders.ts";
import { advanceClock, formatEvents } from "../../support/clock.ts";
import { control } from "../../support/control.ts";
import {
  createDarajaApplication,
  createDarajaClient,
  kenya,
  registerDarajaCustomers,
  registerShortcodes,
  type DarajaReply,
  type DarajaTestClient,
} from "../../support/daraja.ts";
import { createTestListener, type Listener } from "../../support/listener.ts";
import { answerPrompt, waitForPrompt } from "../../support/prompts.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
let client: DarajaTestClient;
let listener: Listener;
before(async () => {
  sandbox = await createTestSandbox({ sandboxClock: true });
  client = createDarajaClient(sandbox);
  await registerShortcodes(sandbox, [
    { shortcode: "611001", name: "Paybill" },
    { shortcode: "611002", name: "Till", kind: "till" },
  ]);
});
after(() => sandbox[Symbol.asyncDispose]());
test.beforeEach(async () => {
  listener = await createTestListener();
});
test.afterEach(() => listener[Symbol.asyncDispose]());

let lastName = 0;
let token: { readonly text: string; readonly at: number } | null = null;

async function create(
  fields: Readonly<Record<string, unknown>> = {},
  ownToken?: string,
): Promise<DarajaReply> {
  // A token ends while the clock is advanced.
  const now = sandbox.clock.now();
  if (token === null || now - token.at > 1_800_000) token = { text: await client.getToken(), at: now };
  lastName += 1;
  return client.post(
    ratiba.path,
    {
      StandingOrderName: `Order ${lastName}`,
      StartDate: formatDay(0),
      EndDate: formatDay(300),
      BusinessShortCode: "611001",
      TransactionType: "Standing Order Customer Pay Bill",
      ReceiverPartyIdentifierType: "4",
      Amount: "100",
      PartyA: "254711000001",
      CallBackURL: listener.url,
      AccountReference: "Test",
      TransactionDesc: "Test",
      Frequency: "2",
      ...fields,
    },
    { token: ownToken ?? token.text },
  );
}

/** A day in Nairobi, so many days from the sandbox's today, as yyyymmdd. */
const formatDay = (days: number): string =>
  new Date(sandbox.clock.now() + 3 * 3_600_000 + days * 86_400_000)
    .toISOString()
    .slice(0, 10)
    .replaceAll("-", "");

async function waitForAnswer(): Promise<{
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}> {
  const [received] = await listener.waitForCallbacks(1);
  assert(received !== undefined);
  return { text: received.text, body: received.body };
}

/** Advances to the next time that it is 8:00 in Nairobi, and returns the events of standing orders. */
async function advanceToMorning(): Promise<string[]> {
  const day = 86_400_000;
  const eight = 5 * 3_600_000;
  const now = sandbox.clock.now();
  const next = Math.floor((now - eight) / day) * day + day + eight;
  const advance = await advanceClock(sandbox, new Date(next).toISOString());
  return formatEvents(advance).filter((event) => event.startsWith("standing_order"));
}

const getUtility = (): Promise<bigint> => sandbox.getAvailable("611001", kenya, "utility");

test("a request is acknowledged, and the customer's consent has keys in lower case", async () => {
  await registerDarajaCustomers(sandbox, [{ msisdn: "254711000001" }]);
  const reply = await create();
  assert.equal(reply.status, 200, reply.text);
  assert.match(
    reply.text,
    /^\{"ResponseHeader":\{"responseRefID":"[0-9a-f-]{33,}","responseCode":"200","responseDescription":"Request accepted for processing","ResultDesc":"The service request is processed successfully\."\},"ResponseBody":\{"responseDescription":"Request accepted for processing","responseCode":"200"\}\}$/,
  );
  const { text } = await waitForAnswer();
  const { responseRefID } = reply.body["ResponseHeader"] as { readonly responseRefID: string };
  assert.match(
    text,
    new RegExp(
      `^\\{"responseHeader":\\{"responseRefID":"${responseRefID}","requestRefID":"${responseRefID}","responseCode":"0","responseDescription":"The service request is processed successfully\\."\\},"responseBody":\\{"responseData":\\[\\{"name":"TransactionID","value":"[A-Z0-9]{10}"\\},\\{"name":"responseCode","value":"0"\\},\\{"name":"Status","value":"OKAY"\\},\\{"name":"Msisdn","value":"254\\*{6}001"\\}\\]\\}\\}$`,
    ),
  );
});

test("a refusal has keys in upper case", async () => {
  await registerDarajaCustomers(sandbox, [{ msisdn: "254711000149", answer: "off" }]);
  await create({ PartyA: "254711000149" });
  const { body } = await waitForAnswer();
  const { ResponseHeader, ResponseBody } = body as unknown as {
    readonly ResponseHeader: Readonly<Record<string, string>>;
    readonly ResponseBody: unknown;
  };
  assert.equal(ResponseHeader["responseCode"], "1037");
  assert.deepEqual(ResponseBody, {
    ResponseData: [
      { Name: "TransactionID", Value: "0000000000" },
      { Name: "responseCode", Value: "1037" },
      { Name: "Status", Value: "ERROR" },
      { Name: "Msisdn", Value: "*********149" },
    ],
  });
});

test("a customer with a handset is asked for the PIN", async () => {
  await registerDarajaCustomers(sandbox, [{ msisdn: "254711000002", answer: "ask" }]);
  await create({ PartyA: "254711000002" });
  await answerPrompt(sandbox, await waitForPrompt(sandbox, "254711000002", kenya), "decline", kenya);
  const { body } = await waitForAnswer();
  assert.equal((body["ResponseHeader"] as { readonly responseCode: string }).responseCode, "1032");
});

test("the prompt, the SMS and the list of standing orders say what is taken each time", async () => {
  const msisdn = "254711000013";
  await registerDarajaCustomers(sandbox, [{ msisdn, answer: "ask" }]);
  await create({ PartyA: msisdn });
  const paymentId = await waitForPrompt(sandbox, msisdn, kenya);
  const prompt = await readPrompt(sandbox.sql(kenya), paymentId);
  assert(prompt !== undefined);
  assert.match(
    formatPrompt(prompt, kenya),
    /^Let .* take money by standing order .*, Ksh100\.00 daily from .*\? Enter M-PESA PIN to agree\.$/,
  );
  await answerPrompt(sandbox, paymentId, "approve", kenya);
  await waitForAnswer();
  const [message] = await readMessages(sandbox.sql(kenya), msisdn, "all", 1);
  assert(message !== undefined);
  assert.match(formatMessage(message, kenya, String), /, Ksh100\.00 daily, was created/);
  const [order] = await readUncancelledMandates(sandbox.sql(kenya), msisdn);
  assert.equal(order?.orderAmountMinor, 100_00n);
});

test("an application's limit for one payment holds for what a standing order takes", async () => {
  const msisdn = "254711000014";
  await registerDarajaCustomers(sandbox, [{ msisdn }]);
  const keys = await createDarajaApplication(sandbox, ["darajaRatiba"]);
  await control(sandbox, "PATCH /applications/{id}", {
    params: { id: String(keys.id) },
    body: { products: { darajaRatiba: { limits: { singleValue: "99" } } } },
  });
  const own = await client.getToken(keys);
  for (const [index, [amount, code]] of (
    [
      ["100", "3"],
      ["99", "0"],
    ] as const
  ).entries()) {
    await create({ PartyA: msisdn, Amount: amount }, own);
    const received = (await listener.waitForCallbacks(index + 1))[index];
    assert.match(received?.text ?? "", new RegExp(`"[rR]esponseCode":"${code}"`));
  }
});

test("a name that the customer's standing orders have is 1050, and a malformed request 1051, both HTTP 200", async () => {
  await registerDarajaCustomers(sandbox, [{ msisdn: "254711000003" }]);
  await create({ PartyA: "254711000003", StandingOrderName: "Same" });
  const expectCode = (reply: DarajaReply, code: string): void => {
    assert.equal(reply.status, 200, reply.text);
    assert.equal((reply.body["ResponseHeader"] as Readonly<Record<string, string>>)["responseCode"], code);
    assert.equal((reply.body["ResponseBody"] as Readonly<Record<string, string>>)["responseCode"], code);
  };
  expectCode(await create({ PartyA: "254711000003", StandingOrderName: "Same" }), "1050");
  for (const [name, field] of Object.entries(ratiba.fields)) {
    if (field.mandatory) expectCode(await create({ [name]: undefined }), "1051");
  }
  expectCode(await create({ StartDate: "20260230" }), "1051");
  expectCode(await create({ Amount: "10.5" }), "1051");
  expectCode(await create({ Frequency: "9" }), "1051");
  assert.equal(listener.received.length, 1);
});

test("each documented result has a trigger", async () => {
  const codes = Object.keys(ratiba.results) as ResultCode[];
  for (const [index, code] of codes.entries()) {
    await create({ PartyA: formatTrigger("customer", code) });
    const received = (await listener.waitForCallbacks(index + 1))[index];
    const body = received?.body as { ResponseHeader?: Readonly<Record<string, string>> } | undefined;
    assert.equal(body?.ResponseHeader?.["responseCode"], code);
  }
});

test("the documentation's own sample, which ends before it starts, is accepted and never debited", async () => {
  const reply = await create({
    StartDate: "20240905",
    EndDate: "20230905",
    BusinessShortCode: "174379",
    Amount: "4500",
    PartyA: "254708374149",
  });
  assert.equal((reply.body["ResponseHeader"] as Readonly<Record<string, string>>)["responseCode"], "200");
  assert.match((await waitForAnswer()).text, /"OKAY"/);
  const utility = await sandbox.getAvailable("174379", kenya, "utility");
  await advanceToMorning();
  assert.equal(await sandbox.getAvailable("174379", kenya, "utility"), utility);
});

test("a till's standing order collects on its merchant account, with either spelling of merchant", async () => {
  await registerDarajaCustomers(sandbox, [{ msisdn: "254711000004" }]);
  for (const TransactionType of [
    "Standing Order Customer Pay Marchant",
    "Standing Order Customer Pay Merchant",
  ])
    await create({
      PartyA: "254711000004",
      BusinessShortCode: "611002",
      TransactionType,
      ReceiverPartyIdentifierType: "2",
      Frequency: "1",
    });
  await advanceToMorning();
  assert.equal(await sandbox.getAvailable("611002", kenya, "merchant"), 200_00n);
  await advanceToMorning();
  assert.equal(await sandbox.getAvailable("611002", kenya, "merchant"), 200_00n);
});

test("a due payment is made at 8:00, and confirmed at the registered ConfirmationURL alone", async () => {
  await registerDarajaCustomers(sandbox, [{ msisdn: "254711000005" }]);
  await using confirmations = await createTestListener();
  await client.post(
    c2bRegisterV2.path,
    { ShortCode: "611001", ResponseType: "Completed", ConfirmationURL: confirmations.url },
    { token: await client.getToken() },
  );
  await create({ PartyA: "254711000005", Frequency: "3", AccountReference: "RENT-1", Amount: 250 });
  await listener.waitForCallbacks(1);
  const before = await getUtility();
  await advanceToMorning();
  const received = await confirmations.waitForCallbacks(1);
  const body = received.map(({ body: each }) => each).find(({ BillRefNumber }) => BillRefNumber === "RENT-1");
  assert.equal(body?.["TransactionType"], "Standing Order Customer Pay Bill");
  assert.equal(body?.["TransAmount"], "250.00");
  assert.equal(body?.["BusinessShortCode"], "611001");
  assert.match(String(body?.["TransID"]), /^[A-Z0-9]{10}$/);
  assert((await getUtility()) >= before + 250_00n);
  assert.equal(await sandbox.getAvailable("254711000005", kenya), 100_000_00n - 250_00n);
  await advanceToMorning();
  assert.equal(await sandbox.getAvailable("254711000005", kenya), 100_000_00n - 250_00n);
  assert.equal(listener.received.length, 1);
});

test("with too little money a payment is tried on three more days, and then left out with an SMS", async () => {
  const poor = "254711000006";
  await registerDarajaCustomers(sandbox, [{ msisdn: poor, balance: "1.00" }]);
  await sandbox.sql(kenya)`update accounts set has_handset = true where owner = ${poor}`;
  await create({ PartyA: poor, Frequency: "3", Amount: 500 });
  const balances: bigint[] = [];
  const skipped: string[] = [];
  for (let morning = 0; morning < 5; morning += 1) {
    skipped.push(...(await advanceToMorning()).filter((event) => event.startsWith("standing_order_skipped")));
    balances.push(await sandbox.getAvailable(poor, kenya));
  }
  assert.deepEqual(balances, [1_00n, 1_00n, 1_00n, 1_00n, 1_00n]);
  assert.equal(skipped.length, 1);
  const messages = await sandbox.sql(
    kenya,
  )`select 1 from messages where msisdn = ${poor} and kind = 'order_skipped'`;
  assert.equal(messages.length, 1);
  await control(sandbox, "POST /markets/{market}/customers/{msisdn}/top-up", {
    params: { market: kenya, msisdn: poor },
    body: { amount: "1000.00" },
  });
  for (let morning = 0; morning < 3; morning += 1) await advanceToMorning();
  assert.equal(await sandbox.getAvailable(poor, kenya), 501_00n);
});

test("money that comes before the last attempt is taken once", async () => {
  const late = "254711000007";
  await registerDarajaCustomers(sandbox, [{ msisdn: late, balance: "1.00" }]);
  await create({ PartyA: late, Frequency: "4", Amount: 500 });
  await advanceToMorning();
  await control(sandbox, "POST /markets/{market}/customers/{msisdn}/top-up", {
    params: { market: kenya, msisdn: late },
    body: { amount: "2000.00" },
  });
  for (let morning = 0; morning < 4; morning += 1) await advanceToMorning();
  assert.equal(await sandbox.getAvailable(late, kenya), 1501_00n);
});

test("a standing order that ended long ago is deleted, and one that is still paid stays", async () => {
  const sql = sandbox.sql(kenya);
  const day = 86_400_000;
  const insert = async (ageDays: number, nextAt: number | null): Promise<bigint> => {
    const paymentId = minIdAt(Date.now() - ageDays * day) + BigInt(nextAt === null ? 0 : 1);
    await insertStandingOrder(sql, {
      paymentId,
      protocol: "daraja",
      applicationId: 1n,
      organisation: "611001",
      accountKind: "utility",
      accountReference: "",
      amountMinor: 100n,
      frequency: "daily",
      startDay: 20260101,
      period: 0,
      nextAt: 0,
    });
    const at = nextAt === null ? null : new Date(nextAt);
    await sql`update standing_orders set next_at = ${at} where payment_id = ${paymentId}`;
    return paymentId;
  };
  const later = sandbox.clock.now() + 300 * day;
  const [longAgo, recent, paid] = [await insert(91, null), await insert(89, null), await insert(400, later)];
  await deleteEndedStandingOrders(sql, minIdAt(Date.now() - 90 * day));
  const rows = await sql<{ id: bigint }[]>`
    select payment_id as id from standing_orders where payment_id in (${longAgo}, ${recent}, ${paid}) order by id`;
  assert.deepEqual(
    rows.map(({ id }) => id),
    [paid, recent],
  );
});

test("a token that is not accepted is 401.003.01, and a body that is no JSON 400.002.05", async () => {
  const refused = await client.post(ratiba.path, {}, { token: "unknown" });
  assert.equal(refused.status, 401);
  assert.equal(refused.body["errorCode"], "401.003.01");
  const reply = await client.send(ratiba.path, {
    method: "POST",
    headers: { authorization: `Bearer ${await client.getToken()}`, "content-type": "application/json" },
    body: "{",
  });
  assert.equal(reply.status, 400);
  assert.equal(reply.body["errorCode"], "400.002.05");
});
