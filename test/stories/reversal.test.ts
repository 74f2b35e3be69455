/** A reversal takes back what is left of a payment from its receiver, and never more. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createTestSandbox, createReference, type Reply, type TestSandbox } from "../support/sandbox.ts";
import {
  collect,
  createTestCustomer,
  createTestOrganisation,
  payOut,
  reverse,
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

const reversalAmount = (input_ReversalAmount?: string) =>
  input_ReversalAmount === undefined ? {} : { input_ReversalAmount };

/** A customer with a hundred pays the organisation thirty. */
async function payThirty() {
  const msisdn = await createTestCustomer(sandbox, { amountMinor: 100_00n });
  const paid = getTransactionId(await collect(sandbox, { input_CustomerMSISDN: msisdn, input_Amount: "30" }));
  return { msisdn, paid, has: () => sandbox.getAvailable(msisdn) };
}

test("a reversal without an amount takes back everything, once", async () => {
  const { paid, has: getBalance } = await payThirty();
  assert.equal(await getStatus(sandbox, paid), "Completed False");
  const reversed = await reverse(sandbox, paid);
  assert.equal(summarise(reversed), "201 INS-0");
  assert.notEqual(getTransactionId(reversed), paid, "it is a transaction of its own");
  assert.equal(await getBalance(), 100_00n);
  assert.equal(await getStatus(sandbox, paid), "Completed True");
  assert.equal(summarise(await reverse(sandbox, paid)), "401 INS-6", "a second time");
  assert.equal(await getBalance(), 100_00n);
});

test("parts can be taken back until nothing is left, and no cent more", async () => {
  const { paid, has: getBalance } = await payThirty();
  // prettier-ignore
  const table: [amount: string | undefined, expected: string, balance: bigint][] = [
    ["30.01",   "400 INS-15", 70_00n],
    ["10",      "201 INS-0",  80_00n],
    ["20.01",   "400 INS-15", 80_00n],
    ["0.01",    "201 INS-0",  80_01n],
    [undefined, "201 INS-0",  100_00n],
    ["0.01",    "401 INS-6",  100_00n],
  ];
  for (const [amount, expected, balance] of table) {
    assert.equal(
      summarise(await reverse(sandbox, paid, reversalAmount(amount))),
      expected,
      amount ?? "the rest",
    );
    assert.equal(await getBalance(), balance, amount ?? "the rest");
  }
});

test("fifty concurrent reversals take back no more than was paid", async () => {
  const { paid, has: getBalance } = await payThirty();
  const replies = await Promise.all(
    Array.from({ length: 50 }, () => reverse(sandbox, paid, reversalAmount("7"))),
  );
  assert.equal(replies.filter((reply) => summarise(reply) === "201 INS-0").length, 4);
  assert.equal(await getBalance(), 98_00n);
});

test("a payout or transfer is taken back from its receiver", async () => {
  const msisdn = await createTestCustomer(sandbox, { amountMinor: 0n });
  const out = await payOut(sandbox, { input_CustomerMSISDN: msisdn, input_Amount: "30" });
  assert.equal(await sandbox.getAvailable(msisdn), 30_00n);
  assert.equal(summarise(await reverse(sandbox, getTransactionId(out))), "201 INS-0");
  assert.equal(await sandbox.getAvailable(msisdn), 0n);

  const before = await sandbox.getAvailable("000001");
  const across = await transfer(sandbox, { input_Amount: "30" });
  assert.equal(await sandbox.getAvailable("000001"), before + 30_00n);
  assert.equal(
    summarise(await reverse(sandbox, getTransactionId(across), reversalAmount("12"))),
    "201 INS-0",
  );
  assert.equal(await sandbox.getAvailable("000001"), before + 18_00n);
});

test("a receiver who has spent the money cannot return it", async () => {
  const msisdn = await createTestCustomer(sandbox, { amountMinor: 0n });
  const out = await payOut(sandbox, { input_CustomerMSISDN: msisdn, input_Amount: "30" });
  await collect(sandbox, { input_CustomerMSISDN: msisdn, input_Amount: "20" });
  assert.equal(summarise(await reverse(sandbox, getTransactionId(out))), "422 INS-2006");
  assert.equal(
    summarise(await reverse(sandbox, getTransactionId(out), reversalAmount("10"))),
    "201 INS-0",
    "what they still have",
  );
  assert.equal(await sandbox.getAvailable(msisdn), 0n);
});

test("only an organisation that was party to the payment may reverse it", async () => {
  const { paid } = await payThirty();
  const stranger = { input_ServiceProviderCode: await createTestOrganisation(sandbox, "778899") };
  assert.equal(summarise(await reverse(sandbox, paid, stranger)), "400 INS-35");
  const across = getTransactionId(await transfer(sandbox, { input_Amount: "30" }));
  assert.equal(summarise(await reverse(sandbox, across, stranger)), "400 INS-35");
  assert.equal(
    summarise(await reverse(sandbox, across, { input_ServiceProviderCode: "000001" })),
    "201 INS-0",
    "the receiving organisation",
  );
});

test("a payment that moved no money, a reversal and an unknown id cannot be reversed", async () => {
  const msisdn = await createTestCustomer(sandbox, { amountMinor: 0n });
  const name = createReference();
  const failed = await collect(sandbox, {
    input_CustomerMSISDN: msisdn,
    input_ThirdPartyConversationID: name,
  });
  assert.equal(summarise(failed), "422 INS-2006");
  const { body } = await sandbox.call("GET", "queryTransactionStatus/", {
    input_QueryReference: name,
    input_Country: "TZN",
    input_ServiceProviderCode: "000000",
    input_ThirdPartyConversationID: createReference(),
  });
  assert.equal(
    summarise(await reverse(sandbox, body["output_OriginalTransactionID"] ?? "")),
    "401 INS-6",
    "a failed payment",
  );

  const { paid } = await payThirty();
  const reversal: Reply = await reverse(sandbox, paid);
  assert.equal(summarise(await reverse(sandbox, getTransactionId(reversal))), "401 INS-6", "a reversal");
  assert.equal(summarise(await reverse(sandbox, "zzzzzzzzzzzz")), "400 INS-18", "an unknown id");
  assert.equal(summarise(await reverse(sandbox, "00000000000x")), "400 INS-18", "another unknown id");
});

test("a reversal is made once per reference", async () => {
  const { paid, has: getBalance } = await payThirty();
  const sameReference = { ...reversalAmount("5"), input_ThirdPartyConversationID: createReference() };
  assert.equal(summarise(await reverse(sandbox, paid, sameReference)), "201 INS-0");
  assert.equal(summarise(await reverse(sandbox, paid, sameReference)), "409 INS-10");
  assert.equal(await getBalance(), 75_00n);
});
