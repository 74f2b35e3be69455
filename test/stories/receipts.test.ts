/** Receipts in Kenya: dated, unique on every server, found again, and shown to the customer. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { railFor } from "../../src/core/rails.ts";
import { createPayments, emptyNarrative, type Payments } from "../../src/payments/payments.ts";
import { findPayment } from "../../src/payments/queries.ts";
import { createStores } from "../../src/store/databases.ts";
import { callControl } from "../support/control.ts";
import { onOneDatabase } from "../support/cluster.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import { c2bFields, createReference, createTestSandbox, type TestSandbox } from "../support/sandbox.ts";

const market = "safaricomKEN";
const rail = railFor("sandbox", market);
const john = "254708374149";
const caller = {
  applicationId: 1n,
  session: null,
  shortcodes: null,
  protocol: "daraja",
  endpoints: null,
} as const;

let sandbox: TestSandbox;
let otherStores: ReturnType<typeof createStores>;
let servers: readonly [Payments, Payments];
before(async () => {
  sandbox = await createTestSandbox({ sandboxClock: true });
  otherStores = createStores(onOneDatabase(sandbox.databaseUrl));
  const one = sandbox.platform.payments(rail);
  const store = otherStores.rails.get(rail.name);
  assert(store !== undefined);
  servers = [one, createPayments({ ...one.context, sql: store.sql })];
});
after(async () => {
  await assertInvariantsHold(sandbox.databaseUrl);
  await otherStores.close();
  await sandbox[Symbol.asyncDispose]();
});

const collect = (server: Payments = servers[0], amountMinor = 10_00n, msisdn = john) =>
  server.collect({
    id: sandbox.platform.newId(),
    operation: "stkPush",
    caller,
    limits: {},
    organisation: "600996",
    organisationAccount: "utility",
    reference: createReference(),
    simulation: null,
    msisdn,
    amountMinor,
    ...emptyNarrative,
  });

/** The first three characters of today's receipts, from M-Pesa's own table. */
function formatToday(): string {
  const day = new Date(sandbox.clock.now() + 3 * 3_600_000);
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const date = day.getUTCDate();
  return (
    (letters[day.getUTCFullYear() - 2006] ?? "") +
    (letters[day.getUTCMonth()] ?? "") +
    (date < 10 ? String(date) : (letters[date - 10] ?? ""))
  );
}

test("payments of two servers at once have receipts of their own, also if they were refused", async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 1_200 }, (_, index) =>
      collect(servers[index % 2], index % 10 === 0 ? 10_000_000_00n : 1_00n),
    ),
  );
  const refused = outcomes.filter(({ refusal }) => refusal === "customer_balance_too_low");
  assert.equal(refused.length, 120);
  const receipts = outcomes.map(({ receipt }) => receipt ?? "");
  assert.equal(new Set(receipts).size, receipts.length);
  for (const receipt of receipts) assert.match(receipt, new RegExp(`^${formatToday()}[0-9A-Z]{7}$`));

  const rows = await servers[0].context.sql<{ id: bigint; receipt: string }[]>`
    select id, receipt from payments where receipt is not null`;
  const stored = new Map(rows.map(({ id, receipt }) => [id, receipt]));
  for (const { id, receipt } of outcomes) assert.equal(stored.get(id), receipt);
});

test("a payment is found by its receipt in any case, and only by its organisations", async () => {
  const { id, receipt } = await collect();
  assert(receipt !== null);
  const find = (name: string, organisation = "600996") =>
    findPayment(servers[0].context, { caller, organisation }, name, []);
  for (const name of [receipt, receipt.toLowerCase()]) {
    const result = await find(name);
    assert("payment" in result);
    assert.equal(result.payment.id, id);
  }
  assert.deepEqual(await find(receipt, "600000"), { refusal: "payment_unknown" });
  assert.deepEqual(await find("UKS0000000"), { refusal: "payment_unknown" });
});

test("the control API shows the receipt, and finds payments and requests by it", async () => {
  const { receipt } = await collect();
  const path = `/markets/${market}/payments`;
  const { body } = await callControl(sandbox, "GET", `${path}/${receipt}`);
  assert.equal(body.receipt, receipt);
  assert.notEqual(body.transactionId, receipt);
  const again = await callControl(sandbox, "GET", `${path}/${body.transactionId}`);
  assert.deepEqual(again.body, body);
  const requests = await callControl(sandbox, "GET", `/markets/${market}/requests?name=${receipt}`);
  assert.equal(requests.status, 200);
  assert.equal((await callControl(sandbox, "GET", `${path}/UKS0000000`)).status, 404);
});

test("the customer's messages and last payments have the receipt", async () => {
  const handset = "254722000006";
  const { id, receipt } = await collect(servers[0], 20_00n, handset);
  await servers[0].answerPrompt({ id: sandbox.platform.newId(), paymentId: id, reply: "approve" });
  const path = `/markets/${market}/handsets/${handset}`;
  const { body } = await callControl(sandbox, "GET", path);
  const message = body.messages.find(
    ({ transactionId }: { transactionId: string }) => transactionId === receipt,
  );
  assert(message.text.includes(receipt), message.text);
  const pages = sandbox.platform.handsets(rail);
  const recent = await pages.listRecentPayments(handset, "1234");
  assert(recent.outcome === "accepted");
  assert.equal(recent.payments[0]?.transactionId, receipt);
});

test("payments of the other markets have no receipt", async () => {
  await sandbox.call("POST", "c2bPayment/singleStage/", c2bFields(sandbox));
  const [row] = await sandbox.sql("vodacomTZN")<{ receipts: bigint; payments: bigint }[]>`
    select count(receipt) as receipts, count(*) as payments from payments`;
  assert.equal(row?.receipts, 0n);
  assert((row?.payments ?? 0n) > 0n);
});

test("a receipt is not given again after an earlier state was restored", async () => {
  assert.equal((await callControl(sandbox, "POST", "/snapshots", { name: "receipts" })).status, 201);
  /** The receipts of a server that has just started, from more than one block of numbers. */
  const collectMany = async () => {
    const server = createPayments(servers[0].context);
    const outcomes = await Promise.all(Array.from({ length: 1_100 }, () => collect(server, 1_00n)));
    return outcomes.map(({ receipt }) => receipt);
  };
  const lost = await collectMany();
  assert.equal((await callControl(sandbox, "POST", "/snapshots/receipts/restore")).status, 200);
  const kept = await collectMany();
  assert.equal(new Set([...lost, ...kept]).size, lost.length + kept.length);
});
