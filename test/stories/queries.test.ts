/** A payment can be queried by any of its ids, by the parties to it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createBearer } from "../support/application.ts";
import { createTestSandbox, createReference, type TestSandbox } from "../support/sandbox.ts";
import {
  collect,
  createTestCustomer,
  createTestOrganisation,
  query,
  summarise,
  getStatus,
  getTransactionId,
  transfer,
} from "../support/payments.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

test("all three ids of a payment find it, in any case if Pesarail generated them", async () => {
  const ownReference = createReference();
  const paid = await collect(sandbox, { input_ThirdPartyConversationID: ownReference });
  const [transaction, conversation] = [getTransactionId(paid), paid.body["output_ConversationID"] ?? ""];
  for (const name of [
    transaction,
    conversation,
    ownReference,
    transaction.toUpperCase(),
    conversation.toUpperCase(),
  ]) {
    const reply = await query(sandbox, name);
    assert.equal(summarise(reply), "200 INS-0", name);
    assert.equal(reply.body["output_ResponseTransactionStatus"], "Completed");
    assert.equal(reply.body["output_OriginalTransactionID"], transaction);
  }
});

test("an unknown id is INS-23", async () => {
  const paid = getTransactionId(await collect(sandbox));
  const other = `${paid.slice(0, -1)}${paid.endsWith("0") ? "1" : "0"}`;
  for (const name of ["zzzzzzzzzzzz", other, "f".repeat(32), createReference(), "1"]) {
    assert.equal(summarise(await query(sandbox, name)), "400 INS-23", name);
  }
});

test("a payment is unknown to an organisation that was not party to it", async () => {
  const paid = getTransactionId(await collect(sandbox));
  const stranger = { input_ServiceProviderCode: await createTestOrganisation(sandbox, "778899") };
  assert.equal(summarise(await query(sandbox, paid, stranger)), "400 INS-23");
  const across = getTransactionId(await transfer(sandbox));
  assert.equal(
    await getStatus(sandbox, across, { input_ServiceProviderCode: "000001" }),
    "Completed False",
    "the receiving organisation",
  );
  assert.equal(
    summarise(await query(sandbox, across, { input_ServiceProviderCode: "999999" })),
    "400 INS-13",
    "an unknown organisation",
  );
});

test("a reference finds the client's own payment, even if others used the same", async () => {
  const shared = createReference();
  const bearer = await createBearer(sandbox, {});
  const own = await collect(sandbox, { input_ThirdPartyConversationID: shared, input_Amount: "1" });
  const otherPayment = await collect(
    sandbox,
    { input_ThirdPartyConversationID: shared, input_Amount: "2" },
    bearer,
  );
  assert.equal(summarise(otherPayment), "201 INS-0");
  assert.equal((await query(sandbox, shared)).body["output_OriginalTransactionID"], getTransactionId(own));
});

test("the customer's reply decides how the payment ends", async () => {
  for (const [answer, expected, status] of [
    ["approve", "201 INS-0", "Completed False"],
    ["decline", "401 INS-6", "Cancelled False"],
    ["ignore", "408 INS-9", "Expired False"],
  ] as const) {
    const input_CustomerMSISDN = await createTestCustomer(sandbox, { answer });
    const input_ThirdPartyConversationID = createReference();
    const reply = await collect(sandbox, { input_CustomerMSISDN, input_ThirdPartyConversationID });
    assert.equal(summarise(reply), expected, answer);
    assert.equal(await getStatus(sandbox, input_ThirdPartyConversationID), status);
    assert.equal(await sandbox.getAvailable(input_CustomerMSISDN), answer === "approve" ? 90_00n : 100_00n);
  }
});

test("a refused payment can be queried by everything but a TransactionID, which it does not have", async () => {
  const input_CustomerMSISDN = await createTestCustomer(sandbox, { amountMinor: 0n });
  const input_ThirdPartyConversationID = createReference();
  const poor = await collect(sandbox, { input_CustomerMSISDN, input_ThirdPartyConversationID });
  assert.equal(summarise(poor), "422 INS-2006");
  assert.equal(getTransactionId(poor), "");
  assert.equal(await getStatus(sandbox, input_ThirdPartyConversationID), "Failed False");
  assert.equal(await getStatus(sandbox, poor.body["output_ConversationID"] ?? ""), "Failed False");
});

test("a locked wallet can neither pay nor receive", async () => {
  const input_CustomerMSISDN = await createTestCustomer(sandbox);
  for (const status of ["locked", "inactive", "pending"]) {
    await sandbox.sql()`update accounts set status = ${status} where owner = ${input_CustomerMSISDN}`;
    assert.equal(summarise(await collect(sandbox, { input_CustomerMSISDN })), "401 INS-6", status);
  }
});
