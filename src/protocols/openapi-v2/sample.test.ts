/** Every sample packet that we print is one that a reader can send. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openTown } from "../../../test/town/town.ts";
import { operations } from "./operations.ts";
import { sampleAnswer, samplePacket } from "./sample.ts";

test("each call's sample packet succeeds in Ghana, and its answer has the fields of the sample answer", async () => {
  await using town = await openTown();
  for (const operation of operations) {
    const packet = samplePacket(operation);
    const reply = await town.call(operation.method, `${operation.path}/`, packet, { market: "vodafoneGHA" });

    assert.equal(reply.body["output_ResponseCode"], operation.success.code, operation.product);
    assert.equal(reply.status, operation.success.status, operation.product);
    assert.deepEqual(Object.keys(reply.body), Object.keys(sampleAnswer(operation)), operation.product);
  }
});

test("each call's sample packet passes the expressions that are printed beside it", () => {
  for (const operation of operations) {
    for (const [name, { expression, example }] of Object.entries(operation.parameters)) {
      if (expression !== null) assert.match(example, expression, `${operation.product} ${name}`);
    }
  }
});
