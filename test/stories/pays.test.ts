/** What an integrator tries first: money moves, once, and can be queried. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { c2bFields, createTestSandbox, createReference } from "../support/sandbox.ts";

test("a customer pays, and both balances change", async () => {
  await using sandbox = await createTestSandbox();
  const [amina = ""] = sandbox.clientInfo.markets.vodacomTZN.customers;
  const before = { amina: await sandbox.getAvailable(amina), duka: await sandbox.getAvailable("000000") };

  const reply = await sandbox.call(
    "POST",
    "c2bPayment/singleStage/",
    c2bFields(sandbox, { input_Amount: "12.50" }),
  );

  assert.equal(reply.status, 201);
  assert.equal(reply.body["output_ResponseCode"], "INS-0");
  assert.equal(await sandbox.getAvailable(amina), before.amina - 12_50n);
  assert.equal(await sandbox.getAvailable("000000"), before.duka + 12_50n);
});

test("twenty concurrent requests with one reference are one payment", async () => {
  await using sandbox = await createTestSandbox();
  const payment = c2bFields(sandbox, { input_ThirdPartyConversationID: createReference() });
  const before = await sandbox.getAvailable("000000");

  const replies = await Promise.all(
    Array.from({ length: 20 }, () => sandbox.call("POST", "c2bPayment/singleStage/", payment)),
  );

  const codes = replies.map((reply) => `${reply.status} ${reply.body["output_ResponseCode"]}`).sort();
  assert.deepEqual(codes, ["201 INS-0", ...Array<string>(19).fill("409 INS-10")]);
  assert.equal(await sandbox.getAvailable("000000"), before + 10_00n);
});
