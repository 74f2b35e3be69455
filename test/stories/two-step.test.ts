/** A payment in two steps: the money is set aside, and goes where the organisation says, or back. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hour } from "../../src/clock.ts";
import { openTown, reference, type Town } from "../town/town.ts";
import {
  endExpiredHolds,
  endHold,
  held,
  hold,
  newCustomer,
  newOrganisation,
  reverse,
  said,
  statusOf,
  transactionOf,
} from "../town/payments.ts";

let town: Town;
before(async () => {
  town = await openTown({ twoStepHoldMs: hour });
});
after(() => town[Symbol.asyncDispose]());

/** Somebody with a hundred, thirty of which are held for the shop. */
async function thirtyHeld() {
  const msisdn = await newCustomer(town, { minor: 100_00n });
  const first = await hold(town, { input_CustomerMSISDN: msisdn, input_Amount: "30" });
  assert.equal(said(first), "201 INS-0");
  const shop = await town.available("000000");
  const has = async () => ({
    spends: await town.available(msisdn),
    held: await held(town, msisdn),
    shopGot: (await town.available("000000")) - shop,
    status: await statusOf(town, transactionOf(first)),
  });
  return { msisdn, first, has };
}

const open = { spends: 70_00n, held: 30_00n, shopGot: 0n, status: "N/A False" };

test("money that is held cannot be spent, and the shop does not have it yet", async () => {
  const { msisdn, first, has } = await thirtyHeld();
  assert.match(first.body["output_VoucherCode"] ?? "", /^[0-9A-Z]{4,12}$/);
  assert.deepEqual(await has(), open);
  assert.equal(
    said(await hold(town, { input_CustomerMSISDN: msisdn, input_Amount: "70.01" })),
    "422 INS-2006",
  );
});

test("a commit gives the shop the money", async () => {
  const { first, has } = await thirtyHeld();
  const second = await endHold(town, first, "commit");
  assert.equal(said(second), "200 INS-GAR-0");
  assert.equal(transactionOf(second), transactionOf(first));
  assert.deepEqual(await has(), { spends: 70_00n, held: 0n, shopGot: 30_00n, status: "Completed False" });
});

test("a release gives the customer the money back", async () => {
  const { first, has } = await thirtyHeld();
  assert.equal(said(await endHold(town, first, "release")), "200 INS-GAR-0");
  assert.deepEqual(await has(), { spends: 100_00n, held: 0n, shopGot: 0n, status: "Cancelled False" });
});

test("a hold that nobody ends expires, not a moment before its time, and gives the money back", async () => {
  const { first, has } = await thirtyHeld();
  town.clock.advance(hour - 60_000);
  await endExpiredHolds(town);
  assert.deepEqual(await has(), open);
  town.clock.advance(60_000);
  await endExpiredHolds(town);
  assert.deepEqual(await has(), { spends: 100_00n, held: 0n, shopGot: 0n, status: "Expired False" });
  assert.equal(said(await endHold(town, first, "commit")), "401 INS-6", "too late");
});

test("a wrong voucher ends nothing", async () => {
  const { first, has } = await thirtyHeld();
  for (const input_VoucherCode of ["XXX00000", (first.body["output_VoucherCode"] ?? "").toLowerCase()]) {
    assert.equal(said(await endHold(town, first, "commit", { input_VoucherCode })), "400 INS-21");
  }
  assert.deepEqual(await has(), open);
});

test("an organisation that is not the one paid ends nothing", async () => {
  const { first, has } = await thirtyHeld();
  const input_ServiceProviderCode = await newOrganisation(town, "445566");
  assert.equal(said(await endHold(town, first, "commit", { input_ServiceProviderCode })), "400 INS-35");
  assert.deepEqual(await has(), open);
});

test("a payment that does not exist cannot be ended", async () => {
  const { first } = await thirtyHeld();
  const change = { input_TransactionID: "zzzzzzzzzzzz", input_VoucherCode: first.body["output_VoucherCode"] };
  assert.equal(said(await endHold(town, first, "commit", change)), "400 INS-18");
});

for (const once of ["commit", "release"] as const) {
  for (const again of ["commit", "release"] as const) {
    test(`a ${once} stands, whatever ${again} comes after it`, async () => {
      const { first, has } = await thirtyHeld();
      assert.equal(said(await endHold(town, first, once)), "200 INS-GAR-0");
      const after = await has();
      assert.equal(said(await endHold(town, first, again)), "401 INS-6");
      assert.deepEqual(await has(), after);
    });
  }
}

test("of ten commits and ten releases in the same moment one counts", async () => {
  const { first, has } = await thirtyHeld();
  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, index) => endHold(town, first, index % 2 === 0 ? "commit" : "release")),
  );
  assert.equal(replies.filter((reply) => said(reply) === "200 INS-GAR-0").length, 1);
  const { spends, held: set, shopGot } = await has();
  assert.equal(spends + shopGot, 100_00n);
  assert.equal(set, 0n);
});

test("a committed payment can be reversed; one that is held or was released cannot", async () => {
  const committed = await thirtyHeld();
  assert.equal(said(await reverse(town, transactionOf(committed.first))), "401 INS-6", "held");
  await endHold(town, committed.first, "commit");
  assert.equal(
    said(await reverse(town, transactionOf(committed.first), { input_ReversalAmount: "10" })),
    "201 INS-0",
  );
  assert.deepEqual(await committed.has(), {
    spends: 80_00n,
    held: 0n,
    shopGot: 20_00n,
    status: "Completed True",
  });

  const released = await thirtyHeld();
  await endHold(town, released.first, "release");
  assert.equal(said(await reverse(town, transactionOf(released.first))), "401 INS-6", "released");
});

test("twenty first steps with one reference hold the money once", async () => {
  const msisdn = await newCustomer(town, { minor: 100_00n });
  const fields = {
    input_CustomerMSISDN: msisdn,
    input_Amount: "30",
    input_ThirdPartyConversationID: reference(),
  };
  const replies = await Promise.all(Array.from({ length: 20 }, () => hold(town, fields)));
  assert.equal(replies.filter((reply) => said(reply) === "201 INS-0").length, 1);
  assert.equal(await held(town, msisdn), 30_00n);
});
