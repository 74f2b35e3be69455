/** What a sender probably meant: names that resemble the amount of a reversal, and bodies that cannot be read. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  bearer,
  call,
  collect,
  getTransactionId,
  pathTo,
  readLastRequest,
  summarise,
} from "../../support/ipg-v1.ts";
import { findOperation } from "../../../src/protocols/ipg-v1/operations.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

test("a name that resembles the amount of a reversal is refused, so that a part is never the whole", async () => {
  const payment = getTransactionId(await collect(sandbox, { input_Amount: "100" }));
  const before = await sandbox.getAvailable("171717", "vodacomMOZ");
  for (const name of ["input_amount", "input_reversalAmount", "input_ReversalAmont"]) {
    const reply = await call(sandbox, "ipgV1Reversal", {
      input_TransactionID: payment,
      input_ReversalAmount: undefined,
      [name]: "5",
    });
    assert.equal(summarise(reply), "400 INS-21", name);
    assert.match((await readLastRequest(sandbox)).decision, /is input_ReversalAmount meant/);
  }
  assert.equal(await sandbox.getAvailable("171717", "vodacomMOZ"), before);
});

test("an empty other name of a parameter counts as absent", async () => {
  const reply = await call(sandbox, "ipgV1B2b", { input_ServiceProviderCode: "" });
  assert.equal(summarise(reply), "201 INS-0");
});

test("a body that is too long gets the INS fields, and is in the log", async () => {
  const operation = findOperation("ipgV1C2b");
  const reply = await sandbox.raw("POST", pathTo(operation), {
    bearer: bearer(sandbox),
    body: JSON.stringify({ input_ThirdPartyReference: "x".repeat(70_000) }),
  });
  assert.equal(summarise(reply), "400 INS-21");
  assert.match((await readLastRequest(sandbox)).decision, /longer than 64 KB/);
});
