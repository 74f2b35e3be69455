/** Collecting results instead of having them posted: what whoever collects is given, and what becomes of it. */
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

/** An application whose results are collected; it has no response URL of its own if nothing is said. */
async function openPullShop(url: string | null = null): Promise<ListeningApplication> {
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

/** As if the lease of whoever collected it had passed. */
const expireLeases = () => sandbox.sql()`update deliveries set lease_until = clock_timestamp()`;

test("a call is acknowledged, and its result is collected as it would be posted", async () => {
  const shop = await openPullShop();
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
  assert.deepEqual(await collect(shop), [], "it is in somebody's hands");

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

test("whoever waits is answered when a result comes", async () => {
  const shop = await openPullShop();
  const pending = collect(shop, { waitSeconds: 20 });
  const reply = await shop.collect();
  assert.deepEqual(getConversationIds(await pending), [getConversationId(reply)]);
});

test("what was not acknowledged is tried again on the schedule, and its listener is asked for no more than that", async () => {
  const shop = await openPullShop();
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
  assert.deepEqual(events, [], "nobody collected it on the way, and nobody waited for that");
  const [second_] = await collect(shop, { waitSeconds: 5 });
  assert.equal(second_?.attempt, 2);
  await record(shop, second_, { httpStatus: null, failure: "Nobody listens there." });
  assert.deepEqual(await collect(shop), []);

  assert.equal((await startPull(shop)).body.waiting, 1);
  const [third] = await collect(shop);
  assert.equal(third?.attempt, 3, "whoever comes back gets it at once");
  const flagged = (await record(shop, third, { httpStatus: 202 })).body;
  assert.equal(flagged.outcome, "delivered_with_warning");
  assert.equal(flagged.flag, "The answer has no body.");
});

test("what is told of one payment is collected in order", async () => {
  const shop = await openPullShop();
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

test("whoever collected and was not heard of again loses it to the next, and changes nothing by coming late", async () => {
  const shop = await openPullShop();
  await shop.collect();
  const [ownDelivery] = await collect(shop, { waitSeconds: 5 });
  assert(ownDelivery !== undefined);
  await expireLeases();
  const [takenOver] = await collect(shop, { waitSeconds: 5 });
  assert(takenOver !== undefined);
  assert.equal(takenOver.attempt, 1, "nobody's answer is no attempt");
  assert.equal((await record(shop, ownDelivery, { httpStatus: 500 })).status, 409);
  assert.equal((await record(shop, takenOver, acknowledgement(takenOver))).body.outcome, "delivered");
  assert.equal((await record(shop, takenOver, acknowledgement(takenOver))).status, 409);
});

test("two who collect get different ones", async () => {
  const shop = await openPullShop();
  const replies = await Promise.all([shop.collect(), shop.collect(), shop.collect()]);
  const pulled = await Promise.all([
    collect(shop, { waitSeconds: 5, most: 2 }),
    collect(shop, { waitSeconds: 5, most: 2 }),
  ]);
  const receivedIds = [...getConversationIds(pulled.flat()), ...getConversationIds(await collect(shop))];
  assert.equal(receivedIds.length, 3);
  assert.deepEqual(new Set(receivedIds), new Set(replies.map(getConversationId)));
});

test("a URL that a request names is shown to whoever collects, and not called", async () => {
  await using defaultListener = await createTestListener();
  await using namedListener = await createTestListener();
  const shop = await openPullShop(defaultListener.url);
  const name = getConversationId(await shop.collect({ input_ResponseURL: namedListener.url }));
  const own = getConversationId(await shop.collect());
  const collected = await collect(shop, { waitSeconds: 5, most: 8 });
  const urls = new Map(collected.map(({ conversationId, url }) => [conversationId, url]));
  assert.deepEqual([urls.get(name), urls.get(own)], [namedListener.url, defaultListener.url]);
  assert.equal((await getDelivery(sandbox, name)).url, `relay:${namedListener.url}`);
  const wrong = await shop.collect({ input_ResponseURL: "relay:" });
  assert.equal(wrong.body["output_ResponseCode"], "INS-21", "no request can ask for it");
  for (const delivery of collected) await record(shop, delivery, acknowledgement(delivery));
  assert.deepEqual([defaultListener.received.length, namedListener.received.length], [0, 0]);
});

test("at the end everything goes where it would have gone, also what was asked for before and ends later", async () => {
  await using defaultListener = await createTestListener();
  await using namedListener = await createTestListener();
  const shop = await openPullShop(defaultListener.url);
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
    "its schedule began anew",
  );
  await answerPrompt(sandbox, await waitForPrompt(sandbox, msisdn), "approve");
  const received = (await defaultListener.waitForCallbacks(2)).map(
    ({ body }) => body["input_OriginalConversationID"],
  );
  assert.deepEqual(received, [own, prompted]);
  assert.equal((await callControl(sandbox, "POST", `${toRelayPath(shop)}/collect`, {})).status, 409);
});

test("what has nowhere else to go waits until somebody collects again, and calls answer themselves meanwhile", async () => {
  const shop = await openPullShop();
  const name = getConversationId(await shop.collect());
  assert.equal((await stopPull(shop)).body.waiting, 1);
  const reply = await shop.collect();
  assert.notEqual(reply.body["output_TransactionID"], undefined, "it answers with the result itself");
  await startPull(shop);
  assert.deepEqual(getConversationIds(await collect(shop)), [name]);
});

test("what waits to be collected holds up nothing that is posted, nor a clock that is moved", async () => {
  await using listener = await createTestListener();
  const shop = await openPullShop();
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
  assert.equal(oldestDueAt, null, "nobody is woken for what waits for a laptop");
});

test("whoever listens goes on listening to a town that is restored", async () => {
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

test("only the sandbox's applications, and only with the token", async () => {
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
    main`update applications set relay = true where id = ${live.id}`,
    /applications_relay_check/,
  );
  const shop = await openPullShop();
  const denied = await callControl(sandbox, "POST", `${toRelayPath(shop)}/collect`, {}, { token: "wrong" });
  assert.equal(denied.status, 401);
  // Somebody else's receipt, another application's path: nothing is given away, and nothing changed.
  await shop.collect();
  const [ownDelivery] = await collect(shop, { waitSeconds: 5 });
  assert(ownDelivery !== undefined);
  const other = await openPullShop();
  assert.equal((await record(other, ownDelivery, acknowledgement(ownDelivery))).status, 409);
  const odd = await record(shop, ownDelivery, { httpStatus: 200, answer: "a\u0000b", flag: "\u001b[31m" });
  assert.equal(odd.body.outcome, "delivered_with_warning");
  assert.equal((await record(shop, { ...ownDelivery, receipt: "now()" }, {})).status, 400);
});
