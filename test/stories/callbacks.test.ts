/** What an organisation's listener receives, and what happens to callbacks when the listener fails. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { standardRetryDelaysMs } from "../../src/callbacks/schedule.ts";
import { msPerDay, msPerMinute, msPerSecond } from "../../src/core/clock.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import { callControl } from "../support/control.ts";
import { acknowledge, respondWith, neverRespond, createTestListener } from "../support/listener.ts";
import { waitFor } from "../support/prompts.ts";
import {
  timeToRetry,
  getCallbacks,
  getDelivery,
  createListeningApplication,
  waitForDelivery,
} from "../support/callback-recorder.ts";
import {
  c2bFields,
  createTestSandbox,
  createReference,
  type Reply,
  type TestSandbox,
} from "../support/sandbox.ts";

/** The attempts of a whole schedule. */
const maxAttempts = standardRetryDelaysMs.length + 1;

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

const getConversationId = (reply: Reply): string => reply.body["output_ConversationID"] ?? "";

async function getSecrets(id: bigint): Promise<{ secret: string; retiring: { secret: string }[] }> {
  return (await callControl(sandbox, "GET", `/applications/${id}/callback-secret`)).body;
}

test("a payment is acknowledged, its result is delivered, and the listener's response closes the delivery", async () => {
  await using listener = await createTestListener();
  const application = await createListeningApplication(sandbox, listener);
  const reply = await application.collect({ input_ThirdPartyConversationID: "basket 17" });
  const [received] = await listener.waitForCallbacks(1);

  assert.equal(reply.status, 201);
  assert.equal(reply.body["output_TransactionID"], undefined);
  assert.equal(received?.body["input_OriginalConversationID"], getConversationId(reply));
  assert.equal(received?.body["input_ResultCode"], "INS-0");
  assert.equal(received?.body["input_ThirdPartyConversationID"], "basket 17");
  assert.equal(received?.headers["content-type"], "application/json");

  const delivery = await waitForDelivery(
    sandbox,
    getConversationId(reply),
    ({ state }) => state === "delivered",
  );
  assert.equal(delivery.transactionId, received?.body["input_TransactionID"]);
  assert.deepEqual(delivery.body, received?.body);
  const [attempt, ...more] = delivery.attempts;
  assert.equal(more.length, 0);
  assert(attempt !== undefined);
  const { attempt: number, url, httpStatus, failure, flag } = attempt;
  assert.deepEqual(
    { number, url, httpStatus, failure, flag },
    { number: 1, url: listener.url, httpStatus: 200, failure: null, flag: null },
  );
  assert.match(attempt.answer, /Successfully Accepted Result/);
});

test("a URL in the request replaces the application's own", async () => {
  await using applicationListener = await createTestListener();
  await using other = await createTestListener();
  const application = await createListeningApplication(sandbox, applicationListener);
  const reply = await application.collect({ input_ResponseURL: other.url });
  await other.waitForCallbacks(1);
  await waitForDelivery(
    sandbox,
    getConversationId(reply),
    ({ state, url }) => state === "delivered" && url === other.url,
  );
  assert.equal(applicationListener.received.length, 0);
});

test("the application's secret proves that a callback is from Pesarail", async () => {
  await using listener = await createTestListener();
  const application = await createListeningApplication(sandbox, listener);
  const { secret } = await getSecrets(application.id);
  const reply = await application.collect();
  const [received] = await listener.waitForCallbacks(1);
  assert(received !== undefined);

  assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  assert.equal(received.headers["webhook-id"], `msg_${getConversationId(reply)}`);
  assert.deepEqual(new Webhook(secret).verify(received.text, received.headers), received.body);
  assert.throws(() => new Webhook(secret).verify(received.text.replace("INS-0", "INS-1"), received.headers));
});

test("a replaced secret still signs until it expires, and no longer", async () => {
  await using listener = await createTestListener();
  const application = await createListeningApplication(sandbox, listener);
  const signers = async (): Promise<boolean[]> => {
    const count = listener.received.length;
    await application.collect();
    const received = (await listener.waitForCallbacks(count + 1)).at(-1);
    return [first.secret, next.secret, third?.secret].map((secret) => {
      if (secret === undefined) return false;
      try {
        new Webhook(secret).verify(received?.text ?? "", received?.headers ?? {});
        return true;
      } catch {
        return false;
      }
    });
  };
  const rotate = async (overlapSeconds: number) =>
    (
      await callControl(sandbox, "POST", `/applications/${application.id}/callback-secret/rotate`, {
        overlapSeconds,
      })
    ).body;

  const first = await getSecrets(application.id);
  const next = await rotate(3600);
  let third: { secret: string; retiring: unknown[] } | undefined;
  assert.equal(next.retiring[0].secret, first.secret);
  assert.deepEqual(await signers(), [true, true, false]);
  third = await rotate(0);
  assert.deepEqual(
    await signers(),
    [true, false, true],
    "the first secret's hour is not over, the second's is",
  );
  assert.equal(third?.retiring.length, 1);
});

test("a listener that fails gets the same callback again on the schedule", async () => {
  await using listener = await createTestListener({ behaviour: respondWith(503) });
  const application = await createListeningApplication(sandbox, listener);
  const reply = await application.collect();
  const failed = await waitForDelivery(
    sandbox,
    getConversationId(reply),
    ({ attempts }) => attempts.length === 1,
  );
  assert.equal(failed.attempts[0]?.failure, "It answered 503.");
  const waits = timeToRetry(failed);
  assert(waits >= 10 * msPerSecond && waits <= 11 * msPerSecond, `${waits} ms`);

  listener.setBehaviour(acknowledge);
  sandbox.clock.advance(11 * msPerSecond);
  const delivery = await waitForDelivery(
    sandbox,
    getConversationId(reply),
    ({ state }) => state === "delivered",
  );
  assert.deepEqual(
    delivery.attempts.map(({ attempt, httpStatus }) => [attempt, httpStatus]),
    [
      [1, 503],
      [2, 200],
    ],
  );
  const [one, two] = listener.received;
  assert.equal(one?.text, two?.text);
  assert.equal(one?.headers["webhook-id"], two?.headers["webhook-id"]);
});

test("a listener's Retry-After is respected", async () => {
  await using listener = await createTestListener({ behaviour: respondWith(503, { "retry-after": "600" }) });
  const application = await createListeningApplication(sandbox, listener);
  const reply = await application.collect();
  const { dueAt, attempts } = await waitForDelivery(
    sandbox,
    getConversationId(reply),
    (d) => d.attempts.length === 1,
  );
  assert.equal(timeToRetry({ dueAt, attempts }), 10 * msPerMinute);
});

test("after the last attempt a callback is dead-lettered, and can be resent by hand", async () => {
  await using listener = await createTestListener({ behaviour: respondWith(500) });
  const application = await createListeningApplication(sandbox, listener);
  const conversationId = getConversationId(await application.collect());
  for (let made = 1; made < maxAttempts; made += 1) {
    await waitForDelivery(sandbox, conversationId, ({ attempts }) => attempts.length === made);
    sandbox.clock.advance(27 * 60 * msPerMinute);
  }
  const deadLettered = await waitForDelivery(
    sandbox,
    conversationId,
    ({ state }) => state === "dead_lettered",
  );
  assert.equal(deadLettered.attempts.length, maxAttempts);
  assert.equal(deadLettered.dueAt, null);
  sandbox.clock.advance(30 * msPerDay);
  sandbox.forgetSession();
  const listed = await callControl(
    sandbox,
    "GET",
    `/markets/vodacomTZN/deliveries?state=dead_lettered&application=${application.id}`,
  );
  assert.deepEqual(
    listed.body.deliveries.map((each: { conversationId: string }) => each.conversationId),
    [conversationId],
  );

  listener.setBehaviour(acknowledge);
  assert.deepEqual(
    (await callControl(sandbox, "POST", `/markets/vodacomTZN/deliveries/${conversationId}/resend`)).body,
    {
      resent: 1,
    },
  );
  const delivery = await waitForDelivery(sandbox, conversationId, ({ state }) => state === "delivered");
  assert.equal(delivery.attempts.length, maxAttempts + 1);
  assert.equal(delivery.attempts.at(-1)?.attempt, 1, "its schedule starts again");
});

test("a malformed acknowledgement closes the delivery with a warning", async () => {
  const table: [string, string, RegExp][] = [
    ["nothing", "", /no body/],
    ["a page", "<html>Welcome</html>", /not JSON/],
    ["another code", '{"output_ResponseCode":"7"}', /output_ResponseCode is not 0/],
  ];
  for (const [what, body, expected] of table) {
    await using listener = await createTestListener({ behaviour: respondWith(202, {}, body) });
    const application = await createListeningApplication(sandbox, listener);
    const conversationId = getConversationId(await application.collect());
    const delivery = await waitForDelivery(sandbox, conversationId, ({ state }) => state === "delivered");
    assert.match(delivery.attempts[0]?.flag ?? "", expected, what);
    assert.equal(delivery.attempts[0]?.failure, null);
  }
});

test("a customer's number in a response is masked", async () => {
  await using listener = await createTestListener({
    behaviour: respondWith(200, {}, "thanks, 255750000001!"),
  });
  const application = await createListeningApplication(sandbox, listener);
  const delivery = await waitForDelivery(
    sandbox,
    getConversationId(await application.collect()),
    ({ state }) => state === "delivered",
  );
  assert.equal(delivery.attempts[0]?.answer, "thanks, 2557****0001!");
});

test("a customer's number in a failure reason is masked", async () => {
  const location = "https://shop.example/?customer=255750000001";
  await using listener = await createTestListener({ behaviour: respondWith(302, { location }) });
  const application = await createListeningApplication(sandbox, listener);
  const { attempts } = await waitForDelivery(
    sandbox,
    getConversationId(await application.collect()),
    (d) => d.attempts.length > 0,
  );
  assert.match(attempts[0]?.failure ?? "", /customer=2557\*\*\*\*0001; redirects/);
});

test("a callback that cannot be signed is retried on the schedule, and delivered once the secret is readable", async () => {
  await using listener = await createTestListener();
  const application = await createListeningApplication(sandbox, listener);
  await getSecrets(application.id);
  const { main } = sandbox.stores;
  const [secret] =
    await main`select id, sealed from credentials where application_id = ${application.id} and kind = 'signing_secret'`;
  await main`update credentials set sealed = 'spoilt'::bytea where id = ${secret?.["id"]}`;

  const conversationId = getConversationId(await application.collect());
  const { attempts, dueAt } = await waitForDelivery(sandbox, conversationId, (d) => d.attempts.length === 1);
  assert.equal(attempts[0]?.failure, "Internal fault: the callback could not be signed.");
  assert(timeToRetry({ dueAt, attempts }) >= 10 * msPerSecond);

  await main`update credentials set sealed = ${secret?.["sealed"]} where id = ${secret?.["id"]}`;
  sandbox.clock.advance(11 * msPerSecond);
  await waitForDelivery(sandbox, conversationId, ({ state }) => state === "delivered");
  assert.equal(listener.received.length, 1);
});

test("a two-step payment's callback is sent when the money is held, and does not change however the hold ends", async () => {
  await using sandboxWithShortHolds = await createTestSandbox({ twoStepHoldMs: 5 * msPerSecond });
  for (const ends of ["expires", "released"]) {
    await using listener = await createTestListener({ behaviour: respondWith(503) });
    const application = await createListeningApplication(sandboxWithShortHolds, listener);
    const reply = await sandboxWithShortHolds.call(
      "POST",
      "c2bPayment/multiStage/",
      c2bFields(sandboxWithShortHolds, { input_APIVersion: "3.1" }),
      {
        bearer: application.bearer,
      },
    );
    const first = await waitForDelivery(
      sandboxWithShortHolds,
      getConversationId(reply),
      ({ attempts }) => attempts.length === 1,
    );
    if (ends === "released") {
      await sandboxWithShortHolds.call("PUT", "updateTransactionStatus/", buildRelease(first), {
        bearer: application.bearer,
      });
    } else {
      sandboxWithShortHolds.clock.advance(6 * msPerSecond);
    }
    await waitFor("a hold that has ended", async () => {
      const [held] = await sandboxWithShortHolds.sql()`select 1 from payments where status = 'held'`;
      return held === undefined ? true : undefined;
    });

    listener.setBehaviour(acknowledge);
    sandboxWithShortHolds.clock.advance(11 * msPerSecond);
    await waitForDelivery(
      sandboxWithShortHolds,
      getConversationId(reply),
      ({ state }) => state === "delivered",
    );
    const [one, two] = listener.received.filter(({ body }) => body["input_VoucherCode"] !== undefined);
    assert.equal(one?.body["input_ResultCode"], "INS-0");
    assert.equal(two?.text, one?.text, ends);
  }
});

const buildRelease = ({ transactionId, body }: Awaited<ReturnType<typeof getDelivery>>) => ({
  input_APIVersion: "3.1",
  input_Country: "TZN",
  input_ServiceProviderCode: "000000",
  input_CustomerMSISDN: "0",
  input_VoucherCode: (body as Record<string, unknown>)["input_VoucherCode"],
  input_TransactionID: transactionId,
  input_ThirdPartyConversationID: createReference(),
});

test("an application with hundreds of hanging listeners does not delay the others", async () => {
  await using isolatedSandbox = await createTestSandbox();
  let maxInFlight = 0;
  let inFlight = 0;
  const hangingServer = createServer((request) => {
    maxInFlight = Math.max(maxInFlight, (inFlight += 1));
    request.once("close", () => (inFlight -= 1));
  }).listen(0, "0.0.0.0");
  await once(hangingServer, "listening");
  const { port } = hangingServer.address() as AddressInfo;
  const flood = await createListeningApplication(isolatedSandbox, { url: `http://127.0.1.1:${port}/` });
  await using listener = await createTestListener();
  const application = await createListeningApplication(isolatedSandbox, listener);
  await Promise.all(
    Array.from({ length: 600 }, (_, i) =>
      flood.collect({ input_ResponseURL: `http://127.0.${2 + (i >> 7)}.${1 + (i & 127)}:${port}/` }),
    ),
  );
  await waitFor("calls that hang", async () => (inFlight >= 60 ? inFlight : undefined));
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: 20 }, () => application.collect()));
  await listener.waitForCallbacks(20, 3000);
  assert(performance.now() - startedAt < 3000);
  assert(maxInFlight <= 64, `${maxInFlight} at once`);
  hangingServer.close();
  hangingServer.closeAllConnections();
});

test("callbacks of one payment are delivered in order; those of other payments do not wait", async () => {
  await using listener = await createTestListener({ behaviour: respondWith(503) });
  const application = await createListeningApplication(sandbox, listener);
  const paid = getConversationId(await application.collect());
  const { transactionId } = await waitForDelivery(sandbox, paid, ({ attempts }) => attempts.length === 1);
  const reversed = await sandbox.call(
    "PUT",
    "reversal/",
    {
      input_Country: "TZN",
      input_ServiceProviderCode: "000000",
      input_TransactionID: transactionId,
      input_ThirdPartyConversationID: createReference(),
    },
    { bearer: application.bearer },
  );
  listener.setBehaviour(acknowledge);
  const other = getConversationId(await application.collect());
  await waitForDelivery(sandbox, other, ({ state }) => state === "delivered");
  const waiting = await getDelivery(sandbox, getConversationId(reversed));
  assert.equal(waiting.attempts.length, 0);
  assert.equal(waiting.state, "open");
  assert.equal(waiting.dueAt, (await getDelivery(sandbox, paid)).dueAt);

  sandbox.clock.advance(11 * msPerSecond);
  await waitForDelivery(sandbox, getConversationId(reversed), ({ state }) => state === "delivered");
  const order = listener.received.map(({ body }) => body["input_OriginalConversationID"]);
  assert.deepEqual(order, [paid, other, paid, getConversationId(reversed)]);
});

test("a hanging listener gets a few requests at a time, and the others do not wait for it", async () => {
  await using dead = await createTestListener({ behaviour: neverRespond });
  await using alive = await createTestListener();
  const deadApplication = await createListeningApplication(sandbox, dead);
  const application = await createListeningApplication(sandbox, alive);
  await Promise.all(Array.from({ length: 40 }, () => deadApplication.collect()));
  await dead.waitForCallbacks(8);
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: 40 }, () => application.collect()));
  await alive.waitForCallbacks(40, 3000);
  assert(performance.now() - startedAt < 3000);
  assert.equal(dead.maxInFlight, 8);
  assert(alive.maxInFlight <= 8);
});

test("acknowledged callbacks of a time range can be resent, with the same ids", async () => {
  await using listener = await createTestListener();
  const application = await createListeningApplication(sandbox, listener);
  const from = new Date(sandbox.clock.now()).toISOString();
  await Promise.all([application.collect(), application.collect(), application.collect()]);
  await listener.waitForCallbacks(3);
  for (const { body } of listener.received)
    await waitForDelivery(
      sandbox,
      body["input_OriginalConversationID"] ?? "",
      ({ state }) => state === "delivered",
    );
  sandbox.clock.advance(msPerSecond);
  const to = new Date(sandbox.clock.now()).toISOString();
  sandbox.clock.advance(msPerSecond);
  await application.collect();
  await listener.waitForCallbacks(4);

  const resend = (fields: object) =>
    callControl(sandbox, "POST", "/markets/vodacomTZN/deliveries/resend", {
      from,
      to,
      application: application.id.toString(),
      ...fields,
    });
  assert.deepEqual((await resend({ state: "dead_lettered" })).body, { resent: 0, more: false, next: null });
  assert.deepEqual((await resend({})).body, { resent: 3, more: false, next: null });
  const received = await listener.waitForCallbacks(7);
  const ids = received.map(({ headers }) => headers["webhook-id"]);
  assert.deepEqual(new Set(ids.slice(4)), new Set(ids.slice(0, 3)));
  const wrong: [object, RegExp][] = [
    [{ to: from }, /to must be later/],
    [{ from: "2026-01-01T00:00:00Z", to: "2026-06-01T00:00:00Z" }, /longer than 31 days/],
    [{ from: "yesterday" }, /from is not accepted/],
    [{ state: "open" }, /state must be one of/],
  ];
  for (const [fields, expected] of wrong) {
    const { status, body } = await resend(fields);
    assert.equal(status, 400);
    assert.match(body.message, expected);
  }
});

test("advancing the clock delivers the callbacks that become due, and reports them", async () => {
  await using listener = await createTestListener({ behaviour: respondWith(503) });
  await using isolatedSandbox = await createTestSandbox();
  const application = await createListeningApplication(isolatedSandbox, listener);
  const { clockWork: work } = getCallbacks(isolatedSandbox);
  const conversationId = getConversationId(await application.collect());
  const { dueAt, transactionId } = await waitForDelivery(
    isolatedSandbox,
    conversationId,
    ({ attempts }) => attempts.length === 1,
  );
  const due = Date.parse(dueAt ?? "");
  work.begin?.();
  assert.equal(await work.nextAt(due - 1), null);
  assert.equal(await work.nextAt(due), due);

  listener.setBehaviour(acknowledge);
  isolatedSandbox.clock.set(new Date(due));
  const events = (await work.run()).filter(({ subject }) => subject === transactionId);
  assert.deepEqual(
    events.map(({ market, type: what, subject }) => [market, what, subject]),
    [["vodacomTZN", "callback_told", transactionId]],
  );
  assert.equal(listener.received.length, 2);
  assert.deepEqual(
    (await work.run()).filter(({ subject }) => subject === transactionId),
    [],
    "it is not reported twice",
  );
});

test("all invariants hold afterwards, and no delivery is left without a server", async () => {
  await assertInvariantsHold(sandbox.databaseUrl);
});
