/** Scenario payments issue money from the float of the whole market, so they leave enough of it to everything else. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { railFor } from "../../src/core/rails.ts";
import { maxBalanceMinor } from "../../src/ledger/locked-accounts.ts";
import { fund } from "../../src/payments/funding.ts";
import { seedSandbox } from "../../src/sandbox/seed.ts";
import { scenarioMsisdn } from "../../src/sandbox/scenarios.ts";
import { callControl } from "../support/control.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import { collect, createTestCustomer, hold, payOut, summarise, transfer } from "../support/payments.ts";
import { createTestSandbox, type TestSandbox } from "../support/sandbox.ts";

const maxAmount = "10000000000000";
const scenario = { input_CustomerMSISDN: scenarioMsisdn };

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

const getFloat = (): Promise<bigint> => sandbox.getAvailable("operator", "vodacomTZN", "float");

/** Moves money between the float and an account: what thousands of scenario payments of the largest amount would move. */
async function issue(owner: string, amountMinor: bigint): Promise<string | null> {
  if (amountMinor === 0n) return null;
  const payments = sandbox.platform.payments(railFor("sandbox", "vodacomTZN"));
  const account = { kind: owner.length > 6 ? "wallet" : "working", owner } as const;
  const outcome = await fund(payments, {
    id: sandbox.platform.newId(),
    account,
    amountMinor,
    description: "Test",
  });
  return outcome.refusal;
}

test("scenario payments do not fill an organisation that other customers pay", async () => {
  await issue("000000", maxBalanceMinor / 1_000n - (await sandbox.getAvailable("000000")));
  const before = { float: await getFloat(), shop: await sandbox.getAvailable("000000") };

  const replies = await Promise.all(
    Array.from({ length: 20 }, () => collect(sandbox, { ...scenario, input_Amount: maxAmount })),
  );

  assert.deepEqual(new Set(replies.map(summarise)), new Set(["201 INS-0"]));
  assert.deepEqual({ float: await getFloat(), shop: await sandbox.getAvailable("000000") }, before);
  assert.equal(summarise(await collect(sandbox)), "201 INS-0");
  await assertInvariantsHold(sandbox.databaseAddress);
});

test("when scenarios have used their half of the float, they are refused or paid by the receiver, and deposits work", async () => {
  const customer = await createTestCustomer(sandbox);
  const limit = -maxBalanceMinor / 2n;
  assert.equal(await issue(customer, (await getFloat()) - limit), null);
  const zeros = await sandbox.getAvailable(scenarioMsisdn);
  await issue(scenarioMsisdn, -zeros);
  await issue(customer, zeros);
  assert.equal(await getFloat(), limit);

  const replies = {
    collect: summarise(await collect(sandbox, { ...scenario, input_Amount: "1" })),
    transfer: summarise(await transfer(sandbox, { input_Amount: "1" })),
    payOut: summarise(await payOut(sandbox, { ...scenario, input_Amount: "1" })),
    hold: summarise(await hold(sandbox, { ...scenario, input_Amount: "1" })),
  };
  assert.deepEqual(replies, {
    collect: "201 INS-0",
    transfer: "201 INS-0",
    payOut: "401 INS-6",
    hold: "401 INS-6",
  });
  assert.equal(await getFloat(), limit);
  assert.equal(summarise(await collect(sandbox)), "201 INS-0");
  const path = "/markets/vodacomTZN/organisations/000001/top-up";
  assert.equal((await callControl(sandbox, "POST", path, { amount: "1.00" })).status, 200);
  await createTestCustomer(sandbox);
  await assertInvariantsHold(sandbox.databaseAddress);
});

test("when deposits have used all of the float, they are refused, and the seeding of a start changes nothing", async () => {
  const customer = await createTestCustomer(sandbox);
  assert.equal(await issue(customer, (await getFloat()) + maxBalanceMinor), null);
  assert.equal(await getFloat(), -maxBalanceMinor);

  const post = (path: string, body: object) =>
    callControl(sandbox, "POST", `/markets/vodacomTZN/${path}`, body);
  const topUp = await post("organisations/000001/top-up", { amount: "0.01" });
  assert.equal(topUp.status, 409, JSON.stringify(topUp.body));
  const opened = await post("customers", { customers: [{ msisdn: "255750009999", balance: "1.00" }] });
  assert.equal(opened.status, 409, JSON.stringify(opened.body));
  assert.match(opened.body.message, /1 of the new accounts have no opening balance/);

  const payments = sandbox.platform.payments(railFor("sandbox", "vodacomTZN"));
  await seedSandbox(payments, { newId: sandbox.platform.newId, pinKey: Buffer.alloc(32) });
  assert.equal(summarise(await collect(sandbox)), "201 INS-0");
  assert.equal(summarise(await collect(sandbox, { ...scenario, input_Amount: "1" })), "201 INS-0");
  assert.equal((await post("organisations/000000/top-up", { amount: "-1.00" })).status, 200);
  assert.equal((await post("organisations/000001/top-up", { amount: "0.01" })).status, 200);
  await assertInvariantsHold(sandbox.databaseAddress);
});
