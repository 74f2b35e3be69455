/** Payments and totals in the control API. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { callControl } from "../../../test/support/control.ts";
import { c2bFields, createTestSandbox, type TestSandbox } from "../../../test/support/sandbox.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

const readPayment = async (name: string | undefined, market = "vodacomTZN") =>
  callControl(sandbox, "GET", `/markets/${market}/payments/${name}`);

// 200

test("a payment is found by either of its ids, with its postings", async () => {
  const fields = c2bFields(sandbox, { input_Amount: "12.50" });
  const paid = (await sandbox.call("POST", "c2bPayment/singleStage/", fields)).body;
  const { status, body } = await readPayment(paid["output_TransactionID"]);

  assert.equal(status, 200);
  assert.equal(body.ending, "Completed.");
  assert.deepEqual([body.use, body.status, body.refusal], ["collection", "completed", null]);
  assert.deepEqual([body.amount, body.reversed, body.currency], ["12.50", "0.00", "TZS"]);
  assert.deepEqual([body.organisation, body.counterparty], ["000000", "255750000001"]);
  assert.equal(body.reference, fields.input_ThirdPartyConversationID);
  const [{ at, ...move }] = body.moves;
  assert.deepEqual(move, {
    from: { kind: "wallet", owner: "255750000001" },
    to: { kind: "working", owner: "000000" },
    amount: "12.50",
    why: "collection",
  });
  assert.equal(at, body.endedAt);
  assert.deepEqual((await readPayment(paid["output_ConversationID"])).body, body);
});

test("a payment is found by its caller's reference, and of several the newest is", async () => {
  const reference = "orderOfAllCalls";
  const fields = c2bFields(sandbox, { input_ThirdPartyConversationID: reference });
  const paid = (await sandbox.call("POST", "c2bPayment/singleStage/", fields)).body;
  assert.equal((await readPayment(reference)).body.transactionId, paid["output_TransactionID"]);
  const { input_PurchasedItemsDesc: input_PaymentItemsDesc, ...common } = fields;
  const paidOut = (await sandbox.call("POST", "b2cPayment/", { ...common, input_PaymentItemsDesc })).body;
  assert.equal((await readPayment(reference)).body.transactionId, paidOut["output_TransactionID"]);
  assert.equal((await readPayment(`${reference}2`)).status, 404);
});

test("refused, held and reversed payments have a text that says so", async () => {
  const refused = (
    await sandbox.call("POST", "c2bPayment/singleStage/", c2bFields(sandbox, { input_Amount: "99999999" }))
  ).body;
  const failed = (await readPayment(refused["output_ConversationID"])).body;
  assert.deepEqual([failed.status, failed.refusal, failed.moves], ["failed", "customer_balance_too_low", []]);
  assert.equal(failed.ending, "The customer's balance is too low.");

  const twoStep = c2bFields(sandbox, { input_APIVersion: "3.1" });
  const held = (await sandbox.call("POST", "c2bPayment/multiStage/", twoStep)).body;
  const open = (await readPayment(held["output_TransactionID"])).body;
  assert.deepEqual([open.status, open.endedAt], ["held", null]);
  assert.match(open.ending, /^Held/);

  const paid = (await sandbox.call("POST", "c2bPayment/singleStage/", c2bFields(sandbox))).body;
  const { input_Amount: _amount, ...fields } = c2bFields(sandbox);
  const reversalFields = {
    ...fields,
    input_ReversalAmount: "4",
    input_TransactionID: paid["output_TransactionID"],
  };
  const reversal = (await sandbox.call("PUT", "reversal/", reversalFields)).body;
  const original = (await readPayment(paid["output_TransactionID"])).body;
  assert.deepEqual([original.reversed, original.ending], ["4.00", "Completed, then partly reversed."]);
  assert.equal(
    (await readPayment(reversal["output_TransactionID"])).body.original,
    paid["output_TransactionID"],
  );
});

test("totals count requests of clients, without top-ups", async () => {
  const readTotals = async () => (await callControl(sandbox, "GET", "/markets/vodacomLES/totals")).body;
  const earlier = await readTotals();
  const customer = sandbox.clientInfo.markets.vodacomLES.customers[0];
  for (const amount of ["10", "20", "99999999"]) {
    await sandbox.call(
      "POST",
      "c2bPayment/singleStage/",
      c2bFields(sandbox, { input_Amount: amount }, "vodacomLES"),
      {
        market: "vodacomLES",
      },
    );
  }
  await callControl(sandbox, "POST", `/markets/vodacomLES/customers/${customer}/top-up`, { amount: "5.00" });
  await sandbox.call(
    "POST",
    "c2bPayment/multiStage/",
    c2bFields(sandbox, { input_APIVersion: "3.1", input_Amount: "7" }, "vodacomLES"),
    {
      market: "vodacomLES",
    },
  );
  const now = await readTotals();

  assert.deepEqual(now.payments, { held: 1, completed: 2, failed: 1, cancelled: 0, expired: 0 });
  assert.deepEqual(now.byUse.collection, now.payments);
  assert.equal(now.byUse.funding.completed, earlier.byUse.funding.completed + 1);
  assert.equal(now.money.held, "7.00");
  assert.equal(now.money.currency, "LSL");
  assert.equal(Number(now.money.available) + 7, Number(earlier.money.available) + 5);
});

// 404

test("an unknown id, or the id of a payment in another market, is not found", async () => {
  const paid = (await sandbox.call("POST", "c2bPayment/singleStage/", c2bFields(sandbox))).body;
  assert.equal((await readPayment(paid["output_TransactionID"], "vodacomMOZ")).status, 404);
  for (const name of ["000000000000", "0".repeat(32), "x", "%00", "z".repeat(90)]) {
    const reply = await readPayment(name);
    assert.deepEqual([reply.status, reply.body.message], [404, "No payment in this market has this id."]);
  }
});
