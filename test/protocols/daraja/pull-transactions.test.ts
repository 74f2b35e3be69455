/** Pull transactions: registering, and pages of the payments of two days. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { msPerHour } from "../../../src/core/clock.ts";
import { formatNairobiTime } from "../../../src/protocols/g2/identifiers.ts";
import { pullQuery, pullRegister } from "../../../src/protocols/daraja/operations/pull-transactions.ts";
import {
  createDarajaApplication,
  createDarajaClient,
  darajaCustomer,
  signStk,
  unreadUrl,
  type DarajaTestClient,
} from "../../support/daraja.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
let client: DarajaTestClient;
before(async () => {
  sandbox = await createTestSandbox();
  client = createDarajaClient(sandbox);
});
after(() => sandbox[Symbol.asyncDispose]());

const register = (fields: Readonly<Record<string, unknown>> = {}) =>
  client.post(pullRegister.path, {
    ShortCode: "600000",
    RequestType: "Pull",
    NominatedNumber: "0722000000",
    CallBackURL: unreadUrl,
    ...fields,
  });

/** `2026-01-01 12:00:00` in Nairobi, some hours from now. */
function formatTime(hours: number): string {
  const time = formatNairobiTime(sandbox.clock.now() + hours * msPerHour);
  return time.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, "$1-$2-$3 $4:$5:$6");
}

const query = (fields: Readonly<Record<string, unknown>> = {}) =>
  client.post(pullQuery.path, {
    ShortCode: "600000",
    StartDate: formatTime(-2),
    EndDate: formatTime(1),
    OffSetValue: "0",
    ...fields,
  });

const pay = (shortcode: string, AccountReference: string) =>
  client.push({
    ...signStk(shortcode),
    PartyB: shortcode,
    Amount: 168,
    AccountReference,
    CallBackURL: unreadUrl,
  });

const listTransactions = (reply: { readonly body: Readonly<Record<string, unknown>> }) =>
  (reply.body["Response"] as Readonly<Record<string, string>>[][])[0] ?? [];

test("a client that sends an empty RequestType registers too", async () => {
  const reply = await register({ ShortCode: "600996", RequestType: "" });
  assert.equal(reply.body["ResponseStatus"], "1000", reply.text);
  assert.equal((await register({ RequestType: "Push" })).body["errorCode"], "400.001");
});

test("an organisation registers once, and cannot pull before", async () => {
  const early = await query();
  assert.equal(early.status, 400);
  assert.equal(early.body["errorCode"], "400.001");
  assert.equal(early.body["errorMessage"], "Invalid ShortCode");
  const first = await register();
  assert.match(
    first.text,
    /^\{"ResponseRefID":"[0-9a-f-]{33,}","ResponseStatus":"1000","ShortCode":"600000","ResponseDescription":"Shortcode Registered Successfully"\}$/,
  );
  const again = await register({ NominatedNumber: "254722000000" });
  assert.equal(again.status, 200);
  assert.equal(again.body["ResponseStatus"], "1001");
});

test("a shortcode that no organisation has is 400.001, and so is a malformed field", async () => {
  const unknown = await register({ ShortCode: "611999" });
  assert.equal(unknown.status, 400);
  assert.equal(unknown.body["errorMessage"], "Invalid ShortCode");
  for (const [name, value] of [
    ["StartDate", "2026-02-30 10:00:00"],
    ["StartDate", "01-01-2026 10:00:00"],
    ["EndDate", formatTime(-3)],
    ["OffSetValue", "-1"],
  ] as const) {
    const reply = await query({ [name]: value });
    assert.equal(reply.status, 400, reply.text);
    assert.equal(reply.body["errorCode"], "400.001");
    assert.equal(reply.body["errorMessage"], `Invalid ${name}`);
  }
});

test("no payments are 1001 with an empty list", async () => {
  const reply = await query({ StartDate: "2026-01-01 8:36:00", EndDate: "2026-01-01 08:37:00" });
  assert.match(reply.text, /"ResponseCode":"1001","ResponseMessage":"[^"]+","Response":\[\[\]\]\}$/);
});

test("a pull lists the completed payments to the organisation, the oldest first", async () => {
  await pay("600000", "INV-1");
  await pay("600000", "INV-2");
  await pay("600996", "INV-3");
  const reply = await query();
  assert.equal(reply.body["ResponseCode"], "1000", reply.text);
  const transactions = listTransactions(reply);
  assert.deepEqual(
    transactions.map(({ billreference }) => billreference),
    ["INV-1", "INV-2"],
  );
  const [first] = transactions;
  assert.deepEqual(Object.keys(first ?? {}), [
    "transactionId",
    "trxDate",
    "msisdn",
    "sender",
    "transactiontype",
    "billreference",
    "amount",
    "organizationname",
  ]);
  assert.match(String(first?.["transactionId"]), /^[A-Z0-9]{10}$/);
  assert.match(String(first?.["trxDate"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.equal(first?.["amount"], "168.00");
  assert(reply.text.includes(`"msisdn":${darajaCustomer},`), reply.text);
  assert.equal(first?.["organizationname"], "Umoja Wholesalers");
  assert.deepEqual(
    listTransactions(await query({ OffSetValue: "1" })).map(({ billreference }) => billreference),
    ["INV-2"],
  );
});

test("a payment of more than 48 hours ago cannot be pulled", async () => {
  const StartDate = formatTime(-2);
  sandbox.clock.advance(49 * msPerHour);
  const token = await client.getToken();
  const reply = await client.post(
    pullQuery.path,
    { ShortCode: "600000", StartDate, EndDate: formatTime(0), OffSetValue: "0" },
    { token },
  );
  assert.equal(reply.body["ResponseCode"], "1001", reply.text);
});

test("an application without the product is 401.001", async () => {
  const token = await client.getToken(await createDarajaApplication(sandbox, ["darajaExpress"]));
  const reply = await client.post(pullQuery.path, {}, { token });
  assert.equal(reply.status, 401);
  assert.equal(reply.body["errorCode"], "401.001");
  assert.equal(reply.body["errorMessage"], "Invalid Access Token");
});
