/** STK push and its query: acknowledgement, callback, and every documented result. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createDarajaClient, registerShortcodes, type DarajaTestClient } from "../../support/daraja.ts";
import { createTestListener } from "../../support/listener.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
let client: DarajaTestClient;
before(async () => {
  sandbox = await createTestSandbox();
  await registerShortcodes(sandbox, [{ shortcode: "174379", name: "Daraja sandbox" }]);
  client = createDarajaClient(sandbox);
});
after(() => sandbox[Symbol.asyncDispose]());

test("a push is acknowledged, and a customer who approves pays it", async () => {
  await using listener = await createTestListener();
  const reply = await client.push({ CallBackURL: listener.url });
  assert.equal(reply.status, 200, reply.text);
  assert.match(
    reply.text,
    /^\{"MerchantRequestID":"[0-9a-f-]{33}","CheckoutRequestID":"ws_CO_\d{17}708374149","ResponseCode":"0","ResponseDescription":"Success. Request accepted for processing","CustomerMessage":"Success. Request accepted for processing"\}$/,
  );
  const [callback] = await listener.waitForCallbacks(1);
  console.log(callback?.text);
  const query = await client.query(reply.body["CheckoutRequestID"]);
  console.log(query.text);
});
