/** What an integrator tries first: money moves, once, and can be asked about. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { c2b, openTown, reference } from "../town/town.ts";

test("a customer pays, and both balances say so", async () => {
  await using town = await openTown();
  const [amina = ""] = town.facts.markets.vodacomTZN.customers;
  const before = { amina: await town.available(amina), duka: await town.available("000000") };

  const reply = await town.call("POST", "c2bPayment/singleStage/", c2b(town, { input_Amount: "12.50" }));

  assert.equal(reply.status, 201);
  assert.equal(reply.body["output_ResponseCode"], "INS-0");
  assert.equal(await town.available(amina), before.amina - 12_50n);
  assert.equal(await town.available("000000"), before.duka + 12_50n);
});

test("twenty requests with one reference in the same moment are one payment", async () => {
  await using town = await openTown();
  const payment = c2b(town, { input_ThirdPartyConversationID: reference() });
  const before = await town.available("000000");

  const replies = await Promise.all(
    Array.from({ length: 20 }, () => town.call("POST", "c2bPayment/singleStage/", payment)),
  );

  const codes = replies.map((reply) => `${reply.status} ${reply.body["output_ResponseCode"]}`).sort();
  assert.deepEqual(codes, ["201 INS-0", ...Array<string>(19).fill("409 INS-10")]);
  assert.equal(await town.available("000000"), before + 10_00n);
});
