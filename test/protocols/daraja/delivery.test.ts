/** Delivery of Daraja's notifications: one attempt in the sandbox, then dead-lettered, and sent again on demand. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { msPerMinute } from "../../../src/core/clock.ts";
import { callControl } from "../../support/control.ts";
import { b2cV3 } from "../../../src/protocols/daraja/operations/b2c-v3.ts";
import {
  createDarajaClient,
  darajaCustomer,
  initiatorFields,
  kenya,
  type DarajaTestClient,
} from "../../support/daraja.ts";
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

test("a notification that is sent again has the balances after its payment, whatever was paid since", async () => {
  await using listener = await createTestListener({ behaviour: respondWith(500) });
  const initiator = initiatorFields(sandbox);
  const pay = (id: string) =>
    client.post(b2cV3.path, {
      OriginatorConversationID: id,
      InitiatorName: initiator.Initiator,
      SecurityCredential: initiator.SecurityCredential,
      CommandID: "BusinessPayment",
      Amount: 100,
      PartyA: "600000",
      PartyB: darajaCustomer,
      QueueTimeOutURL: listener.url,
      ResultURL: listener.url,
    });
  const names: string[] = [];
  for (const id of ["paid-first", "paid-later"]) {
    const { body } = await pay(id);
    names.push(String(body["ConversationID"]));
    await listener.waitForCallbacks(names.length);
  }
  const [first, second] = listener.received.map(({ text }) => text);
  assert.match(first ?? "", /"B2CUtilityAccountAvailableFunds","Value":9999900\.00/);
  assert.match(second ?? "", /"B2CUtilityAccountAvailableFunds","Value":9999800\.00/);

  listener.setBehaviour(respondWith(200));
  for (const [index, name] of names.entries()) {
    await callControl(sandbox, "POST", `/markets/${kenya}/deliveries/${name}/resend`);
    const received = await listener.waitForCallbacks(names.length + index + 1);
    assert.equal(received.at(-1)?.text, index === 0 ? first : second);
  }
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
