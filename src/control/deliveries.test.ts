/** Deliveries by the control API: found by name, by state and by application, and told again. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { control } from "../../test/town/control.ts";
import { answerWith, openListener, type Listener } from "../../test/town/listener.ts";
import { openShop, untilDelivery, type Shop } from "../../test/town/told.ts";
import { openTown, type Reply, type Town } from "../../test/town/town.ts";

let town: Town;
let listener: Listener;
let shop: Shop;
before(async () => {
  town = await openTown();
  listener = await openListener();
  shop = await openShop(town, listener);
});
after(async () => {
  await town[Symbol.asyncDispose]();
  await listener[Symbol.asyncDispose]();
});

const nameOf = (reply: Reply): string => reply.body["output_ConversationID"] ?? "";

const deliveries = (query: string) => control(town, "GET", `/markets/vodacomTZN/deliveries${query}`);

const names = (page: { deliveries: { conversationId: string }[] }) =>
  page.deliveries.map(({ conversationId }) => conversationId);

// 200

test("the newest come first, page by page, and each filter leaves out the others", async () => {
  const told: string[] = [];
  for (let i = 0; i < 3; i += 1) told.unshift(nameOf(await shop.collects()));
  for (const name of told) await untilDelivery(town, name, ({ state }) => state === "told");
  await using away = await openListener({ behaviour: answerWith(503) });
  const other = await openShop(town, away);
  const open = nameOf(await other.collects());
  await untilDelivery(town, open, ({ attempts }) => attempts.length === 1);

  const first = (await deliveries("?limit=3")).body;
  assert.deepEqual(names(first), [open, told[0], told[1]]);
  const second = (await deliveries(`?limit=3&after=${first.next}`)).body;
  assert.deepEqual(names(second), [told[2]]);
  assert.equal(second.next, null);
  assert.equal(first.deliveries[0].lastAttempt.failure, "It answered 503.");
  assert.equal(first.deliveries[1].lastAttempt.httpStatus, 200);

  assert.deepEqual(names((await deliveries("?state=open")).body), [open]);
  assert.deepEqual(names((await deliveries("?state=told")).body), told);
  assert.deepEqual(names((await deliveries("?state=parked")).body), []);
  assert.deepEqual(names((await deliveries(`?application=${other.id}`)).body), [open]);
  assert.deepEqual(names((await deliveries(`?state=open&application=${shop.id}`)).body), []);
});

test("a message is found by both of its names, and the TransactionID is the one that it tells", async () => {
  const name = nameOf(await shop.collects());
  const byConversation = await untilDelivery(town, name, ({ state }) => state === "told");
  const byTransaction = await deliveries(`/${byConversation.transactionId}`);
  assert.deepEqual(byTransaction.body, byConversation);
  assert.equal(byConversation.body.input_TransactionID, byConversation.transactionId);
});

test("the secret of an application is made once, and shown to whoever has the token", async () => {
  const path = `/applications/${shop.id}/callback-secret`;
  const first = await control(town, "GET", path);
  assert.equal(first.status, 200);
  assert.match(first.body.secret, /^whsec_/);
  assert.deepEqual((await control(town, "GET", path)).body, first.body);
  const rotated = await control(town, "POST", `${path}/rotate`, { overlapSeconds: 60 });
  assert.equal(rotated.body.retiring[0].secret, first.body.secret);
  assert.notEqual(rotated.body.secret, first.body.secret);
  const leftMs = Date.parse(rotated.body.retiring[0].retiresAt) - Date.now();
  assert(leftMs > 50_000 && leftMs <= 60_000, `${leftMs} ms`);
});

test("however often a secret is replaced, a callback carries five signatures at most", async () => {
  for (let i = 0; i < 8; i += 1)
    await control(town, "POST", `/applications/${shop.id}/callback-secret/rotate`, { overlapSeconds: 3600 });
  const count = listener.heard.length;
  await shop.collects();
  const heard = (await listener.untilHeard(count + 1)).at(-1);
  assert.equal(heard?.headers["webhook-signature"]?.split(" ").length, 5);
});

// 400

test("what cannot be is named", async () => {
  const table: [string, RegExp][] = [
    ["?limit=0", /^limit is not accepted/],
    ["?after=x", /^after is no ConversationID/],
    ["?application=x", /^application is not accepted/],
    ["?state=lost", /^state must be one of: open, parked, told/],
  ];
  for (const [query, says] of table) {
    const { status, body } = await deliveries(query);
    assert.equal(status, 400);
    assert.match(body.message, says);
  }
  const rotation = await control(town, "POST", `/applications/${shop.id}/callback-secret/rotate`, {
    overlapSeconds: 604_801,
  });
  assert.equal(rotation.status, 400);
  assert.match(rotation.body.message, /^overlapSeconds/);
});

// 404

test("a name that nobody is told about, and an application of another place, are not there", async () => {
  const unheard = await town.call("GET", "queryTransactionStatus/", {});
  for (const name of ["hv9ahxcg4ccv", "nonsense", nameOf(unheard)]) {
    for (const [method, path] of [
      ["GET", `/markets/vodacomTZN/deliveries/${name}`],
      ["POST", `/markets/vodacomTZN/deliveries/${name}/resend`],
    ] as const) {
      assert.equal((await control(town, method, path)).status, 404, `${method} ${path}`);
    }
  }
  assert.equal((await control(town, "GET", "/applications/999999/callback-secret")).status, 404);
});
