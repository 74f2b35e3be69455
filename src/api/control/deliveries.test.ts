/** Deliveries in the control API: listing, filtering, reading and resending callbacks. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { callControl } from "../../../test/support/control.ts";
import { respondWith, createTestListener, type Listener } from "../../../test/support/listener.ts";
import {
  createListeningApplication,
  waitForDelivery,
  type ListeningApplication,
} from "../../../test/support/callback-recorder.ts";
import { createTestSandbox, type Reply, type TestSandbox } from "../../../test/support/sandbox.ts";

let sandbox: TestSandbox;
let listener: Listener;
let shop: ListeningApplication;
before(async () => {
  sandbox = await createTestSandbox();
  listener = await createTestListener();
  shop = await createListeningApplication(sandbox, listener);
});
after(async () => {
  await sandbox[Symbol.asyncDispose]();
  await listener[Symbol.asyncDispose]();
});

const getConversationId = (reply: Reply): string => reply.body["output_ConversationID"] ?? "";

const listDeliveries = (query: string) =>
  callControl(sandbox, "GET", `/markets/vodacomTZN/deliveries${query}`);

const getConversationIds = (page: { deliveries: { conversationId: string }[] }) =>
  page.deliveries.map(({ conversationId }) => conversationId);

// 200

test("deliveries are listed newest first, page by page, and can be filtered", async () => {
  const delivered: string[] = [];
  for (let i = 0; i < 3; i += 1) delivered.unshift(getConversationId(await shop.collect()));
  for (const name of delivered) await waitForDelivery(sandbox, name, ({ state }) => state === "delivered");
  await using unavailable = await createTestListener({ behaviour: respondWith(503) });
  const other = await createListeningApplication(sandbox, unavailable);
  const open = getConversationId(await other.collect());
  await waitForDelivery(sandbox, open, ({ attempts }) => attempts.length === 1);

  const first = (await listDeliveries("?limit=3")).body;
  assert.deepEqual(getConversationIds(first), [open, delivered[0], delivered[1]]);
  const second = (await listDeliveries(`?limit=3&after=${first.next}`)).body;
  assert.deepEqual(getConversationIds(second), [delivered[2]]);
  assert.equal(second.next, null);
  assert.equal(first.deliveries[0].lastAttempt.failure, "It answered 503.");
  assert.equal(first.deliveries[1].lastAttempt.httpStatus, 200);

  assert.deepEqual(getConversationIds((await listDeliveries("?state=open")).body), [open]);
  assert.deepEqual(getConversationIds((await listDeliveries("?state=delivered")).body), delivered);
  assert.deepEqual(getConversationIds((await listDeliveries("?state=dead_lettered")).body), []);
  assert.deepEqual(getConversationIds((await listDeliveries(`?application=${other.id}`)).body), [open]);
  assert.deepEqual(getConversationIds((await listDeliveries(`?state=open&application=${shop.id}`)).body), []);
});

test("a delivery is found by both its ids, and its body has the same TransactionID", async () => {
  const name = getConversationId(await shop.collect());
  const byConversation = await waitForDelivery(sandbox, name, ({ state }) => state === "delivered");
  const byTransaction = await listDeliveries(`/${byConversation.transactionId}`);
  assert.deepEqual(byTransaction.body, byConversation);
  assert.equal(
    (byConversation.body as Record<string, unknown>)["input_TransactionID"],
    byConversation.transactionId,
  );
});

test("the callback secret of an application is created once, and shown with the token", async () => {
  const path = `/applications/${shop.id}/callback-secret`;
  const first = await callControl(sandbox, "GET", path);
  assert.equal(first.status, 200);
  assert.match(first.body.secret, /^whsec_/);
  assert.deepEqual((await callControl(sandbox, "GET", path)).body, first.body);
  const rotated = await callControl(sandbox, "POST", `${path}/rotate`, { overlapSeconds: 60 });
  assert.equal(rotated.body.retiring[0].secret, first.body.secret);
  assert.notEqual(rotated.body.secret, first.body.secret);
  const remainingMs = Date.parse(rotated.body.retiring[0].retiresAt) - Date.now();
  assert(remainingMs > 50_000 && remainingMs <= 60_000, `${remainingMs} ms`);
});

test("a callback carries at most five signatures, however often the secret is rotated", async () => {
  for (let i = 0; i < 8; i += 1)
    await callControl(sandbox, "POST", `/applications/${shop.id}/callback-secret/rotate`, {
      overlapSeconds: 3600,
    });
  const count = listener.received.length;
  await shop.collect();
  const received = (await listener.waitForCallbacks(count + 1)).at(-1);
  assert.equal(received?.headers["webhook-signature"]?.split(" ").length, 5);
});

// 400

test("an invalid parameter is named in the message", async () => {
  const table: [string, RegExp][] = [
    ["?limit=0", /^limit is not accepted/],
    ["?after=x", /^after is not a ConversationID/],
    ["?application=x", /^application is not accepted/],
    ["?state=lost", /^state must be one of: open, dead_lettered, delivered/],
  ];
  for (const [query, expected] of table) {
    const { status, body } = await listDeliveries(query);
    assert.equal(status, 400);
    assert.match(body.message, expected);
  }
  const rotation = await callControl(sandbox, "POST", `/applications/${shop.id}/callback-secret/rotate`, {
    overlapSeconds: 604_801,
  });
  assert.equal(rotation.status, 400);
  assert.match(rotation.body.message, /^overlapSeconds/);
});

// 404

test("a payment without a callback, and an unknown application, are not found", async () => {
  const withoutCallback = await sandbox.call("GET", "queryTransactionStatus/", {});
  for (const name of ["hv9ahxcg4ccv", "nonsense", getConversationId(withoutCallback)]) {
    for (const [method, path] of [
      ["GET", `/markets/vodacomTZN/deliveries/${name}`],
      ["POST", `/markets/vodacomTZN/deliveries/${name}/resend`],
    ] as const) {
      assert.equal((await callControl(sandbox, method, path)).status, 404, `${method} ${path}`);
    }
  }
  assert.equal((await callControl(sandbox, "GET", "/applications/999999/callback-secret")).status, 404);
});
