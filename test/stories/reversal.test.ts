/** A reversal takes back what is left of a payment from whoever received it, and never more. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openTown, reference, type Reply, type Town } from "../town/town.ts";
import {
  collect,
  newCustomer,
  newOrganisation,
  payOut,
  reverse,
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

const take = (input_ReversalAmount?: string) =>
  input_ReversalAmount === undefined ? {} : { input_ReversalAmount };

/** Somebody with a hundred has paid the shop thirty. */
async function thirtyPaid() {
  const msisdn = await newCustomer(town, { minor: 100_00n });
  const paid = transactionOf(await collect(town, { input_CustomerMSISDN: msisdn, input_Amount: "30" }));
  return { msisdn, paid, has: () => town.available(msisdn) };
}

test("a reversal without an amount gives back everything, once", async () => {
  const { paid, has } = await thirtyPaid();
  assert.equal(await statusOf(town, paid), "Completed False");
  const reversed = await reverse(town, paid);
  assert.equal(said(reversed), "201 INS-0");
  assert.notEqual(transactionOf(reversed), paid, "it is a transaction of its own");
  assert.equal(await has(), 100_00n);
  assert.equal(await statusOf(town, paid), "Completed True");
  assert.equal(said(await reverse(town, paid)), "401 INS-6", "a second time");
  assert.equal(await has(), 100_00n);
});

test("parts may be taken back until nothing is left, and no cent beyond", async () => {
  const { paid, has } = await thirtyPaid();
  // prettier-ignore
  const table: [amount: string | undefined, says: string, has: bigint][] = [
    ["30.01",   "400 INS-15", 70_00n],
    ["10",      "201 INS-0",  80_00n],
    ["20.01",   "400 INS-15", 80_00n],
    ["0.01",    "201 INS-0",  80_01n],
    [undefined, "201 INS-0",  100_00n],
    ["0.01",    "401 INS-6",  100_00n],
  ];
  for (const [amount, says, balance] of table) {
    assert.equal(said(await reverse(town, paid, take(amount))), says, amount ?? "the rest");
    assert.equal(await has(), balance, amount ?? "the rest");
  }
});

test("fifty reversals in the same moment take back no more than was paid", async () => {
  const { paid, has } = await thirtyPaid();
  const replies = await Promise.all(Array.from({ length: 50 }, () => reverse(town, paid, take("7"))));
  assert.equal(replies.filter((reply) => said(reply) === "201 INS-0").length, 4);
  assert.equal(await has(), 98_00n);
});

test("what was paid out or transferred comes back from whoever received it", async () => {
  const msisdn = await newCustomer(town, { minor: 0n });
  const out = await payOut(town, { input_CustomerMSISDN: msisdn, input_Amount: "30" });
  assert.equal(await town.available(msisdn), 30_00n);
  assert.equal(said(await reverse(town, transactionOf(out))), "201 INS-0");
  assert.equal(await town.available(msisdn), 0n);

  const before = await town.available("000001");
  const across = await transfer(town, { input_Amount: "30" });
  assert.equal(await town.available("000001"), before + 30_00n);
  assert.equal(said(await reverse(town, transactionOf(across), take("12"))), "201 INS-0");
  assert.equal(await town.available("000001"), before + 18_00n);
});

test("a receiver who has spent the money cannot give it back", async () => {
  const msisdn = await newCustomer(town, { minor: 0n });
  const out = await payOut(town, { input_CustomerMSISDN: msisdn, input_Amount: "30" });
  await collect(town, { input_CustomerMSISDN: msisdn, input_Amount: "20" });
  assert.equal(said(await reverse(town, transactionOf(out))), "422 INS-2006");
  assert.equal(
    said(await reverse(town, transactionOf(out), take("10"))),
    "201 INS-0",
    "what they still have",
  );
  assert.equal(await town.available(msisdn), 0n);
});

test("only an organisation that was party to the payment may ask", async () => {
  const { paid } = await thirtyPaid();
  const stranger = { input_ServiceProviderCode: await newOrganisation(town, "778899") };
  assert.equal(said(await reverse(town, paid, stranger)), "400 INS-35");
  const across = transactionOf(await transfer(town, { input_Amount: "30" }));
  assert.equal(said(await reverse(town, across, stranger)), "400 INS-35");
  assert.equal(
    said(await reverse(town, across, { input_ServiceProviderCode: "000001" })),
    "201 INS-0",
    "the one paid",
  );
});

test("what never moved money, and what is no payment, cannot be reversed", async () => {
  const msisdn = await newCustomer(town, { minor: 0n });
  const name = reference();
  const failed = await collect(town, { input_CustomerMSISDN: msisdn, input_ThirdPartyConversationID: name });
  assert.equal(said(failed), "422 INS-2006");
  const { body } = await town.call("GET", "queryTransactionStatus/", {
    input_QueryReference: name,
    input_Country: "TZN",
    input_ServiceProviderCode: "000000",
    input_ThirdPartyConversationID: reference(),
  });
  assert.equal(
    said(await reverse(town, body["output_OriginalTransactionID"] ?? "")),
    "401 INS-6",
    "a failed payment",
  );

  const { paid } = await thirtyPaid();
  const reversal: Reply = await reverse(town, paid);
  assert.equal(said(await reverse(town, transactionOf(reversal))), "401 INS-6", "a reversal");
  assert.equal(said(await reverse(town, "zzzzzzzzzzzz")), "400 INS-18", "nothing at all");
  assert.equal(said(await reverse(town, "00000000000x")), "400 INS-18", "another nothing");
});

test("a reversal is asked for once per reference", async () => {
  const { paid, has } = await thirtyPaid();
  const once = { ...take("5"), input_ThirdPartyConversationID: reference() };
  assert.equal(said(await reverse(town, paid, once)), "201 INS-0");
  assert.equal(said(await reverse(town, paid, once)), "409 INS-10");
  assert.equal(await has(), 75_00n);
});
