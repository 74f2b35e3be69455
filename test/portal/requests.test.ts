/** The requests of a developer's applications, as the portal's API lists them; and that no other developer's are there. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { formatCell } from "../../src/api/portal/requests-csv.ts";
import { createTestApplication } from "../support/application.ts";
import { createDeveloper } from "../support/developers.ts";
import { createDarajaClient, kenya } from "../support/daraja.ts";
import { collect, createTestCustomer, getTransactionId, summarise } from "../support/payments.ts";
import { callPortal, readPortal, watchPortal } from "../support/portal.ts";
import { createReference, createTestSandbox, type TestSandbox } from "../support/sandbox.ts";

let sandbox: TestSandbox;
/** The id and a request of another developer's application. */
let stranger: { readonly application: string; readonly conversation: string; readonly reference: string };
const strangersCustomer = "255777700001";

before(async () => {
  sandbox = await createTestSandbox();
  await createTestCustomer(sandbox);
  const { id, apiKey } = await createTestApplication(sandbox);
  const bearer = await sandbox.session("vodacomTZN", apiKey);
  const reference = createReference();
  const reply = await collect(
    sandbox,
    { input_ThirdPartyConversationID: reference, input_CustomerMSISDN: strangersCustomer },
    bearer,
  );
  const conversation = reply.body["output_ConversationID"] ?? "";
  assert.match(conversation, /^[0-9a-f]{32}$/);
  stranger = { application: id.toString(), conversation, reference };
});
after(() => sandbox[Symbol.asyncDispose]());

interface Row {
  readonly conversationId: string;
  readonly at: string;
  readonly market: string;
  readonly code: string;
  readonly reference: string | null;
}

async function readAll(search = ""): Promise<Row[]> {
  const rows: Row[] = [];
  for (let before = ""; ;) {
    const page = await readPortal(sandbox, `/requests?limit=3${search}${before}`);
    rows.push(...(page.requests as Row[]));
    if (page.next === null) return rows;
    before = `&before=${page.next}`;
  }
}

test("the logs of all markets are one list, newest first, in pages that lose and repeat nothing", async () => {
  const customer = await createTestCustomer(sandbox);
  const daraja = createDarajaClient(sandbox);
  for (let round = 0; round < 4; round += 1) {
    assert.equal(summarise(await collect(sandbox, { input_CustomerMSISDN: customer })), "201 INS-0");
    assert.equal((await daraja.push()).status, 200);
  }
  const rows = await readAll();
  assert.deepEqual(
    rows.map(({ at }) => at),
    rows.map(({ at }) => at).toSorted((a, b) => (a < b ? 1 : -1)),
  );
  assert.equal(new Set(rows.map(({ conversationId }) => conversationId)).size, rows.length);
  const byMarket = Object.groupBy(rows, ({ market }) => market);
  assert.equal(byMarket["vodacomTZN"]?.filter(({ code }) => code === "INS-0").length, 5, "with getSession");
  assert.equal(byMarket[kenya]?.filter(({ code }) => code === "0").length, 5, "with the token");
});

test("each filter leaves what it names", async () => {
  const customer = await createTestCustomer(sandbox, { amountMinor: 50_00n });
  const reference = createReference();
  const paid = await collect(sandbox, {
    input_CustomerMSISDN: customer,
    input_ThirdPartyConversationID: reference,
  });
  await collect(sandbox, { input_CustomerMSISDN: customer, input_Amount: "1000" });
  await collect(sandbox, { input_CustomerMSISDN: customer, input_Amount: "no amount" });
  const find = async (search: string): Promise<string[]> =>
    (await readAll(`&${search}`)).map(({ code }) => code);
  assert.deepEqual(await find(`msisdn=${customer}`), ["INS-15", "INS-2006", "INS-0"]);
  assert.deepEqual(await find(`msisdn=${customer}&code=INS-2006`), ["INS-2006"]);
  assert.deepEqual(await find(`msisdn=${customer}&status=400`), ["INS-15"]);
  assert.deepEqual(await find(`name=${reference}`), ["INS-0"]);
  assert.deepEqual(await find(`name=${getTransactionId(paid)}`), ["INS-0"]);
  assert.deepEqual(await find(`name=${paid.body["output_ConversationID"]}&market=vodacomTZN`), ["INS-0"]);
  assert.deepEqual(await find(`name=${reference}&market=${kenya}`), []);
  assert.deepEqual(await find("protocol=daraja&call=c2bSingle"), []);
  assert.deepEqual(await find(`msisdn=${customer}&from=${new Date(Date.now() + 60_000).toISOString()}`), []);
  const { status, body } = await callPortal(sandbox, "GET", "/requests?from=yesterday");
  assert.deepEqual([status, body.message], [400, "from is not a time in ISO 8601."]);
});

test("one request has what it sent and what it got, without the customer's number", async () => {
  const customer = await createTestCustomer(sandbox);
  const reply = await collect(sandbox, { input_CustomerMSISDN: customer });
  const conversation = reply.body["output_ConversationID"];
  const request = await readPortal(sandbox, `/requests/${conversation}?market=vodacomTZN`);
  assert.equal(request.msisdn, `${customer.slice(0, 4)}•••${customer.slice(-3)}`);
  assert.equal(JSON.parse(request.response).output_ResponseCode, "INS-0");
  assert.equal(JSON.parse(request.request).input_PurchasedItemsDesc, "Shoes");
  assert.deepEqual(request.payment, { status: "completed", refusal: null });
  assert(!JSON.stringify(request).includes(customer));
  assert.equal((await callPortal(sandbox, "GET", `/requests/${conversation}?market=${kenya}`)).status, 404);
});

test("of another developer's request nothing is found, by whatever it is looked for", async () => {
  const { application, conversation, reference } = stranger;
  for (const search of [`name=${conversation}`, `name=${reference}`, `msisdn=${strangersCustomer}`]) {
    assert.deepEqual(await readAll(`&${search}`), [], search);
    const { body } = await callPortal(sandbox, "GET", `/payments?${search}`);
    assert.deepEqual(body, { payments: [], next: null }, search);
    const csv = await callPortal(sandbox, "GET", `/requests.csv?${search}`);
    assert.equal(csv.text.split("\r\n").length, 2, "the line of titles");
  }
  assert((await readAll()).every(({ conversationId }) => conversationId !== conversation));
  for (const path of [
    `/requests?application=${application}`,
    `/requests.csv?application=${application}`,
    `/payments?application=${application}`,
    `/requests/${conversation}?market=vodacomTZN`,
    `/requests/${conversation}`,
    `/payments/vodacomTZN/${conversation}`,
  ]) {
    const strangers = await callPortal(sandbox, "GET", path);
    assert.equal(strangers.status, 404, path);
    // As for what does not exist.
    const nothing = await callPortal(
      sandbox,
      "GET",
      path.replace(application, "999999").replace(conversation, "0".repeat(32)),
    );
    assert.deepEqual([nothing.status, nothing.body], [404, strangers.body], path);
  }
  const topUp = await callPortal(sandbox, "POST", `/payments/vodacomTZN/${conversation}/top-up`);
  assert.equal(topUp.status, 404);
});

test("the export has every request of the list, and no cell that is a formula", async () => {
  const all = await readAll("&market=vodacomTZN");
  const { status, headers, text } = await callPortal(sandbox, "GET", "/requests.csv?market=vodacomTZN");
  assert.equal(status, 200);
  assert.equal(headers.get("content-type"), "text/csv; charset=utf-8");
  assert.match(headers.get("content-disposition") ?? "", /attachment/);
  const [titles, ...lines] = text.trimEnd().split("\r\n");
  assert.match(titles ?? "", /^at,market,application,key,/);
  assert.deepEqual(
    lines.map((line) => line.split(",").at(-1)),
    all.map(({ conversationId }) => conversationId),
  );
  const cells = [
    ["=1+1", "'=1+1"],
    ["+255", "'+255"],
    ["-1", "'-1"],
    ["@A1", "'@A1"],
    ["\t=1", "'\t=1"],
    ['a "b", c', '"a ""b"", c"'],
    ["TZS 1,500.00", '"TZS 1,500.00"'],
  ] as const;
  for (const [cell, expected] of cells) assert.equal(formatCell(cell), expected);
});

test("errors are grouped by application, call and code, without those of other developers", async () => {
  const customer = await createTestCustomer(sandbox);
  const before = await readPortal(sandbox, "/errors?span=hour");
  const count = ({ errors }: { errors: { code: string; call: { name: string }; requests: number }[] }) =>
    errors.find(({ code, call }) => code === "INS-17" && call.name === "c2bSingle")?.requests ?? 0;
  assert.equal(count(before), 0);
  for (let round = 0; round < 3; round += 1)
    await collect(sandbox, { input_CustomerMSISDN: customer, input_TransactionReference: "no/such*text" });
  for (const span of ["hour", "day", "week", "month"])
    assert.equal(count(await readPortal(sandbox, `/errors?span=${span}`)), 3, span);
  const { errors } = await readPortal(sandbox, "/errors");
  const ids = errors.map(({ application }: { application: { id: string } }) => application.id);
  assert(!ids.includes(stranger.application));
});

test("a page gets an event for its own requests, and none for those of others", async () => {
  const { apiKey, id } = await createTestApplication(sandbox);
  const bearer = await sandbox.session("vodacomTZN", apiKey);
  const other = await createDeveloper(sandbox);
  await sandbox.stores.main`update applications set developer_id = ${other.id} where id = ${id}`;
  await using events = await watchPortal(sandbox);
  assert.equal(events.status, 200);
  // The first event comes by itself: requests may have been made while the page was loaded.
  await events.waitForEvent("requests");
  await using othersEvents = await watchPortal(sandbox, other.headers);
  await othersEvents.waitForEvent("requests");

  const others = othersEvents.waitForEvent("requests");
  await collect(sandbox, {}, bearer);
  await others;
  // An event for the other developer's request would have come with theirs, before that of the own request.
  const own = events.waitForEvent("requests");
  await collect(sandbox, { input_CustomerMSISDN: await createTestCustomer(sandbox) });
  await own;
  assert.equal(events.countEvents("requests"), 2);
});
