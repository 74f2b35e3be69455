/** Pull delivery in the control API: collecting results and recording their outcomes. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { msPerMinute, msPerSecond } from "../../core/clock.ts";
import { assertInvariantsHold } from "../../../test/support/ledger-proof.ts";
import { advanceClock } from "../../../test/support/clock.ts";
import { callControl } from "../../../test/support/control.ts";
import { createTestListener } from "../../../test/support/listener.ts";
import { createTestCustomer } from "../../../test/support/payments.ts";
import { answerPrompt, waitForPrompt } from "../../../test/support/prompts.ts";
import {
  getCallbacks,
  getDelivery,
  createListeningApplication,
  waitForDelivery,
  type ListeningApplication,
} from "../../../test/support/callback-recorder.ts";
import {
  createTestSandbox,
  createReference,
  type Reply,
  type TestSandbox,
} from "../../../test/support/sandbox.ts";
import { createTestApplication } from "../../../test/support/application.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox({ sandboxClock: true });
});
after(async () => {
  await assertInvariantsHold(sandbox.databaseAddress);
  await sandbox[Symbol.asyncDispose]();
});

interface Delivery {
  readonly market: string;
  readonly conversationId: string;
  readonly attempt: number;
  readonly url: string | null;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly receipt: string;
}

const getConversationId = (reply: Reply): string => reply.body["output_ConversationID"] ?? "";
const toRelayPath = ({ id }: Pick<ListeningApplication, "id">) => `/applications/${id}/relay`;
const startPull = (shop: Pick<ListeningApplication, "id">) => callControl(sandbox, "POST", toRelayPath(shop));
const stopPull = (shop: Pick<ListeningApplication, "id">) =>
  callControl(sandbox, "DELETE", toRelayPath(shop));

async function collect(shop: Pick<ListeningApplication, "id">, body: object = {}): Promise<Delivery[]> {
  const { status, body: response } = await callControl(sandbox, "POST", `${toRelayPath(shop)}/collect`, body);
  assert.equal(status, 200, JSON.stringify(response));
  return response.deliveries;
}

const record = (
  shop: Pick<ListeningApplication, "id">,
  { market, conversationId, receipt }: Delivery,
  result: object,
) =>
  callControl(sandbox, "POST", `${toRelayPath(shop)}/record`, {
    market,
    conversationId,
    receipt,
    tookMs: 5,
    ...result,
  });

const acknowledgement = ({ conversationId }: Delivery) => ({
  httpStatus: 200,
  answer: JSON.stringify({ output_OriginalConversationID: conversationId, output_ResponseCode: "0" }),
});

const getConversationIds = (deliveries: readonly Delivery[]): string[] =>
  deliveries.map(({ conversationId }) => conversationId);

/** Creates an application with pull delivery; by default without a response URL. */
async function createPullShop(url: string | null = null): Promise<ListeningApplication> {
  const shop = await createListeningApplication(sandbox, { url });
  assert.equal((await startPull(shop)).status, 200);
  return shop;
}

const reversePayment = (
  { bearer }: ListeningApplication,
  transactionId: string,
  change: object = {},
): Promise<Reply> =>
  sandbox.call(
    "PUT",
    "reversal/",
    {
      input_Country: "TZN",
      input_ServiceProviderCode: "000000",
      input_TransactionID: transactionId,
      input_ThirdPartyConversationID: createReference(),
      ...change,
    },
    { bearer },
  );

/** Makes all leases expire. */
const expireLeases = () => sandbox.sql()`update deliveries set lease_until = clock_timestamp()`;

test("a request is acknowledged, and its result is collected as it would be posted", async () => {
  const shop = await createPullShop();
  const reply = await shop.collect();
  assert.equal(reply.body["output_TransactionID"], undefined);
  const [delivery, ...more] = await collect(shop, { waitSeconds: 5, most: 8 });
  assert(delivery !== undefined && more.length === 0);
  assert.equal(delivery.conversationId, getConversationId(reply));
  assert.equal(delivery.url, null);
  const { secret } = (await callControl(sandbox, "GET", `/applications/${shop.id}/callback-secret`)).body;
  const body = new Webhook(secret).verify(delivery.body, delivery.headers) as Record<string, string>;
  assert.equal(body["input_ResultCode"], "INS-0");
  assert.equal(delivery.headers["webhook-id"], `msg_${getConversationId(reply)}`);
  assert.deepEqual(await collect(shop), [], "it has a lease");

  const { body: recorded } = await record(shop, delivery, acknowledgement(delivery));
  assert.deepEqual(recorded, {
    outcome: "delivered",
    failure: null,
    flag: null,
    nextAt: null,
    nextInSeconds: null,
  });
  const stored = await getDelivery(sandbox, getConversationId(reply));
  assert.equal(stored.state, "delivered");
  assert.equal(stored.url, "relay:");
  assert.deepEqual(
    stored.attempts.map(({ attempt, httpStatus }: { attempt: number; httpStatus: number }) => [
      attempt,
      httpStatus,
    ]),
    [[1, 200]],
  );
});

test("a waiting request returns when a result is due", async () => {
  const shop = await createPullShop();
  const pending = collect(shop, { waitSeconds: 20 });
  const reply = await shop.collect();
  assert.deepEqual(getConversationIds(await pending), [getConversationId(reply)]);
});

test("a result that was not acknowledged is retried on the schedule, and not before Retry-After", async () => {
  const shop = await createPullShop();
  const name = getConversationId(await shop.collect());
  const [first] = await collect(shop, { waitSeconds: 5 });
  assert(first !== undefined);
  const { body } = await record(shop, first, {
    httpStatus: 503,
    retryAfterSeconds: 60,
    answer: "255750000001",
  });
  assert.equal(body.outcome, "failed");
  assert(body.nextInSeconds > 55 && body.nextInSeconds <= 60, `${body.nextInSeconds} s`);
  const { attempts, dueAt } = await getDelivery(sandbox, name);
  assert.equal(attempts[0].failure, "It answered 503.");
  assert.equal(attempts[0].answer, "2557****0001");
  assert.equal(Date.parse(dueAt) - Date.parse(attempts[0].businessAt), msPerMinute);
  assert.deepEqual(await collect(shop), []);

  const { events } = await advanceClock(sandbox, 61);
  assert.deepEqual(events, [], "the clock does not wait for results to be collected");
  const [secondAttempt] = await collect(shop, { waitSeconds: 5 });
  assert.equal(secondAttempt?.attempt, 2);
  await record(shop, secondAttempt, { httpStatus: null, failure: "Connection refused." });
  assert.deepEqual(await collect(shop), []);

  assert.equal((await startPull(shop)).body.waiting, 1);
  const [third] = await collect(shop);
  assert.equal(third?.attempt, 3, "restarting pull delivery makes it due at once");
  const flagged = (await record(shop, third, { httpStatus: 202 })).body;
  assert.equal(flagged.outcome, "delivered_with_warning");
  assert.equal(flagged.flag, "The response has no body.");
});

test("results of one payment are collected in order", async () => {
  const shop = await createPullShop();
  const paid = getConversationId(await shop.collect());
  const { transactionId } = await getDelivery(sandbox, paid);
  const reversed = await reversePayment(shop, transactionId);
  const [first, ...more] = await collect(shop, { most: 8, waitSeconds: 5 });
  assert(first !== undefined && more.length === 0);
  assert.equal(first.conversationId, paid);
  await record(shop, first, acknowledgement(first));
  assert.deepEqual(getConversationIds(await collect(shop, { waitSeconds: 5 })), [
    getConversationId(reversed),
  ]);
});

test("after its lease expires, a result can be collected again, and the first receipt is invalid", async () => {
  const shop = await createPullShop();
  await shop.collect();
  const [ownDelivery] = await collect(shop, { waitSeconds: 5 });
  assert(ownDelivery !== undefined);
  await expireLeases();
  const [takenOver] = await collect(shop, { waitSeconds: 5 });
  assert(takenOver !== undefined);
  assert.equal(takenOver.attempt, 1, "collecting without recording is not an attempt");
  assert.equal((await record(shop, ownDelivery, { httpStatus: 500 })).status, 409);
  assert.equal((await record(shop, takenOver, acknowledgement(takenOver))).body.outcome, "delivered");
  assert.equal((await record(shop, takenOver, acknowledgement(takenOver))).status, 409);
});

test("two clients collect different results", async () => {
  const shop = await createPullShop();
  const replies = await Promise.all([shop.collect(), shop.collect(), shop.collect()]);
  const pulled = await Promise.all([
    collect(shop, { waitSeconds: 5, most: 2 }),
    collect(shop, { waitSeconds: 5, most: 2 }),
  ]);
  const receivedIds = [...getConversationIds(pulled.flat()), ...getConversationIds(await collect(shop))];
  assert.equal(receivedIds.length, 3);
  assert.deepEqual(new Set(receivedIds), new Set(replies.map(getConversationId)));
});

test("the response URL of a request is returned, and not called", async () => {
  await using defaultListener = await createTestListener();
  await using namedListener = await createTestListener();
  const shop = await createPullShop(defaultListener.url);
  const name = getConversationId(await shop.collect({ input_ResponseURL: namedListener.url }));
  const own = getConversationId(await shop.collect());
  const collected = await collect(shop, { waitSeconds: 5, most: 8 });
  const urls = new Map(collected.map(({ conversationId, url }) => [conversationId, url]));
  assert.deepEqual([urls.get(name), urls.get(own)], [namedListener.url, defaultListener.url]);
  assert.equal((await getDelivery(sandbox, name)).url, `relay:${namedListener.url}`);
  const wrong = await shop.collect({ input_ResponseURL: "relay:" });
  assert.equal(wrong.body["output_ResponseCode"], "INS-21", "a request cannot use a relay: URL");
  for (const delivery of collected) await record(shop, delivery, acknowledgement(delivery));
  assert.deepEqual([defaultListener.received.length, namedListener.received.length], [0, 0]);
});

test("after pull delivery stops, waiting and later results are posted to their URLs", async () => {
  await using defaultListener = await createTestListener();
  await using namedListener = await createTestListener();
  const shop = await createPullShop(defaultListener.url);
  const msisdn = await createTestCustomer(sandbox, { answer: "ask" });
  const prompted = getConversationId(await shop.collect({ input_CustomerMSISDN: msisdn }));
  const own = getConversationId(await shop.collect());
  const failing = getConversationId(await shop.collect({ input_ResponseURL: namedListener.url }));
  for (const delivery of await collect(shop, { waitSeconds: 5, most: 8 }))
    await record(shop, delivery, { httpStatus: 500 });

  assert.equal((await stopPull(shop)).body.waiting, 0);
  await defaultListener.waitForCallbacks(1);
  await namedListener.waitForCallbacks(1);
  const delivered = await waitForDelivery(sandbox, failing, ({ state }) => state === "delivered");
  assert.equal(delivered.url, namedListener.url);
  assert.deepEqual(
    delivered.attempts.map(({ attempt, url }: { attempt: number; url: string }) => [attempt, url]),
    [
      [1, `relay:${namedListener.url}`],
      [1, namedListener.url],
    ],
    "its schedule restarted",
  );
  await answerPrompt(sandbox, await waitForPrompt(sandbox, msisdn), "approve");
  const received = (await defaultListener.waitForCallbacks(2)).map(
    ({ body }) => body["input_OriginalConversationID"],
  );
  assert.deepEqual(received, [own, prompted]);
  assert.equal((await callControl(sandbox, "POST", `${toRelayPath(shop)}/collect`, {})).status, 409);
});

test("a result without a URL waits until pull delivery starts again, and meanwhile requests return their results", async () => {
  const shop = await createPullShop();
  const name = getConversationId(await shop.collect());
  assert.equal((await stopPull(shop)).body.waiting, 1);
  const reply = await shop.collect();
  assert.notEqual(reply.body["output_TransactionID"], undefined, "the response contains the result");
  await startPull(shop);
  assert.deepEqual(getConversationIds(await collect(shop)), [name]);
});

test("a result that waits to be collected blocks neither posted results nor the clock", async () => {
  await using listener = await createTestListener();
  const shop = await createPullShop();
  const paid = getConversationId(await shop.collect());
  const { transactionId } = await getDelivery(sandbox, paid);
  await stopPull(shop);
  const reversed = await reversePayment(shop, transactionId, { input_ResponseURL: listener.url });
  await waitForDelivery(sandbox, getConversationId(reversed), ({ state }) => state === "delivered");
  const startedAt = performance.now();
  await advanceClock(sandbox, 3600);
  assert(performance.now() - startedAt < 5 * msPerSecond);
  assert.equal((await getDelivery(sandbox, paid)).state, "open");
  const { oldestDueAt } = await getCallbacks(sandbox).state();
  assert.equal(oldestDueAt, null, "results that wait to be collected are not counted as overdue");
});

test("pull delivery continues after a snapshot is restored", async () => {
  const shop = await createListeningApplication(sandbox, { url: null });
  await callControl(sandbox, "POST", "/snapshots", { name: "before" });
  await startPull(shop);
  assert.equal((await callControl(sandbox, "POST", "/snapshots/before/restore")).status, 200);
  sandbox.forgetSession();
  const { applications } = (await callControl(sandbox, "GET", "/applications")).body;
  const application = applications.find(({ id }: { id: string }) => id === shop.id.toString());
  assert.equal(application.relay, true);
  assert.deepEqual(await collect(shop), []);
});

test("only sandbox applications can use pull delivery, and only with the token", async () => {
  const live = await createTestApplication(sandbox, { environment: "live", shortcodes: ["000000"] });
  for (const id of [live.id.toString(), "999999", "x"]) {
    assert.equal((await callControl(sandbox, "POST", `/applications/${id}/relay`)).status, 404, id);
    assert.equal(
      (await callControl(sandbox, "POST", `/applications/${id}/relay/collect`, {})).status,
      404,
      id,
    );
  }
  const { main } = sandbox.stores;
  await assert.rejects(
    main`update applications set pull_delivery = true where id = ${live.id}`,
    /applications_pull_delivery_check/,
  );
  const shop = await createPullShop();
  const denied = await callControl(sandbox, "POST", `${toRelayPath(shop)}/collect`, {}, { token: "wrong" });
  assert.equal(denied.status, 401);
  // A receipt of another application is not accepted.
  await shop.collect();
  const [ownDelivery] = await collect(shop, { waitSeconds: 5 });
  assert(ownDelivery !== undefined);
  const other = await createPullShop();
  assert.equal((await record(other, ownDelivery, acknowledgement(ownDelivery))).status, 409);
  const odd = await record(shop, ownDelivery, { httpStatus: 200, answer: "a\u0000b", flag: "\u001b[31m" });
  assert.equal(odd.body.outcome, "delivered_with_warning");
  assert.equal((await record(shop, { ...ownDelivery, receipt: "now()" }, {})).status, 400);
});
