/** Delivery of Daraja's notifications: one attempt in the sandbox, then dead-lettered, and sent again on demand. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { msPerMinute } from "../../../src/core/clock.ts";
import { callControl } from "../../support/control.ts";
import { createDarajaClient, kenya, type DarajaTestClient } from "../../support/daraja.ts";
import { createTestListener, respondWith } from "../../support/listener.ts";
import { waitFor } from "../../support/prompts.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
let client: DarajaTestClient;
before(async () => {
  sandbox = await createTestSandbox();
  client = createDarajaClient(sandbox);
});
after(() => sandbox[Symbol.asyncDispose]());

interface Delivery {
  readonly state: string;
}

const listDeliveries = async (state: string): Promise<readonly Delivery[]> => {
  const { body } = await callControl(sandbox, "GET", `/markets/${kenya}/deliveries?state=${state}`);
  return body.deliveries as readonly Delivery[];
};

test("a callback that fails is dead-lettered after one attempt, and a person can send it again", async () => {
  await using listener = await createTestListener({ behaviour: respondWith(500) });
  const reply = await client.push({ CallBackURL: listener.url });
  const checkoutRequestId = String(reply.body["CheckoutRequestID"]);
  const [first] = await listener.waitForCallbacks(1);
  await waitFor("a dead-lettered delivery", async () => {
    const deliveries = await listDeliveries("dead_lettered");
    return deliveries.length > 0 ? deliveries : undefined;
  });
  const listed = await callControl(sandbox, "GET", `/markets/${kenya}/deliveries/${checkoutRequestId}`);
  assert.equal(listed.body.attempts.length, 1);
  assert.deepEqual(listed.body.body, first?.body);
  sandbox.clock.advance(30 * msPerMinute);

  listener.setBehaviour(respondWith(200));
  const resent = await callControl(
    sandbox,
    "POST",
    `/markets/${kenya}/deliveries/${String(reply.body["MerchantRequestID"])}/resend`,
  );
  assert(resent.status < 300, JSON.stringify(resent));
  const [, second] = await listener.waitForCallbacks(2);
  assert.equal(second?.text, first?.text);
  assert(second?.text.includes(checkoutRequestId));
  const payment = await callControl(sandbox, "GET", `/markets/${kenya}/payments/${checkoutRequestId}`);
  assert.equal(payment.body.status, "completed");
});

test("any response with a 2xx status acknowledges, whatever its body", async () => {
  await using listener = await createTestListener({ behaviour: respondWith(200, {}, "<html>thanks</html>") });
  await client.push({ CallBackURL: listener.url });
  await listener.waitForCallbacks(1);
  const delivery = await waitFor("the delivery", async () =>
    (await listDeliveries("delivered")).find(({ state }) => state === "delivered"),
  );
  assert.equal(delivery.state, "delivered");
});
