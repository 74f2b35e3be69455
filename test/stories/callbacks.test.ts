/** What reaches an organisation's listener, and what becomes of it when the listener is not at its best. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { attemptsMax } from "../../src/callbacks/schedule.ts";
import { day, minute, second } from "../../src/clock.ts";
import { assertBooksHold } from "../town/books.ts";
import { control } from "../town/control.ts";
import { acknowledge, answerWith, hang, openListener } from "../town/listener.ts";
import { eventually } from "../town/prompts.ts";
import { callbacksOf, deliveryOf, openShop, untilDelivery } from "../town/told.ts";
import { c2b, openTown, reference, type Reply, type Town } from "../town/town.ts";

let town: Town;
before(async () => {
  town = await openTown();
});
after(() => town[Symbol.asyncDispose]());

const nameOf = (reply: Reply): string => reply.body["output_ConversationID"] ?? "";

async function secretsOf(id: bigint): Promise<{ secret: string; retiring: { secret: string }[] }> {
  return (await control(town, "GET", `/applications/${id}/callback-secret`)).body;
}

test("a payment is acknowledged at once, its result is posted, and the listener's answer closes it", async () => {
  await using listener = await openListener();
  const shop = await openShop(town, listener);
  const reply = await shop.collects({ input_ThirdPartyConversationID: "basket 17" });
  const [heard] = await listener.untilHeard(1);

  assert.equal(reply.status, 201);
  assert.equal(reply.body["output_TransactionID"], undefined);
  assert.equal(heard?.body["input_OriginalConversationID"], nameOf(reply));
  assert.equal(heard?.body["input_ResultCode"], "INS-0");
  assert.equal(heard?.body["input_ThirdPartyConversationID"], "basket 17");
  assert.equal(heard?.headers["content-type"], "application/json");

  const delivery = await untilDelivery(town, nameOf(reply), ({ state }) => state === "told");
  assert.equal(delivery.transactionId, heard?.body["input_TransactionID"]);
  assert.deepEqual(delivery.body, heard?.body);
  const [attempt, ...more] = delivery.attempts;
  assert.equal(more.length, 0);
  const { attempt: number, url, httpStatus, failure, flag } = attempt;
  assert.deepEqual(
    { number, url, httpStatus, failure, flag },
    { number: 1, url: listener.url, httpStatus: 200, failure: null, flag: null },
  );
  assert.match(attempt.answer, /Successfully Accepted Result/);
});

test("a URL in the request is told instead of the application's own", async () => {
  await using usual = await openListener();
  await using other = await openListener();
  const shop = await openShop(town, usual);
  const reply = await shop.collects({ input_ResponseURL: other.url });
  await other.untilHeard(1);
  await untilDelivery(town, nameOf(reply), ({ state, url }) => state === "told" && url === other.url);
  assert.equal(usual.heard.length, 0);
});

test("whoever has the application's secret can tell that a callback is ours", async () => {
  await using listener = await openListener();
  const shop = await openShop(town, listener);
  const { secret } = await secretsOf(shop.id);
  const reply = await shop.collects();
  const [heard] = await listener.untilHeard(1);
  assert(heard !== undefined);

  assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  assert.equal(heard.headers["webhook-id"], `msg_${nameOf(reply)}`);
  assert.deepEqual(new Webhook(secret).verify(heard.text, heard.headers), heard.body);
  assert.throws(() => new Webhook(secret).verify(heard.text.replace("INS-0", "INS-1"), heard.headers));
});

test("a secret that was replaced signs along until it retires, and no longer", async () => {
  await using listener = await openListener();
  const shop = await openShop(town, listener);
  const signers = async (): Promise<boolean[]> => {
    const count = listener.heard.length;
    await shop.collects();
    const heard = (await listener.untilHeard(count + 1)).at(-1);
    return [first.secret, next.secret, third?.secret].map((secret) => {
      if (secret === undefined) return false;
      try {
        new Webhook(secret).verify(heard?.text ?? "", heard?.headers ?? {});
        return true;
      } catch {
        return false;
      }
    });
  };
  const rotate = async (overlapSeconds: number) =>
    (await control(town, "POST", `/applications/${shop.id}/callback-secret/rotate`, { overlapSeconds })).body;

  const first = await secretsOf(shop.id);
  const next = await rotate(3600);
  let third: { secret: string; retiring: unknown[] } | undefined;
  assert.equal(next.retiring[0].secret, first.secret);
  assert.deepEqual(await signers(), [true, true, false]);
  third = await rotate(0);
  assert.deepEqual(await signers(), [true, false, true], "the first one's hour is not over, the second's is");
  assert.equal(third?.retiring.length, 1);
});

test("a listener that is away is tried again on the schedule, with the same message", async () => {
  await using listener = await openListener({ behaviour: answerWith(503) });
  const shop = await openShop(town, listener);
  const reply = await shop.collects();
  const failed = await untilDelivery(town, nameOf(reply), ({ attempts }) => attempts.length === 1);
  assert.equal(failed.attempts[0].failure, "It answered 503.");
  const waits = Date.parse(failed.dueAt) - Date.parse(failed.attempts[0].businessAt);
  assert(waits >= 10 * second && waits <= 11 * second, `${waits} ms`);

  listener.behave(acknowledge);
  town.clock.advance(11 * second);
  const told = await untilDelivery(town, nameOf(reply), ({ state }) => state === "told");
  assert.deepEqual(
    told.attempts.map((attempt: { attempt: number; httpStatus: number }) => [
      attempt.attempt,
      attempt.httpStatus,
    ]),
    [
      [1, 503],
      [2, 200],
    ],
  );
  const [one, two] = listener.heard;
  assert.equal(one?.text, two?.text);
  assert.equal(one?.headers["webhook-id"], two?.headers["webhook-id"]);
});

test("a listener that asks for patience gets it", async () => {
  await using listener = await openListener({ behaviour: answerWith(503, { "retry-after": "600" }) });
  const shop = await openShop(town, listener);
  const reply = await shop.collects();
  const { dueAt, attempts } = await untilDelivery(town, nameOf(reply), (d) => d.attempts.length === 1);
  assert.equal(Date.parse(dueAt) - Date.parse(attempts[0].businessAt), 10 * minute);
});

test("after the last attempt a message is parked, and a person can have it sent again", async () => {
  await using listener = await openListener({ behaviour: answerWith(500) });
  const shop = await openShop(town, listener);
  const name = nameOf(await shop.collects());
  for (let made = 1; made < attemptsMax; made += 1) {
    await untilDelivery(town, name, ({ attempts }) => attempts.length === made);
    town.clock.advance(27 * 60 * minute);
  }
  const parked = await untilDelivery(town, name, ({ state }) => state === "parked");
  assert.equal(parked.attempts.length, attemptsMax);
  assert.equal(parked.dueAt, null);
  town.clock.advance(30 * day);
  town.forgetSession();
  const listed = await control(
    town,
    "GET",
    `/markets/vodacomTZN/deliveries?state=parked&application=${shop.id}`,
  );
  assert.deepEqual(
    listed.body.deliveries.map((each: { conversationId: string }) => each.conversationId),
    [name],
  );

  listener.behave(acknowledge);
  assert.deepEqual((await control(town, "POST", `/markets/vodacomTZN/deliveries/${name}/resend`)).body, {
    resent: 1,
  });
  const told = await untilDelivery(town, name, ({ state }) => state === "told");
  assert.equal(told.attempts.length, attemptsMax + 1);
  assert.equal(told.attempts.at(-1).attempt, 1, "its schedule began anew");
});

test("what an odd acknowledgement lacks is shown where people look, and closes the delivery all the same", async () => {
  const table: [string, string, RegExp][] = [
    ["nothing", "", /no body/],
    ["a page", "<html>Welcome</html>", /no JSON/],
    ["another code", '{"output_ResponseCode":"7"}', /output_ResponseCode is not 0/],
  ];
  for (const [what, body, says] of table) {
    await using listener = await openListener({ behaviour: answerWith(202, {}, body) });
    const shop = await openShop(town, listener);
    const name = nameOf(await shop.collects());
    const told = await untilDelivery(town, name, ({ state }) => state === "told");
    assert.match(told.attempts[0].flag, says, what);
    assert.equal(told.attempts[0].failure, null);
  }
});

test("a customer's number in an answer is not kept", async () => {
  await using listener = await openListener({ behaviour: answerWith(200, {}, "thanks, 255750000001!") });
  const shop = await openShop(town, listener);
  const told = await untilDelivery(town, nameOf(await shop.collects()), ({ state }) => state === "told");
  assert.equal(told.attempts[0].answer, "thanks, 2557****0001!");
});

test("a customer's number in the reason of a failure is not kept either", async () => {
  const location = "https://shop.example/?customer=255750000001";
  await using listener = await openListener({ behaviour: answerWith(302, { location }) });
  const shop = await openShop(town, listener);
  const { attempts } = await untilDelivery(town, nameOf(await shop.collects()), (d) => d.attempts.length > 0);
  assert.match(attempts[0].failure, /customer=2557\*\*\*\*0001; redirects/);
});

test("what we cannot sign is tried on the schedule, and told once it is mended", async () => {
  await using listener = await openListener();
  const shop = await openShop(town, listener);
  await secretsOf(shop.id);
  const { main } = town.stores;
  const [secret] = await main`select id, sealed from callback_secrets where application_id = ${shop.id}`;
  await main`update callback_secrets set sealed = 'spoilt'::bytea where id = ${secret?.["id"]}`;

  const name = nameOf(await shop.collects());
  const { attempts, dueAt } = await untilDelivery(town, name, (d) => d.attempts.length === 1);
  assert.equal(attempts[0].failure, "It could not be signed, which is a fault of ours.");
  assert(Date.parse(dueAt) - Date.parse(attempts[0].businessAt) >= 10 * second);

  await main`update callback_secrets set sealed = ${secret?.["sealed"]} where id = ${secret?.["id"]}`;
  town.clock.advance(11 * second);
  await untilDelivery(town, name, ({ state }) => state === "told");
  assert.equal(listener.heard.length, 1);
});

test("a two-step payment is told when its money is held, in the same words however it ends", async () => {
  await using quick = await openTown({ twoStepHoldMs: 5 * second });
  for (const ends of ["expires", "released"]) {
    await using listener = await openListener({ behaviour: answerWith(503) });
    const shop = await openShop(quick, listener);
    const reply = await quick.call(
      "POST",
      "c2bPayment/multiStage/",
      c2b(quick, { input_APIVersion: "3.1" }),
      {
        bearer: shop.bearer,
      },
    );
    const first = await untilDelivery(quick, nameOf(reply), ({ attempts }) => attempts.length === 1);
    if (ends === "released") {
      await quick.call("PUT", "updateTransactionStatus/", releaseOf(first), { bearer: shop.bearer });
    } else {
      quick.clock.advance(6 * second);
    }
    await eventually("a hold that is over", async () => {
      const [held] = await quick.sql()`select 1 from payments where status = 'held'`;
      return held === undefined ? true : undefined;
    });

    listener.behave(acknowledge);
    quick.clock.advance(11 * second);
    await untilDelivery(quick, nameOf(reply), ({ state }) => state === "told");
    const [one, two] = listener.heard.filter(({ body }) => body["input_VoucherCode"] !== undefined);
    assert.equal(one?.body["input_ResultCode"], "INS-0");
    assert.equal(two?.text, one?.text, ends);
  }
});

const releaseOf = ({ transactionId, body }: Awaited<ReturnType<typeof deliveryOf>>) => ({
  input_APIVersion: "3.1",
  input_Country: "TZN",
  input_ServiceProviderCode: "000000",
  input_CustomerMSISDN: "0",
  input_VoucherCode: body.input_VoucherCode,
  input_TransactionID: transactionId,
  input_ThirdPartyConversationID: reference(),
});

test("an application with hundreds of listeners that hang holds up nobody else", async () => {
  await using town = await openTown();
  let busyMax = 0;
  let busy = 0;
  const hanging = createServer((request) => {
    busyMax = Math.max(busyMax, (busy += 1));
    request.once("close", () => (busy -= 1));
  }).listen(0, "0.0.0.0");
  await once(hanging, "listening");
  const { port } = hanging.address() as AddressInfo;
  const flood = await openShop(town, { url: `http://127.0.1.1:${port}/` });
  await using listener = await openListener();
  const shop = await openShop(town, listener);
  await Promise.all(
    Array.from({ length: 600 }, (_, i) =>
      flood.collects({ input_ResponseURL: `http://127.0.${2 + (i >> 7)}.${1 + (i & 127)}:${port}/` }),
    ),
  );
  await eventually("calls that hang", async () => (busy >= 60 ? busy : undefined));
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: 20 }, () => shop.collects()));
  await listener.untilHeard(20, 3000);
  assert(performance.now() - startedAt < 3000);
  assert(busyMax <= 64, `${busyMax} at once`);
  hanging.close();
  hanging.closeAllConnections();
});

test("what is told of one payment is told in order; what is told of others does not wait", async () => {
  await using listener = await openListener({ behaviour: answerWith(503) });
  const shop = await openShop(town, listener);
  const paid = nameOf(await shop.collects());
  const { transactionId } = await untilDelivery(town, paid, ({ attempts }) => attempts.length === 1);
  const reversed = await town.call(
    "PUT",
    "reversal/",
    {
      input_Country: "TZN",
      input_ServiceProviderCode: "000000",
      input_TransactionID: transactionId,
      input_ThirdPartyConversationID: reference(),
    },
    { bearer: shop.bearer },
  );
  listener.behave(acknowledge);
  const other = nameOf(await shop.collects());
  await untilDelivery(town, other, ({ state }) => state === "told");
  const waiting = await deliveryOf(town, nameOf(reversed));
  assert.equal(waiting.attempts.length, 0);
  assert.equal(waiting.state, "open");
  assert.equal(waiting.dueAt, (await deliveryOf(town, paid)).dueAt);

  town.clock.advance(11 * second);
  await untilDelivery(town, nameOf(reversed), ({ state }) => state === "told");
  const order = listener.heard.map(({ body }) => body["input_OriginalConversationID"]);
  assert.deepEqual(order, [paid, other, paid, nameOf(reversed)]);
});

test("a listener that hangs gets a few calls at a time, and nobody else waits for it", async () => {
  await using dead = await openListener({ behaviour: hang });
  await using alive = await openListener();
  const deadShop = await openShop(town, dead);
  const shop = await openShop(town, alive);
  await Promise.all(Array.from({ length: 40 }, () => deadShop.collects()));
  await dead.untilHeard(8);
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: 40 }, () => shop.collects()));
  await alive.untilHeard(40, 3000);
  assert(performance.now() - startedAt < 3000);
  assert.equal(dead.busyMax, 8);
  assert(alive.busyMax <= 8);
});

test("acknowledged messages of a window of time are told again, with the same ids", async () => {
  await using listener = await openListener();
  const shop = await openShop(town, listener);
  const from = new Date(town.clock.now()).toISOString();
  await Promise.all([shop.collects(), shop.collects(), shop.collects()]);
  await listener.untilHeard(3);
  for (const { body } of listener.heard)
    await untilDelivery(town, body["input_OriginalConversationID"] ?? "", ({ state }) => state === "told");
  town.clock.advance(second);
  const to = new Date(town.clock.now()).toISOString();
  town.clock.advance(second);
  await shop.collects();
  await listener.untilHeard(4);

  const resend = (fields: object) =>
    control(town, "POST", "/markets/vodacomTZN/deliveries/resend", {
      from,
      to,
      application: shop.id.toString(),
      ...fields,
    });
  assert.deepEqual((await resend({ state: "parked" })).body, { resent: 0, more: false, next: null });
  assert.deepEqual((await resend({})).body, { resent: 3, more: false, next: null });
  const heard = await listener.untilHeard(7);
  const ids = heard.map(({ headers }) => headers["webhook-id"]);
  assert.deepEqual(new Set(ids.slice(4)), new Set(ids.slice(0, 3)));
  const wrong: [object, RegExp][] = [
    [{ to: from }, /to must be later/],
    [{ from: "2026-01-01T00:00:00Z", to: "2026-06-01T00:00:00Z" }, /at most 31 days/],
    [{ from: "yesterday" }, /from is not accepted/],
    [{ state: "open" }, /state must be one of/],
  ];
  for (const [fields, says] of wrong) {
    const { status, body } = await resend(fields);
    assert.equal(status, 400);
    assert.match(body.message, says);
  }
});

test("a clock that is moved tells what falls due on its way, and what happened", async () => {
  await using listener = await openListener({ behaviour: answerWith(503) });
  await using quiet = await openTown();
  const shop = await openShop(quiet, listener);
  const { work } = callbacksOf(quiet);
  const name = nameOf(await shop.collects());
  const { dueAt, transactionId } = await untilDelivery(quiet, name, ({ attempts }) => attempts.length === 1);
  const due = Date.parse(dueAt);
  work.begin?.();
  assert.equal(await work.nextAt(due - 1), null);
  assert.equal(await work.nextAt(due), due);

  listener.behave(acknowledge);
  quiet.clock.set(new Date(due));
  const happened = (await work.run()).filter(({ about }) => about === transactionId);
  assert.deepEqual(
    happened.map(({ market, what, about }) => ({ market, what, about })),
    [{ market: "vodacomTZN", what: "callback_told", about: transactionId }],
  );
  assert.equal(listener.heard.length, 2);
  assert.deepEqual(
    (await work.run()).filter(({ about }) => about === transactionId),
    [],
    "it is not reported twice",
  );
});

test("after all of this the books hold, and nothing is left that nobody tells", async () => {
  await assertBooksHold(town.databaseUrl);
});
