/** A payment in two steps: the money is held, then paid to the organisation or released. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { msPerHour } from "../../src/core/clock.ts";
import { createTestSandbox, createReference, type TestSandbox } from "../support/sandbox.ts";
import {
  expireDueHolds,
  endHold,
  getHeld,
  hold,
  createTestCustomer,
  createTestOrganisation,
  reverse,
  summarise,
  getStatus,
  getTransactionId,
} from "../support/payments.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox({ twoStepHoldMs: msPerHour });
});
after(() => sandbox[Symbol.asyncDispose]());

/** A customer with a hundred, thirty of which are held for the organisation. */
async function holdThirty() {
  const msisdn = await createTestCustomer(sandbox, { amountMinor: 100_00n });
  const first = await hold(sandbox, { input_CustomerMSISDN: msisdn, input_Amount: "30" });
  assert.equal(summarise(first), "201 INS-0");
  const organisationBefore = await sandbox.getAvailable("000000");
  const getBalances = async () => ({
    spends: await sandbox.getAvailable(msisdn),
    held: await getHeld(sandbox, msisdn),
    shopGot: (await sandbox.getAvailable("000000")) - organisationBefore,
    status: await getStatus(sandbox, getTransactionId(first)),
  });
  return { msisdn, first, has: getBalances };
}

const heldState = { spends: 70_00n, held: 30_00n, shopGot: 0n, status: "N/A False" };

test("held money cannot be spent, and the organisation does not have it yet", async () => {
  const { msisdn, first, has: getBalances } = await holdThirty();
  assert.match(first.body["output_VoucherCode"] ?? "", /^[0-9A-Z]{4,12}$/);
  assert.deepEqual(await getBalances(), heldState);
  assert.equal(
    summarise(await hold(sandbox, { input_CustomerMSISDN: msisdn, input_Amount: "70.01" })),
    "422 INS-2006",
  );
});

test("a commit pays the organisation", async () => {
  const { first, has: getBalances } = await holdThirty();
  const second = await endHold(sandbox, first, "commit");
  assert.equal(summarise(second), "200 INS-GAR-0");
  assert.equal(getTransactionId(second), getTransactionId(first));
  assert.deepEqual(await getBalances(), {
    spends: 70_00n,
    held: 0n,
    shopGot: 30_00n,
    status: "Completed False",
  });
});

test("a release returns the money to the customer", async () => {
  const { first, has: getBalances } = await holdThirty();
  assert.equal(summarise(await endHold(sandbox, first, "release")), "200 INS-GAR-0");
  assert.deepEqual(await getBalances(), {
    spends: 100_00n,
    held: 0n,
    shopGot: 0n,
    status: "Cancelled False",
  });
});

test("a hold that is not completed expires at its time, not before, and releases the money", async () => {
  const { first, has: getBalances } = await holdThirty();
  sandbox.clock.advance(msPerHour - 60_000);
  await expireDueHolds(sandbox);
  assert.deepEqual(await getBalances(), heldState);
  sandbox.clock.advance(60_000);
  await expireDueHolds(sandbox);
  assert.deepEqual(await getBalances(), { spends: 100_00n, held: 0n, shopGot: 0n, status: "Expired False" });
  assert.equal(summarise(await endHold(sandbox, first, "commit")), "401 INS-6", "too late");
});

test("a wrong voucher code has no effect", async () => {
  const { first, has: getBalances } = await holdThirty();
  for (const input_VoucherCode of ["XXX00000", (first.body["output_VoucherCode"] ?? "").toLowerCase()]) {
    assert.equal(summarise(await endHold(sandbox, first, "commit", { input_VoucherCode })), "400 INS-21");
  }
  assert.deepEqual(await getBalances(), heldState);
});

test("another organisation cannot end a hold", async () => {
  const { first, has: getBalances } = await holdThirty();
  const input_ServiceProviderCode = await createTestOrganisation(sandbox, "445566");
  assert.equal(
    summarise(await endHold(sandbox, first, "commit", { input_ServiceProviderCode })),
    "400 INS-35",
  );
  assert.deepEqual(await getBalances(), heldState);
});

test("an unknown payment cannot be ended", async () => {
  const { first } = await holdThirty();
  const change = { input_TransactionID: "zzzzzzzzzzzz", input_VoucherCode: first.body["output_VoucherCode"] };
  assert.equal(summarise(await endHold(sandbox, first, "commit", change)), "400 INS-18");
});

for (const firstEnd of ["commit", "release"] as const) {
  for (const secondEnd of ["commit", "release"] as const) {
    test(`after a ${firstEnd}, a ${secondEnd} has no effect`, async () => {
      const { first, has: getBalances } = await holdThirty();
      assert.equal(summarise(await endHold(sandbox, first, firstEnd)), "200 INS-GAR-0");
      const after = await getBalances();
      assert.equal(summarise(await endHold(sandbox, first, secondEnd)), "401 INS-6");
      assert.deepEqual(await getBalances(), after);
    });
  }
}

test("of ten concurrent commits and ten releases one counts", async () => {
  const { first, has: getBalances } = await holdThirty();
  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, index) => endHold(sandbox, first, index % 2 === 0 ? "commit" : "release")),
  );
  assert.equal(replies.filter((reply) => summarise(reply) === "200 INS-GAR-0").length, 1);
  const { spends, held: heldAmount, shopGot } = await getBalances();
  assert.equal(spends + shopGot, 100_00n);
  assert.equal(heldAmount, 0n);
});

test("a committed payment can be reversed; one that is held or was released cannot", async () => {
  const committed = await holdThirty();
  assert.equal(summarise(await reverse(sandbox, getTransactionId(committed.first))), "401 INS-6", "held");
  await endHold(sandbox, committed.first, "commit");
  assert.equal(
    summarise(await reverse(sandbox, getTransactionId(committed.first), { input_ReversalAmount: "10" })),
    "201 INS-0",
  );
  assert.deepEqual(await committed.has(), {
    spends: 80_00n,
    held: 0n,
    shopGot: 20_00n,
    status: "Completed True",
  });

  const released = await holdThirty();
  await endHold(sandbox, released.first, "release");
  assert.equal(summarise(await reverse(sandbox, getTransactionId(released.first))), "401 INS-6", "released");
});

test("twenty concurrent first steps with one reference hold the money once", async () => {
  const msisdn = await createTestCustomer(sandbox, { amountMinor: 100_00n });
  const fields = {
    input_CustomerMSISDN: msisdn,
    input_Amount: "30",
    input_ThirdPartyConversationID: createReference(),
  };
  const replies = await Promise.all(Array.from({ length: 20 }, () => hold(sandbox, fields)));
  assert.equal(replies.filter((reply) => summarise(reply) === "201 INS-0").length, 1);
  assert.equal(await getHeld(sandbox, msisdn), 30_00n);
});
