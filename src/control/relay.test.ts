/** Collecting results instead of having them posted: what whoever collects is given, and what becomes of it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { minute, second } from "../clock.ts";
import { assertBooksHold } from "../../test/town/books.ts";
import { advance } from "../../test/town/clock.ts";
import { control } from "../../test/town/control.ts";
import { openListener } from "../../test/town/listener.ts";
import { newCustomer } from "../../test/town/payments.ts";
import { answerPrompt, promptOf } from "../../test/town/prompts.ts";
import { callbacksOf, deliveryOf, openShop, untilDelivery, type Shop } from "../../test/town/told.ts";
import { openTown, reference, type Reply, type Town } from "../../test/town/town.ts";
import { makeApplication } from "../../test/town/application.ts";

let town: Town;
before(async () => {
  town = await openTown({ sandboxClock: true });
});
after(async () => {
  await assertBooksHold(town.databaseAddress);
  await town[Symbol.asyncDispose]();
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

const nameOf = (reply: Reply): string => reply.body["output_ConversationID"] ?? "";
const relayOf = ({ id }: Pick<Shop, "id">) => `/applications/${id}/relay`;
const begin = (shop: Pick<Shop, "id">) => control(town, "POST", relayOf(shop));
const end = (shop: Pick<Shop, "id">) => control(town, "DELETE", relayOf(shop));

async function collect(shop: Pick<Shop, "id">, body: object = {}): Promise<Delivery[]> {
  const { status, body: said } = await control(town, "POST", `${relayOf(shop)}/collect`, body);
  assert.equal(status, 200, JSON.stringify(said));
  return said.deliveries;
}

const record = (shop: Pick<Shop, "id">, { market, conversationId, receipt }: Delivery, came: object) =>
  control(town, "POST", `${relayOf(shop)}/record`, { market, conversationId, receipt, tookMs: 5, ...came });

const acknowledgement = ({ conversationId }: Delivery) => ({
  httpStatus: 200,
  answer: JSON.stringify({ output_OriginalConversationID: conversationId, output_ResponseCode: "0" }),
});

const names = (deliveries: readonly Delivery[]): string[] =>
  deliveries.map(({ conversationId }) => conversationId);

/** An application whose results are collected; it has no response URL of its own if nothing is said. */
async function openLaptop(url: string | null = null): Promise<Shop> {
  const shop = await openShop(town, { url });
  assert.equal((await begin(shop)).status, 200);
  return shop;
}

const reverseFor = ({ bearer }: Shop, transactionId: string, change: object = {}): Promise<Reply> =>
  town.call(
    "PUT",
    "reversal/",
    {
      input_Country: "TZN",
      input_ServiceProviderCode: "000000",
      input_TransactionID: transactionId,
      input_ThirdPartyConversationID: reference(),
      ...change,
    },
    { bearer },
  );

/** As if the lease of whoever collected it had passed. */
const leaseIsOver = () => town.sql()`update deliveries set lease_until = clock_timestamp()`;

test("a call is acknowledged, and its result is collected as it would be posted", async () => {
  const shop = await openLaptop();
  const reply = await shop.collects();
  assert.equal(reply.body["output_TransactionID"], undefined);
  const [delivery, ...more] = await collect(shop, { waitSeconds: 5, most: 8 });
  assert(delivery !== undefined && more.length === 0);
  assert.equal(delivery.conversationId, nameOf(reply));
  assert.equal(delivery.url, null);
  const { secret } = (await control(town, "GET", `/applications/${shop.id}/callback-secret`)).body;
  const body = new Webhook(secret).verify(delivery.body, delivery.headers) as Record<string, string>;
  assert.equal(body["input_ResultCode"], "INS-0");
  assert.equal(delivery.headers["webhook-id"], `msg_${nameOf(reply)}`);
  assert.deepEqual(await collect(shop), [], "it is in somebody's hands");

  const { body: recorded } = await record(shop, delivery, acknowledgement(delivery));
  assert.deepEqual(recorded, {
    outcome: "told",
    failure: null,
    flag: null,
    nextAt: null,
    nextInSeconds: null,
  });
  const shown = await deliveryOf(town, nameOf(reply));
  assert.equal(shown.state, "told");
  assert.equal(shown.url, "relay:");
  assert.deepEqual(
    shown.attempts.map(({ attempt, httpStatus }: { attempt: number; httpStatus: number }) => [
      attempt,
      httpStatus,
    ]),
    [[1, 200]],
  );
});

test("whoever waits is answered when a result comes", async () => {
  const shop = await openLaptop();
  const waiting = collect(shop, { waitSeconds: 20 });
  const reply = await shop.collects();
  assert.deepEqual(names(await waiting), [nameOf(reply)]);
});

test("what was not acknowledged is tried again on the schedule, and its listener is asked for no more than that", async () => {
  const shop = await openLaptop();
  const name = nameOf(await shop.collects());
  const [first] = await collect(shop, { waitSeconds: 5 });
  assert(first !== undefined);
  const { body } = await record(shop, first, {
    httpStatus: 503,
    retryAfterSeconds: 60,
    answer: "255750000001",
  });
  assert.equal(body.outcome, "failed");
  assert(body.nextInSeconds > 55 && body.nextInSeconds <= 60, `${body.nextInSeconds} s`);
  const { attempts, dueAt } = await deliveryOf(town, name);
  assert.equal(attempts[0].failure, "It answered 503.");
  assert.equal(attempts[0].answer, "2557****0001");
  assert.equal(Date.parse(dueAt) - Date.parse(attempts[0].businessAt), minute);
  assert.deepEqual(await collect(shop), []);

  const { happened } = await advance(town, 61);
  assert.deepEqual(happened, [], "nobody collected it on the way, and nobody waited for that");
  const [second_] = await collect(shop, { waitSeconds: 5 });
  assert.equal(second_?.attempt, 2);
  await record(shop, second_, { httpStatus: null, failure: "Nobody listens there." });
  assert.deepEqual(await collect(shop), []);

  assert.equal((await begin(shop)).body.waiting, 1);
  const [third] = await collect(shop);
  assert.equal(third?.attempt, 3, "whoever comes back gets it at once");
  const flagged = (await record(shop, third, { httpStatus: 202 })).body;
  assert.equal(flagged.outcome, "flagged");
  assert.equal(flagged.flag, "The answer has no body.");
});

test("what is told of one payment is collected in order", async () => {
  const shop = await openLaptop();
  const paid = nameOf(await shop.collects());
  const { transactionId } = await deliveryOf(town, paid);
  const reversed = await reverseFor(shop, transactionId);
  const [first, ...more] = await collect(shop, { most: 8, waitSeconds: 5 });
  assert(first !== undefined && more.length === 0);
  assert.equal(first.conversationId, paid);
  await record(shop, first, acknowledgement(first));
  assert.deepEqual(names(await collect(shop, { waitSeconds: 5 })), [nameOf(reversed)]);
});

test("whoever collected and was not heard of again loses it to the next, and changes nothing by coming late", async () => {
  const shop = await openLaptop();
  await shop.collects();
  const [mine] = await collect(shop, { waitSeconds: 5 });
  assert(mine !== undefined);
  await leaseIsOver();
  const [theirs] = await collect(shop, { waitSeconds: 5 });
  assert(theirs !== undefined);
  assert.equal(theirs.attempt, 1, "nobody's answer is no attempt");
  assert.equal((await record(shop, mine, { httpStatus: 500 })).status, 409);
  assert.equal((await record(shop, theirs, acknowledgement(theirs))).body.outcome, "told");
  assert.equal((await record(shop, theirs, acknowledgement(theirs))).status, 409);
});

test("two who collect get different ones", async () => {
  const shop = await openLaptop();
  const replies = await Promise.all([shop.collects(), shop.collects(), shop.collects()]);
  const both = await Promise.all([
    collect(shop, { waitSeconds: 5, most: 2 }),
    collect(shop, { waitSeconds: 5, most: 2 }),
  ]);
  const got = [...names(both.flat()), ...names(await collect(shop))];
  assert.equal(got.length, 3);
  assert.deepEqual(new Set(got), new Set(replies.map(nameOf)));
});

test("a URL that a request names is shown to whoever collects, and not called", async () => {
  await using usual = await openListener();
  await using named = await openListener();
  const shop = await openLaptop(usual.url);
  const name = nameOf(await shop.collects({ input_ResponseURL: named.url }));
  const own = nameOf(await shop.collects());
  const collected = await collect(shop, { waitSeconds: 5, most: 8 });
  const urls = new Map(collected.map(({ conversationId, url }) => [conversationId, url]));
  assert.deepEqual([urls.get(name), urls.get(own)], [named.url, usual.url]);
  assert.equal((await deliveryOf(town, name)).url, `relay:${named.url}`);
  const wrong = await shop.collects({ input_ResponseURL: "relay:" });
  assert.equal(wrong.body["output_ResponseCode"], "INS-21", "no request can ask for it");
  for (const each of collected) await record(shop, each, acknowledgement(each));
  assert.deepEqual([usual.heard.length, named.heard.length], [0, 0]);
});

test("at the end everything goes where it would have gone, also what was asked for before and ends later", async () => {
  await using usual = await openListener();
  await using named = await openListener();
  const shop = await openLaptop(usual.url);
  const msisdn = await newCustomer(town, { answer: "ask" });
  const asked = nameOf(await shop.collects({ input_CustomerMSISDN: msisdn }));
  const own = nameOf(await shop.collects());
  const failing = nameOf(await shop.collects({ input_ResponseURL: named.url }));
  for (const each of await collect(shop, { waitSeconds: 5, most: 8 }))
    await record(shop, each, { httpStatus: 500 });

  assert.equal((await end(shop)).body.waiting, 0);
  await usual.untilHeard(1);
  await named.untilHeard(1);
  const told = await untilDelivery(town, failing, ({ state }) => state === "told");
  assert.equal(told.url, named.url);
  assert.deepEqual(
    told.attempts.map(({ attempt, url }: { attempt: number; url: string }) => [attempt, url]),
    [
      [1, `relay:${named.url}`],
      [1, named.url],
    ],
    "its schedule began anew",
  );
  await answerPrompt(town, await promptOf(town, msisdn), "approve");
  const heard = (await usual.untilHeard(2)).map(({ body }) => body["input_OriginalConversationID"]);
  assert.deepEqual(heard, [own, asked]);
  assert.equal((await control(town, "POST", `${relayOf(shop)}/collect`, {})).status, 409);
});

test("what has nowhere else to go waits until somebody collects again, and calls answer themselves meanwhile", async () => {
  const shop = await openLaptop();
  const name = nameOf(await shop.collects());
  assert.equal((await end(shop)).body.waiting, 1);
  const reply = await shop.collects();
  assert.notEqual(reply.body["output_TransactionID"], undefined, "it answers with the result itself");
  await begin(shop);
  assert.deepEqual(names(await collect(shop)), [name]);
});

test("what waits to be collected holds up nothing that is posted, nor a clock that is moved", async () => {
  await using listener = await openListener();
  const shop = await openLaptop();
  const paid = nameOf(await shop.collects());
  const { transactionId } = await deliveryOf(town, paid);
  await end(shop);
  const reversed = await reverseFor(shop, transactionId, { input_ResponseURL: listener.url });
  await untilDelivery(town, nameOf(reversed), ({ state }) => state === "told");
  const startedAt = performance.now();
  await advance(town, 3600);
  assert(performance.now() - startedAt < 5 * second);
  assert.equal((await deliveryOf(town, paid)).state, "open");
  const { oldestDueAt } = await callbacksOf(town).state();
  assert.equal(oldestDueAt, null, "nobody is woken for what waits for a laptop");
});

test("whoever listens goes on listening to a town that is restored", async () => {
  const shop = await openShop(town, { url: null });
  await control(town, "POST", "/snapshots", { name: "before" });
  await begin(shop);
  assert.equal((await control(town, "POST", "/snapshots/before/restore")).status, 200);
  town.forgetSession();
  const { applications } = (await control(town, "GET", "/applications")).body;
  const found = applications.find(({ id }: { id: string }) => id === shop.id.toString());
  assert.equal(found.relay, true);
  assert.deepEqual(await collect(shop), []);
});

test("only the sandbox's applications, and only with the token", async () => {
  const live = await makeApplication(town, { environment: "live", shortcodes: ["000000"] });
  for (const id of [live.id.toString(), "999999", "x"]) {
    assert.equal((await control(town, "POST", `/applications/${id}/relay`)).status, 404, id);
    assert.equal((await control(town, "POST", `/applications/${id}/relay/collect`, {})).status, 404, id);
  }
  const { main } = town.stores;
  await assert.rejects(
    main`update applications set relay = true where id = ${live.id}`,
    /applications_relay_check/,
  );
  const shop = await openLaptop();
  const denied = await control(town, "POST", `${relayOf(shop)}/collect`, {}, { token: "wrong" });
  assert.equal(denied.status, 401);
  // Somebody else's receipt, another application's path: nothing is given away, and nothing changed.
  await shop.collects();
  const [mine] = await collect(shop, { waitSeconds: 5 });
  assert(mine !== undefined);
  const other = await openLaptop();
  assert.equal((await record(other, mine, acknowledgement(mine))).status, 409);
  const odd = await record(shop, mine, { httpStatus: 200, answer: "a\u0000b", flag: "\u001b[31m" });
  assert.equal(odd.body.outcome, "flagged");
  assert.equal((await record(shop, { ...mine, receipt: "now()" }, {})).status, 400);
});
