/** What IPG v1's calls accept as the name of a payment: the table of docs/payment-names.md. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { operations } from "../../../src/protocols/ipg-v1/operations.ts";
import type { IpgV1Product } from "../../../src/protocols/ipg-v1/products.ts";
import { call, collect, getTransactionId } from "../../support/ipg-v1.ts";
import { readPageTable } from "../../support/page-tables.ts";
import { createTestSandbox, type Reply, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

/** The names of a payment, in the order of the page's columns. */
const nameGetters: readonly ((payment: Reply) => string)[] = [
  getTransactionId,
  ({ body }) => body["output_ConversationID"] ?? "",
  ({ body }) => body["output_ThirdPartyReference"] ?? "",
];

test("each call accepts the kinds of names that the page says", async () => {
  const rows = readPageTable("docs/payment-names.md", "Call of IPG v1");
  const withNames = operations.flatMap(({ product, parameters }) =>
    ["input_QueryReference", "input_TransactionID"]
      .filter((name) => name in parameters)
      .map((name) => `${product} ${name}`),
  );
  assert.deepEqual(rows.map(([product, field]) => `${product} ${field}`).toSorted(), withNames.toSorted());
  for (const [product = "", field = "", ...cells] of rows)
    for (const [column, getName] of nameGetters.entries()) {
      const payment = await collect(sandbox);
      const { body } = await call(sandbox, product as IpgV1Product, { [field]: getName(payment) });
      const expected = cells[column] === "yes" ? "INS-0" : cells[column];
      assert.equal(body["output_ResponseCode"], expected, `${product} ${field}, column ${column + 3}`);
    }
});

test("a platform id means its own payment, although a caller used it as a reference", async () => {
  const first = await collect(sandbox, { input_CustomerMSISDN: "258840000003" });
  const name = getTransactionId(first);
  await collect(sandbox, { input_ThirdPartyReference: name, input_CustomerMSISDN: "258850000006" });
  const { body } = await call(sandbox, "ipgV1QueryTransactionStatus", { input_QueryReference: name });
  assert.deepEqual(
    [body["output_TransactionID"], body["output_ResponseTransactionStatus"]],
    [name, "Completed"],
  );
});

test("an own reference that several calls used means the first that is open or completed", async () => {
  const input_ThirdPartyReference = "several1";
  await collect(sandbox, { input_ThirdPartyReference, input_CustomerMSISDN: "258850000006" });
  const payout = await call(sandbox, "ipgV1B2c", { input_ThirdPartyReference });
  const { body } = await call(sandbox, "ipgV1QueryTransactionStatus", {
    input_QueryReference: input_ThirdPartyReference,
  });
  assert.equal(body["output_TransactionID"], getTransactionId(payout));
});
