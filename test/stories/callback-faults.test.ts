/** Faults that a test switches on: the next callbacks are lost, or sent twice. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { answerWith, createMerchant, getKenyanPayments, kenya, startPayment } from "../support/c2b.ts";
import { createListeningApplication, waitForDelivery } from "../support/callback-recorder.ts";
import { callControl } from "../support/control.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import { createTestListener } from "../support/listener.ts";
import { createTestCustomer } from "../support/payments.ts";
import { waitFor } from "../support/prompts.ts";
import { createTestSandbox, type TestSandbox } from "../support/sandbox.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(async () => {
  await assertInvariantsHold(sandbox.databaseAddress);
  await sandbox[Symbol.asyncDispose]();
});

const setFault = async (kind: string, times?: number, market = kenya) => {
  const body = times === undefined ? { kind } : { kind, times };
  const response = await callControl(sandbox, "POST", `/markets/${market}/faults`, body);
  assert.equal(response.status, 200, JSON.stringify(response.body));
  return response.body.faults;
};

const getFaults = async (market = kenya) =>
  (await callControl(sandbox, "GET", `/markets/${market}/faults`)).body.faults;

/** The delivery of a payment's confirmation, when it is no longer open. */
const waitForEnd = (id: bigint) => {
  const name = getKenyanPayments(sandbox).context.publicIds.receipt(id);
  return waitFor("the end of a delivery", async () => {
    const { body } = await callControl(sandbox, "GET", `/markets/${kenya}/deliveries/${name}`);
    return body.state === "open" ? undefined : body;
  });
};

test("a lost confirmation is never sent, and can be resent", async () => {
  await using listener = await createTestListener({ behaviour: answerWith({ ResultCode: 0 }) });
  const organisation = await createMerchant(sandbox, { confirmationUrl: listener.url });
  const msisdn = await createTestCustomer(sandbox, { market: kenya });
  assert.deepEqual(await setFault("lose"), [{ kind: "lose", remaining: 1 }]);

  const lost = await startPayment(sandbox, { msisdn, organisation, account: "lost" });
  const delivery = await waitForEnd(lost.id);
  assert.equal(delivery.state, "dead_lettered", "Daraja sends once in the sandbox");
  assert.match(delivery.attempts[0].failure, /lost on its way/);
  assert.equal(delivery.attempts[0].httpStatus, null);
  assert.deepEqual(await getFaults(), []);

  // The next one is not lost, so the lost one would have arrived before.
  await startPayment(sandbox, { msisdn, organisation, account: "next" });
  const [first] = await listener.waitForCallbacks(1);
  assert.equal(first?.body["BillRefNumber"], "next");
  await callControl(sandbox, "POST", `/markets/${kenya}/deliveries/${delivery.transactionId}/resend`);
  assert.equal((await listener.waitForCallbacks(2)).at(-1)?.body["BillRefNumber"], "lost");
});

test("a confirmation that is sent twice has the same content and the same id, and two attempts", async () => {
  await using listener = await createTestListener({ behaviour: answerWith({ ResultCode: 0 }) });
  const organisation = await createMerchant(sandbox, { confirmationUrl: listener.url });
  const msisdn = await createTestCustomer(sandbox, { market: kenya });
  await setFault("twice");
  const { id } = await startPayment(sandbox, { msisdn, organisation });
  const [one, two] = await listener.waitForCallbacks(2);
  assert.equal(one?.text, two?.text);
  assert.equal(one?.headers["webhook-id"], two?.headers["webhook-id"]);
  const { state, attempts } = await waitForEnd(id);
  assert.deepEqual(
    [state, attempts.map(({ attempt, failure }: { attempt: number; failure: null }) => [attempt, failure])],
    [
      "delivered",
      [
        [1, null],
        [2, null],
      ],
    ],
  );
  await startPayment(sandbox, { msisdn, organisation });
  assert.equal((await listener.waitForCallbacks(3)).length, 3, "only the next one was sent twice");
});

test("a fault applies as often as it says, and zero ends it", async () => {
  await using listener = await createTestListener({ behaviour: answerWith({ ResultCode: 0 }) });
  const organisation = await createMerchant(sandbox, { confirmationUrl: listener.url });
  const msisdn = await createTestCustomer(sandbox, { market: kenya });
  await setFault("lose", 2);
  await setFault("twice", 5);
  assert.deepEqual(await getFaults(), [
    { kind: "lose", remaining: 2 },
    { kind: "twice", remaining: 5 },
  ]);
  const payments = [];
  for (let i = 0; i < 3; i += 1) {
    const { id } = await startPayment(sandbox, { msisdn, organisation });
    payments.push((await waitForEnd(id)).state);
  }
  assert.deepEqual(payments, ["dead_lettered", "dead_lettered", "delivered"]);
  assert.equal(listener.received.length, 2);
  assert.deepEqual(await setFault("twice", 0), []);
});

test("of many callbacks at once, exactly as many are lost", async () => {
  await using listener = await createTestListener({ behaviour: answerWith({ ResultCode: 0 }) });
  const organisation = await createMerchant(sandbox, { confirmationUrl: listener.url });
  const msisdn = await createTestCustomer(sandbox, { market: kenya, amountMinor: 1_000_00n });
  await setFault("lose", 7);
  const started = await Promise.all(
    Array.from({ length: 40 }, () => startPayment(sandbox, { msisdn, organisation })),
  );
  const states = await Promise.all(started.map(async ({ id }) => (await waitForEnd(id)).state));
  assert.equal(states.filter((state) => state === "dead_lettered").length, 7);
  assert.equal(listener.received.length, 33);
});

test("a lost callback of a protocol with retries arrives later, and other markets have no faults", async () => {
  await using listener = await createTestListener();
  const application = await createListeningApplication(sandbox, listener);
  await setFault("lose");
  const undisturbed = await application.collect();
  await waitForDelivery(
    sandbox,
    undisturbed.body["output_ConversationID"] ?? "",
    ({ state }) => state === "delivered",
  );
  await setFault("lose", 0);

  await setFault("lose", 1, "vodacomTZN");
  const lost = await application.collect();
  const name = lost.body["output_ConversationID"] ?? "";
  const delivery = await waitForDelivery(sandbox, name, ({ attempts }) => attempts.length === 1);
  assert.deepEqual([delivery.state, listener.received.length], ["open", 1]);
  sandbox.clock.advance(60_000);
  await waitForDelivery(sandbox, name, ({ state }) => state === "delivered");
  assert.equal(listener.received.length, 2);
});

test("an invalid fault is named", async () => {
  for (const [body, expected] of [
    [{ kind: "delay" }, /^kind must be one of: lose, twice/],
    [{ kind: "lose", times: -1 }, /^times/],
    [{ kind: "lose", times: 1001 }, /^times/],
    [{}, /^kind/],
  ] as const) {
    const response = await callControl(sandbox, "POST", `/markets/${kenya}/faults`, body);
    assert.equal(response.status, 400);
    assert.match(response.body.message, expected);
  }
});
