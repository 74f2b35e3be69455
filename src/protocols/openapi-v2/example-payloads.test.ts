/** Every documented example request can be sent. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestSandbox } from "../../../test/support/sandbox.ts";
import { operations } from "./operations.ts";
import { exampleResponse, examplePayload } from "./example-payloads.ts";

test("each call's example request succeeds in Ghana, and the response has the fields of the example response", async () => {
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

test("each call's example request matches the documented expressions", () => {
  for (const operation of operations) {
    for (const [name, { expression, example }] of Object.entries(operation.parameters)) {
      if (expression !== null) assert.match(example, expression, `${operation.product} ${name}`);
    }
  }
});
