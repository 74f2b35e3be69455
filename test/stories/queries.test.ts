/** What became of a payment can be asked by any of its names, by those who were party to it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { bearerOf } from "../town/application.ts";
import { openTown, reference, type Town } from "../town/town.ts";
import {
  collect,
  newCustomer,
  newOrganisation,
  query,
  said,
  statusOf,
  transactionOf,
  transfer,
} from "../town/payments.ts";

let town: Town;
before(async () => {
  town = await openTown();
});
after(() => town[Symbol.asyncDispose]());

test("all three names of a payment lead to it, in any case where they are ours", async () => {
  const mine = reference();
  const paid = await collect(town, { input_ThirdPartyConversationID: mine });
  const [transaction, conversation] = [transactionOf(paid), paid.body["output_ConversationID"] ?? ""];
  for (const name of [
    transaction,
    conversation,
    mine,
    transaction.toUpperCase(),
    conversation.toUpperCase(),
  ]) {
    const reply = await query(town, name);
    assert.equal(said(reply), "200 INS-0", name);
    assert.equal(reply.body["output_ResponseTransactionStatus"], "Completed");
    assert.equal(reply.body["output_OriginalTransactionID"], transaction);
  }
});

test("a name that no payment has is INS-23", async () => {
  const paid = transactionOf(await collect(town));
  const other = `${paid.slice(0, -1)}${paid.endsWith("0") ? "1" : "0"}`;
  for (const name of ["zzzzzzzzzzzz", other, "f".repeat(32), reference(), "1"]) {
    assert.equal(said(await query(town, name)), "400 INS-23", name);
  }
});

test("a payment is unknown to an organisation that was not party to it", async () => {
  const paid = transactionOf(await collect(town));
  const stranger = { input_ServiceProviderCode: await newOrganisation(town, "778899") };
  assert.equal(said(await query(town, paid, stranger)), "400 INS-23");
  const across = transactionOf(await transfer(town));
  assert.equal(
    await statusOf(town, across, { input_ServiceProviderCode: "000001" }),
    "Completed False",
    "the one paid",
  );
  assert.equal(
    said(await query(town, across, { input_ServiceProviderCode: "999999" })),
    "400 INS-13",
    "nobody",
  );
});

test("a reference means the caller's own payment, whoever else has used the same", async () => {
  const shared = reference();
  const bearer = await bearerOf(town, {});
  const mine = await collect(town, { input_ThirdPartyConversationID: shared, input_Amount: "1" });
  const theirs = await collect(town, { input_ThirdPartyConversationID: shared, input_Amount: "2" }, bearer);
  assert.equal(said(theirs), "201 INS-0");
  assert.equal((await query(town, shared)).body["output_OriginalTransactionID"], transactionOf(mine));
});

test("how a customer answers the prompt is how the payment ends", async () => {
  for (const [answer, says, status] of [
    ["approve", "201 INS-0", "Completed False"],
    ["decline", "401 INS-6", "Cancelled False"],
    ["ignore", "408 INS-9", "Expired False"],
  ] as const) {
    const input_CustomerMSISDN = await newCustomer(town, { answer });
    const input_ThirdPartyConversationID = reference();
    const reply = await collect(town, { input_CustomerMSISDN, input_ThirdPartyConversationID });
    assert.equal(said(reply), says, answer);
    assert.equal(await statusOf(town, input_ThirdPartyConversationID), status);
    assert.equal(await town.available(input_CustomerMSISDN), answer === "approve" ? 90_00n : 100_00n);
  }
});

test("a payment that was refused can be asked about, by everything but a TransactionID it never got", async () => {
  const input_CustomerMSISDN = await newCustomer(town, { minor: 0n });
  const input_ThirdPartyConversationID = reference();
  const poor = await collect(town, { input_CustomerMSISDN, input_ThirdPartyConversationID });
  assert.equal(said(poor), "422 INS-2006");
  assert.equal(transactionOf(poor), "");
  assert.equal(await statusOf(town, input_ThirdPartyConversationID), "Failed False");
  assert.equal(await statusOf(town, poor.body["output_ConversationID"] ?? ""), "Failed False");
});

test("a locked wallet neither pays nor is paid", async () => {
  const input_CustomerMSISDN = await newCustomer(town);
  for (const status of ["locked", "inactive", "pending"]) {
    await town.sql()`update accounts set status = ${status} where owner = ${input_CustomerMSISDN}`;
    assert.equal(said(await collect(town, { input_CustomerMSISDN })), "401 INS-6", status);
  }
});
