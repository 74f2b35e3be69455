/** Bill Manager: billers, invoices, and the payments that are pushed. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { buildExampleRequest } from "../../../src/protocols/daraja/examples.ts";
import {
  billChangeRegistration,
  billRegistration,
} from "../../../src/protocols/daraja/operations/bill-manager-biller.ts";
import {
  billBulkInvoices,
  billCancelInvoice,
  billCancelInvoices,
  billChangeInvoice,
  billChangeInvoices,
  billReconciliation,
  billSingleInvoice,
} from "../../../src/protocols/daraja/operations/bill-manager-invoices.ts";
import {
  createDarajaApplication,
  createDarajaClient,
  darajaCustomer,
  kenya,
  registerShortcodes,
  signStk,
  unreadUrl,
  type DarajaReply,
  type DarajaTestClient,
} from "../../support/daraja.ts";
import { startPayment } from "../../support/c2b.ts";
import { advanceClock } from "../../support/clock.ts";
import { control } from "../../support/control.ts";
import { waitForMessages } from "../../support/handsets.ts";
import { createTestListener, respondWith, type Listener } from "../../support/listener.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
let client: DarajaTestClient;
let listener: Listener;
let appKey: string;
before(async () => {
  sandbox = await createTestSandbox({ sandboxClock: true });
  client = createDarajaClient(sandbox);
  await registerShortcodes(sandbox, [{ shortcode: "611005", name: "School" }]);
  listener = await createTestListener();
  const reply = await registerBiller();
  appKey = String(reply.body["app_key"]);
});
after(async () => {
  await listener[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

const billerFields = (fields: Readonly<Record<string, unknown>> = {}) => ({
  shortcode: "611005",
  email: "accounts@example.com",
  officialContact: "0710000000",
  sendReminders: "1",
  logo: "image",
  callbackurl: listener.url,
  ...fields,
});

const registerBiller = (fields: Readonly<Record<string, unknown>> = {}) =>
  client.post(billRegistration.path, billerFields(fields));

let lastReference = 0;
const invoice = (fields: Readonly<Record<string, unknown>> = {}) => ({
  externalReference: `INV-${(lastReference += 1)}`,
  billedFullName: "John Doe",
  billedPhoneNumber: "0722000000",
  billedPeriod: "August 2021",
  invoiceName: "Jentrys",
  dueDate: "2021-09-15 00:00:00.00",
  accountReference: `ACC${lastReference}`,
  amount: "800",
  invoiceItems: [
    { itemName: "food", amount: "700" },
    { itemName: "water", amount: "100" },
  ],
  ...fields,
});

async function post(
  path: string,
  body: object,
  header: Readonly<Record<string, string>> = { app_key: appKey },
) {
  const token = await client.getToken();
  return client.send(path, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...header },
    body: JSON.stringify(body),
  });
}

function expectConflict(reply: DarajaReply, message: string): void {
  assert.equal(reply.status, 200, reply.text);
  assert.equal(reply.body["rescode"], "409", reply.text);
  assert.equal(reply.body["resmsg"], "Conflict");
  assert.equal(reply.body["Status_Message"], message);
}

test("an organisation opts in once, and may change its details", async () => {
  const other = await registerBiller({ shortcode: "600000" });
  assert.match(
    other.text,
    /^\{"app_key":"AG_[0-9A-F]{16}_[0-9A-F]{16}","resmsg":"Success","rescode":"200"\}$/,
  );
  expectConflict(await registerBiller(), "Biller already Registered");
  expectConflict(await registerBiller({ shortcode: "611999" }), "Invalid consumer key/shortcode");
  const changed = await post(billChangeRegistration.path, billerFields({ sendReminders: 0 }));
  assert.equal(changed.text, '{"resmsg":"Success","rescode":"200"}');
  expectConflict(
    await post(billChangeRegistration.path, billerFields({ shortcode: "600638" })),
    "Invalid consumer key/shortcode",
  );
});

test("the key may be in a header of either spelling, and one that is not the application's is a conflict", async () => {
  assert.equal((await post(billSingleInvoice.path, invoice(), { appKey })).body["rescode"], "200");
  assert.equal((await post(billSingleInvoice.path, invoice(), { APP_KEY: appKey })).body["rescode"], "200");
  expectConflict(
    await post(billSingleInvoice.path, invoice(), { app_key: "AG_1" }),
    "Invalid consumer key/shortcode",
  );
  // The application has two billers.
  expectConflict(await post(billSingleInvoice.path, invoice(), {}), "Invalid consumer key/shortcode");
});

test("an invoice is sent, and a second one with its reference is a conflict", async () => {
  const first = invoice();
  const reply = await post(billSingleInvoice.path, first);
  assert.equal(
    reply.text,
    '{"Status_Message":"Invoice sent successfully","resmsg":"Success","rescode":"200"}',
  );
  expectConflict(
    await post(billSingleInvoice.path, first),
    "An invoice with this externalReference already exists.",
  );
});

test("a malformed phone or date is a conflict, and a missing field 400", async () => {
  for (const billedPhoneNumber of ["12345", "+254722000000", "0822000000"])
    expectConflict(
      await post(billSingleInvoice.path, invoice({ billedPhoneNumber })),
      "Invalid billedPhoneNumber",
    );
  for (const dueDate of ["2021-02-30", "tomorrow"])
    expectConflict(await post(billSingleInvoice.path, invoice({ dueDate })), "Invalid dueDate");
  for (const [name, { mandatory }] of Object.entries(billSingleInvoice.fields)) {
    if (!mandatory) continue;
    for (const [path, body] of [
      [billSingleInvoice.path, invoice({ [name]: undefined })],
      [billBulkInvoices.path, [invoice(), invoice({ [name]: null })]],
    ] as const) {
      const reply = await post(path, body);
      assert.equal(reply.status, 400, reply.text);
      assert.equal(reply.body["errorMessage"], `Bad Request - Invalid ${name}`);
    }
  }
});

test("up to 1000 invoices are sent together, or none", async () => {
  const many = Array.from({ length: 1000 }, () => invoice());
  assert.equal((await post(billBulkInvoices.path, many)).body["rescode"], "200");
  const inObject = await post(billBulkInvoices.path, { invoices: [invoice(), invoice()] });
  assert.equal(inObject.body["rescode"], "200", "a Python client sends the list as a field");
  const [old] = many;
  const fresh = invoice();
  const refused = await post(billBulkInvoices.path, [fresh, old]);
  assert.equal(refused.body["rescode"], "409");
  assert.deepEqual(refused.body["errors"], [
    {
      externalReference: old?.externalReference,
      error: "An invoice with this externalReference already exists.",
    },
  ]);
  assert.equal((await post(billSingleInvoice.path, fresh)).body["rescode"], "200");
  for (const list of [[], Array.from({ length: 1001 }, () => invoice())])
    assert.equal((await post(billBulkInvoices.path, list)).body["rescode"], "409");
});

test("an STK payment of an invoice's account is pushed once, and counts towards it", async () => {
  const bill = invoice({ accountReference: "LGHJIO789", amount: 800 });
  await post(billSingleInvoice.path, bill);
  const countBefore = listener.received.length;
  await client.push({
    ...signStk("611005"),
    PartyB: "611005",
    Amount: 800,
    AccountReference: "lghjio789",
    CallBackURL: unreadUrl,
  });
  const received = await listener.waitForCallbacks(countBefore + 1);
  const { text } = received.at(-1) ?? { text: "" };
  assert.match(
    text,
    new RegExp(
      `^\\{"transactionId":"[A-Z0-9]{10}","paidAmount":"800","msisdn":"${darajaCustomer}","dateCreated":"\\d{4}-\\d\\d-\\d\\d","accountReference":"lghjio789","shortCode":"611005"\\}$`,
    ),
  );
  expectConflict(
    await post(billCancelInvoice.path, { externalReference: bill.externalReference }),
    "partially or fully paid invoices cannot be cancelled.",
  );
  expectConflict(
    await post(billChangeInvoice.path, bill),
    "partially or fully paid invoices cannot be updated.",
  );
  const [row] = await sandbox.sql(kenya)`
    select paid_minor::text as paid from invoices where external_reference = ${bill.externalReference}`;
  assert.equal(row?.["paid"], "80000");
  // It is paid, so the next payment to the account is of no invoice.
  await client.push({
    ...signStk("611005"),
    PartyB: "611005",
    Amount: 1,
    AccountReference: "LGHJIO789",
    CallBackURL: unreadUrl,
  });
  assert.equal(listener.received.length, countBefore + 1);
  const acknowledged = await post(billReconciliation.path, {
    ...buildExampleRequest(billReconciliation),
    externalReference: bill.externalReference,
  });
  assert.equal(acknowledged.text, '{"resmsg":"Success","rescode":"200"}');
});

test("a payment that a customer starts is pushed too, without registered URLs, and two of one batch count both", async () => {
  const bill = invoice({ amount: 800 });
  await post(billSingleInvoice.path, bill);
  const countBefore = listener.received.length;
  const pay = (amountMinor: bigint) =>
    startPayment(sandbox, {
      msisdn: darajaCustomer,
      organisation: "611005",
      account: bill.accountReference,
      amountMinor,
    });
  await Promise.all([pay(100_00n), pay(200_00n)]);
  await listener.waitForCallbacks(countBefore + 2);
  const [row] = await sandbox.sql(kenya)`
    select paid_minor::text as paid from invoices where external_reference = ${bill.externalReference}`;
  assert.equal(row?.["paid"], "30000");
});

test("the customer gets an SMS about an invoice, and another on its last day if it is not paid", async () => {
  const handset = "254722000006";
  const setReminders = (sendReminders: "0" | "1") =>
    post(billChangeRegistration.path, billerFields({ sendReminders }));
  const formatDay = (days: number): string =>
    new Date(sandbox.clock.now() + 3 * 3_600_000 + days * 86_400_000).toISOString().slice(0, 10);
  const send = async (fields: Readonly<Record<string, unknown>>) => {
    const bill = invoice({ billedPhoneNumber: "0722000006", ...fields });
    const reply = await post(billSingleInvoice.path, bill);
    assert.equal(reply.body["rescode"], "200", reply.text);
    return bill;
  };
  const advanceToMorning = async (days: number): Promise<readonly string[]> => {
    const { events } = await advanceClock(sandbox, `${formatDay(days)}T05:00:01Z`);
    return events.filter(({ what }) => what === "invoice_reminded").map(({ says }) => says);
  };

  await setReminders("1");
  await send({ accountReference: "OPEN", amount: "1200", dueDate: formatDay(2) });
  const [text = ""] = await waitForMessages(sandbox, handset, 1, kenya);
  const day = formatDay(2).split("-").toReversed().join("/");
  assert.equal(
    text,
    `School has sent you a bill of Ksh1,200.00 for Jentrys. Lipa na M-PESA by ${day}: Pay Bill 611005, Account no. OPEN.`,
  );
  await send({ accountReference: "PAID", dueDate: formatDay(2) });
  await startPayment(sandbox, {
    msisdn: darajaCustomer,
    organisation: "611005",
    account: "PAID",
    amountMinor: 800_00n,
  });
  const cancelled = await send({ accountReference: "CANCELLED", dueDate: formatDay(2) });
  await post(billCancelInvoice.path, { externalReference: cancelled.externalReference });
  // Its last day has begun, so there is no morning for a reminder.
  await send({ accountReference: "LATE", dueDate: formatDay(-1) });
  const moved = await send({ accountReference: "MOVED", dueDate: formatDay(2) });
  await post(billChangeInvoice.path, { ...moved, dueDate: formatDay(4) });
  // A customer without a handset gets no SMS.
  await send({ accountReference: "NO-PHONE", billedPhoneNumber: "0799999999", dueDate: formatDay(2) });
  assert.equal((await waitForMessages(sandbox, handset, 5, kenya)).length, 5);

  assert.deepEqual(await advanceToMorning(1), []);
  const reminded = await advanceToMorning(1);
  assert.deepEqual(
    reminded.filter((event) => event.includes("account OPEN")),
    [`${handset} was reminded of the bill of account OPEN.`],
  );
  assert(!reminded.some((event) => /PAID|CANCELLED|LATE|MOVED/.test(event)), reminded.join("\n"));
  const [reminder = ""] = await waitForMessages(sandbox, handset, 6, kenya);
  assert.equal(
    reminder,
    `Reminder: your bill of Ksh1,200.00 for Jentrys from School is due on ${day}. Lipa na M-PESA: Pay Bill 611005, Account no. OPEN.`,
  );
  await setReminders("0");
  assert.deepEqual(await advanceToMorning(2), []);
  assert.equal((await waitForMessages(sandbox, handset, 6, kenya)).length, 6);
  const response = await control(sandbox, "GET /markets/{market}/handsets/{msisdn}", {
    params: { market: kenya, msisdn: handset },
  });
  assert(response.messages.some(({ kind }) => kind === "invoice_reminder"));
});

test("invoices are changed and cancelled, and a cancelled one is not pushed", async () => {
  const [first, second] = [invoice(), invoice()];
  await post(billBulkInvoices.path, [first, second]);
  const changed = await post(billChangeInvoices.path, [{ ...first, accountReference: "NEW-1" }, second]);
  assert.equal(changed.body["rescode"], "200", changed.text);
  const references = [first, second].map(({ externalReference }) => ({ externalReference }));
  const cancelled = await post(billCancelInvoices.path.slice(0, -1), references);
  assert.equal(
    cancelled.text,
    '{"Status_Message":"Invoice cancelled successfully.","resmsg":"Success","rescode":"200","errors":[]}',
  );
  expectConflict(await post(billCancelInvoices.path, references), "The invoice was cancelled.");
  expectConflict(
    await post(billCancelInvoice.path, { externalReference: "unknown" }),
    "No invoice has this externalReference.",
  );
  const countBefore = listener.received.length;
  await startPayment(sandbox, { msisdn: darajaCustomer, organisation: "611005", account: "NEW-1" });
  assert.equal(listener.received.length, countBefore);
});

test("the paths with the prefix twice are the same calls", async () => {
  const reply = await post(`/v1/billmanager-invoice${billSingleInvoice.path}`, invoice());
  assert.equal(reply.body["rescode"], "200", reply.text);
});

test("a push that the biller refuses is sent five times", async () => {
  const bill = invoice();
  await post(billSingleInvoice.path, bill);
  const countBefore = listener.received.length;
  listener.setBehaviour(respondWith(500));
  await startPayment(sandbox, {
    msisdn: darajaCustomer,
    organisation: "611005",
    account: bill.accountReference,
  });
  await listener.waitForCallbacks(countBefore + 1);
  await advanceClock(sandbox, 20 * 86_400);
  assert.equal(listener.received.length, countBefore + 5);
});

test("a token that is not accepted has Bill Manager's own form, and so has an application without the product", async () => {
  const unknown = await client.post(billRegistration.path, {}, { token: "unknown" });
  assert.equal(unknown.status, 401);
  assert.equal(unknown.text, '{"errorCode":"401","errorMessage":"Unauthorized - Invalid Access Token"}');
  const token = await client.getToken(await createDarajaApplication(sandbox, ["darajaExpress"]));
  assert.equal((await client.post(billRegistration.path, {}, { token })).status, 401);
});

test("no key of a biller is in the request log, whether it was issued or sent", async () => {
  await post(billSingleInvoice.path, invoice());
  const { requests } = await control(sandbox, "GET /markets/{market}/requests", {
    params: { market: kenya },
    query: { limit: "200" },
  });
  const text = JSON.stringify(requests);
  assert(text.includes("billRegistration") && text.includes("billSingleInvoice"));
  assert(!text.includes(appKey));
});
