/** Every sample packet that we print is one that a reader can send. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestSandbox } from "../../../test/support/sandbox.ts";
import { operations } from "./operations.ts";
import { exampleResponse, examplePayload } from "./example-payloads.ts";

test("each call's sample packet succeeds in Ghana, and its answer has the fields of the sample answer", async () => {
  await using sandbox = await createTestSandbox();
  for (const operation of operations) {
    const payload = examplePayload(operation);
    const response = await sandbox.call(operation.method, `${operation.path}/`, payload, {
      market: "vodafoneGHA",
    });

    assert.equal(response.body["output_ResponseCode"], operation.success.code, operation.product);
    assert.equal(response.status, operation.success.status, operation.product);
    assert.deepEqual(Object.keys(response.body), Object.keys(exampleResponse(operation)), operation.product);
  }
});

test("each call's sample packet passes the expressions that are printed beside it", () => {
  for (const operation of operations) {
    for (const [name, { expression, example }] of Object.entries(operation.parameters)) {
      if (expression !== null) assert.match(example, expression, `${operation.product} ${name}`);
    }
  }
});
