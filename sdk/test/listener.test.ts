/** The listener in a merchant's server: callbacks of the real server, through every adapter. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import express from "express";
import fastify from "fastify";
import { connect, type Transaction } from "../../src/store/driver/connect.ts";
import { createTestDatabase } from "../../test/support/cluster.ts";
import {
  createDataFolder,
  paymentFields,
  startServer,
  type CallResult,
  type Server,
} from "../../test/support/server.ts";
import { createReference } from "../../test/support/sandbox.ts";
import {
  createListener,
  createMemoryStore,
  toExpressHandler,
  toFastifyHandler,
  toNodeHandler,
  type CallbackEvent,
  type EventStore,
  type Listener,
  type ListenerOptions,
  type ListenerProblem,
} from "../src/index.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let folder: ReturnType<typeof createDataFolder>;
let server: Server;
before(async () => {
  [database, folder] = [await createTestDatabase(), createDataFolder()];
  server = await startServer(folder.path, database.url);
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** Starts an HTTP server whose handler is set later. */
async function startHttpServer(): Promise<{
  url: string;
  serve(handler: RequestListener): void;
  http: HttpServer;
}> {
  let handler: RequestListener = (_request, response) => void response.writeHead(503).end();
  const http = createServer((request, response) => handler(request, response));
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const { port } = http.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/callbacks`, http, serve: (next) => void (handler = next) };
}

interface Merchant extends AsyncDisposable {
  readonly application: string;
  readonly secret: string;
  /** Events that `onEvent` received, in order. */
  readonly booked: CallbackEvent[];
  readonly problems: ListenerProblem[];
  readonly url: string;
  call(method: string, path: string, fields: object): Promise<CallResult>;
  /** Waits until this many events are booked. */
  untilBooked(count: number): Promise<readonly CallbackEvent[]>;
}

type MerchantOptions = Partial<Omit<ListenerOptions, "onEvent">> & {
  readonly onEvent?: (event: CallbackEvent) => void;
  /** Mounts the listener on a server. */
  readonly mount?: (listener: Listener) => RequestListener | Promise<RequestListener>;
};

async function startMerchant({
  mount = toNodeHandler,
  onEvent,
  ...options
}: MerchantOptions = {}): Promise<Merchant> {
  const { url, http, serve } = await startHttpServer();
  const { id, apiKey } = await server.control("POST", "/applications", { name: "Duka", responseUrl: url });
  const { secret } = await server.control("GET", `/applications/${id}/callback-secret`);
  const bearer = await server.session(apiKey);
  const booked: CallbackEvent[] = [];
  const problems: ListenerProblem[] = [];
  const listener = createListener({
    secret,
    onProblem: (problem) => void problems.push(problem),
    ...options,
    onEvent(event) {
      onEvent?.(event);
      booked.push(event);
    },
  });
  serve(await mount(listener));
  return {
    application: id,
    secret,
    booked,
    problems,
    url,
    call: (method, path, fields) => server.call(method, path, fields, bearer),
    untilBooked: (count) => waitFor(() => (booked.length >= count ? booked : null)),
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      http.close();
      await once(http, "close");
    },
  };
}

/** Polls until the result is not null. Throws after 10 s. */
async function waitFor<T>(poll: () => T | null | Promise<T | null>): Promise<T> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const result = await poll();
    if (result !== null) return result;
    assert(performance.now() < deadline, "no result within 10 s");
    await sleep(10);
  }
}

/** Waits for an attempt to end, and returns the server's record of it. */
const waitForAttempt = (conversationId: string | undefined, attempts = 1) =>
  waitFor(async () => {
    const path = `/markets/vodacomTZN/deliveries/${conversationId}`;
    const delivery = (await server.control("GET", path)) as {
      state: string;
      attempts: { httpStatus: number; flag: string | null; answer: string; failure: string | null }[];
    };
    const last = delivery.attempts.at(-1);
    return delivery.attempts.length >= attempts && last !== undefined
      ? { ...last, state: delivery.state }
      : null;
  });

const collect = (merchant: Merchant, change: object = {}): Promise<CallResult> =>
  merchant.call("POST", "c2bPayment/singleStage/", paymentFields(server, change));

const firstCustomer = (): string | undefined => server.clientInfo.markets.vodacomTZN.customers[0];

const base = () => ({
  input_Country: "TZN",
  input_ServiceProviderCode: "000000",
  input_ThirdPartyConversationID: createReference(),
});

/** Every way to mount the listener. */
const mounts: Record<string, NonNullable<MerchantOptions["mount"]>> = {
  "node:http": toNodeHandler,

  "Express, before its parser": (listener) => {
    const app = express();
    app.post("/callbacks", toExpressHandler(listener));
    app.use(express.json());
    return app;
  },

  "Express, after a parser that keeps the bytes": (listener) => {
    const app = express();
    const verify = (request: object, _response: object, bytes: Buffer): void =>
      void Object.assign(request, { rawBody: bytes });
    app.use(express.json({ verify }));
    app.post("/callbacks", toExpressHandler(listener));
    return app;
  },

  "Express, after express.raw": (listener) => {
    const app = express();
    app.post("/callbacks", express.raw({ type: "*/*" }), toExpressHandler(listener));
    return app;
  },

  "Fastify, beside routes that parse JSON": async (listener) => {
    const app = fastify();
    app.post("/orders", ({ body }) => ({ parsed: body }));
    await app.register(toFastifyHandler(listener), { prefix: "/callbacks" });
    await app.ready();
    const ordered = await app.inject({ method: "POST", url: "/orders", payload: { item: "Shoes" } });
    assert.deepEqual(ordered.json(), { parsed: { item: "Shoes" } });
    return (request, response) => app.routing(request, response);
  },
};

for (const [name, mount] of Object.entries(mounts)) {
  test(`${name}: a signed callback reaches onEvent and is acknowledged as documented`, async () => {
    await using merchant = await startMerchant({ mount });
    const { body } = await collect(merchant, {
      input_ThirdPartyConversationID: `order${merchant.application}`,
    });
    const [event] = await merchant.untilBooked(1);
    const { state, flag, failure, answer } = await waitForAttempt(body["output_ConversationID"]);
    assert.deepEqual({ state, flag, failure }, { state: "delivered", flag: null, failure: null });
    assert.deepEqual(JSON.parse(answer), {
      output_OriginalConversationID: body["output_ConversationID"],
      output_ResponseCode: "0",
      output_ResponseDesc: "Successfully Accepted Result",
      output_ThirdPartyConversationID: `order${merchant.application}`,
    });
    assert(event !== undefined);
    assert.equal(event.outcome, "accepted");
    assert.equal(event.code, "INS-0");
    assert.equal(event.reference, `order${merchant.application}`);
    assert.equal(event.conversationId, body["output_ConversationID"]);
    assert.match(event.transactionId ?? "", /^[0-9a-z]{12}$/);
    assert.equal(event.signed, true);
    assert.equal(event.deliveryId, `msg_${event.conversationId}`);
    assert(Math.abs(Date.now() - (event.sentAt?.getTime() ?? 0)) < 60_000);
  });
}

test("every kind of callback is parsed, and acknowledged without a warning from the server", async () => {
  await using merchant = await startMerchant({
    // A callback does not show that the refused request is a commit.
    acknowledgeWith: ({ reference: orderReference }) =>
      orderReference.startsWith("step") ? "INS-GAR-0" : undefined,
  });
  const customer = firstCustomer();
  let received = 0;
  const receive = async (method: string, path: string, fields: object): Promise<CallbackEvent> => {
    const { body } = await merchant.call(method, path, fields);
    assert.equal(body["output_ResponseCode"]?.replace("INS-GAR-0", "INS-0"), "INS-0", JSON.stringify(body));
    const event = (await merchant.untilBooked((received += 1))).at(-1);
    assert(event !== undefined);
    assert.equal(event.conversationId, body["output_ConversationID"]);
    const { state, flag } = await waitForAttempt(body["output_ConversationID"]);
    assert.deepEqual({ path, state, flag }, { path, state: "delivered", flag: null });
    return event;
  };
  const payment = { ...base(), input_Amount: "10", input_Currency: "TZS", input_TransactionReference: "T1" };
  const withReference = (fields: object): object => ({ ...payment, ...base(), ...fields });

  const poor = withReference({
    input_Amount: "999999999",
    input_CustomerMSISDN: customer,
    input_PurchasedItemsDesc: "Shoes",
  });
  const refused = await receive("POST", "c2bPayment/singleStage/", poor);
  assert.deepEqual([refused.outcome, refused.code], ["refused", "INS-2006"]);
  assert.match(refused.reason, /balance is too low/);

  const c2b = { input_CustomerMSISDN: customer, input_PurchasedItemsDesc: "Shoes" };
  const paid = await receive("POST", "c2bPayment/singleStage/", withReference(c2b));
  const held = await receive(
    "POST",
    "c2bPayment/multiStage/",
    withReference({ ...c2b, input_APIVersion: "3.1" }),
  );
  assert.match(held.voucherCode ?? "", /^[0-9A-Z]{4,12}$/);
  const step = {
    input_CustomerMSISDN: "1",
    input_VoucherCode: held.voucherCode,
    input_TransactionID: held.transactionId,
    input_APIVersion: "3.1",
  };
  const wrong = { ...base(), ...step, input_VoucherCode: "WRONG1", input_ThirdPartyConversationID: "step1" };
  const notCommitted = await receive("PUT", "updateTransactionStatus/", wrong);
  assert.equal(notCommitted.outcome, "refused");
  const committed = await receive("PUT", "updateTransactionStatus/", { ...base(), ...step });
  assert.deepEqual([committed.outcome, committed.code], ["accepted", "INS-GAR-0"]);
  assert.equal(committed.transactionId, held.transactionId);

  const b2c = { input_CustomerMSISDN: customer, input_PaymentItemsDesc: "Salary" };
  assert.equal((await receive("POST", "b2cPayment/", withReference(b2c))).outcome, "accepted");
  const b2b = {
    input_PrimaryPartyCode: "000000",
    input_ReceiverPartyCode: server.clientInfo.receiverPartyCode,
    input_PurchasedItemsDesc: "Shoes",
  };
  assert.equal((await receive("POST", "b2bPayment/", withReference(b2b))).outcome, "accepted");
  const query = { ...base(), input_QueryReference: paid.transactionId };
  const known = await receive("GET", "queryTransactionStatus/", query);
  assert.deepEqual([known.originalTransactionId, known.reversed], [paid.transactionId, false]);
  const back = { ...base(), input_TransactionID: paid.transactionId, input_ReversalAmount: "10" };
  assert.equal((await receive("PUT", "reversal/", back)).outcome, "accepted");

  const terms = { input_CustomerMSISDN: customer, input_ThirdPartyReference: createReference() };
  const agreed = await receive("POST", "directDebitCreation/", { ...base(), ...terms, input_AgreedTC: "1" });
  assert(agreed.mandateId !== null && agreed.msisdnToken !== null && agreed.transactionReference !== null);
  const debited = await receive("POST", "directDebitPayment/", withReference(terms));
  assert(debited.transactionId !== null && debited.msisdnToken === agreed.msisdnToken);
  const mandate = await receive("GET", "queryDirectDebit/", {
    ...base(),
    ...terms,
    input_Currency: "TZS",
    input_QueryBalanceAmount: "True",
    input_BalanceAmount: "1",
  });
  assert.deepEqual(
    [mandate.mandateId, mandate.mandateStatus, mandate.accountStatus, mandate.sufficientBalance],
    [agreed.mandateId, "Active", "Active", true],
  );
  const cancelled = await receive("PUT", "directDebitCancel/", { ...base(), ...terms });
  assert(cancelled.transactionReference !== null && cancelled.msisdnToken === agreed.msisdnToken);
  assert.deepEqual(merchant.problems, []);
});

test("a repeated callback is acknowledged again and booked once", async () => {
  await using merchant = await startMerchant();
  const { body } = await collect(merchant);
  const conversationId = body["output_ConversationID"];
  const first = await waitForAttempt(conversationId);
  await server.control("POST", `/markets/vodacomTZN/deliveries/${conversationId}/resend`);
  const second = await waitForAttempt(conversationId, 2);
  assert.deepEqual([second.state, second.flag, second.answer], ["delivered", null, first.answer]);
  assert.equal(merchant.booked.length, 1);
});

test("if onEvent throws, the callback is sent again and booked once", async () => {
  let failures = 1;
  await using merchant = await startMerchant({
    onEvent() {
      if (failures-- > 0) throw new Error("the database is down");
    },
  });
  const { body } = await collect(merchant);
  const failed = await waitForAttempt(body["output_ConversationID"]);
  assert.deepEqual([failed.httpStatus, failed.state], [500, "open"]);
  assert.doesNotMatch(failed.answer, /database/, "the response must not contain the cause");
  const [problem] = merchant.problems;
  assert.equal(problem?.kind, "failed");
  assert.match(String(problem.cause), /the database is down/);
  assert.equal(problem.event?.conversationId, body["output_ConversationID"]);

  await server.control("POST", "/clock/advance", { seconds: 12 });
  const delivered = await waitForAttempt(body["output_ConversationID"], 2);
  assert.deepEqual([delivered.state, delivered.flag, merchant.booked.length], ["delivered", null, 1]);
});

test("during a rotation, the old secret, the new one and both verify", async () => {
  const store = createMemoryStore();
  const events: string[] = [];
  const listenerWith = (secret: string | string[]) =>
    createListener({
      secret,
      store,
      onEvent: ({ reference: orderReference }) => void events.push(orderReference),
    });
  const mounted: { listener: Listener | null } = { listener: null };
  await using merchant = await startMerchant({
    mount: () => toNodeHandler((request) => mounted.listener!(request)),
  });
  const rotate = `/applications/${merchant.application}/callback-secret/rotate`;
  const { secret } = await server.control("POST", rotate, { overlapSeconds: 600 });
  assert.notEqual(secret, merchant.secret);

  for (const [index, known] of [
    merchant.secret,
    secret as string,
    [merchant.secret, secret as string],
  ].entries()) {
    mounted.listener = listenerWith(known);
    const { body } = await collect(merchant, {
      input_ThirdPartyConversationID: `${merchant.application}x${index}`,
    });
    const { state, failure } = await waitForAttempt(body["output_ConversationID"]);
    assert.deepEqual([state, failure], ["delivered", null]);
  }
  assert.equal(events.length, 3);
  mounted.listener = listenerWith(secret as string);
  await server.control("POST", rotate, { overlapSeconds: 0 });
  const { body } = await collect(merchant);
  assert.equal((await waitForAttempt(body["output_ConversationID"])).failure, "It answered 401.");
  assert.equal(events.length, 3, "callbacks are no longer signed with the old secret");
});

test("a callback signed for another application is refused; without a secret it is accepted and marked unsigned", async () => {
  await using stranger = await startMerchant();
  await using merchant = await startMerchant({ secret: stranger.secret });
  const { body } = await collect(merchant);
  assert.equal((await waitForAttempt(body["output_ConversationID"])).failure, "It answered 401.");
  assert.deepEqual([merchant.problems[0]?.kind, merchant.booked.length], ["forged", 0]);

  const events: CallbackEvent[] = [];
  const open = createListener({ onEvent: (event) => void events.push(event) });
  await using trusting = await startMerchant({ mount: () => toNodeHandler(open) });
  await collect(trusting);
  const [event] = await waitFor(() => (events.length > 0 ? events : null));
  assert.deepEqual([event?.signed, event?.deliveryId, event?.sentAt], [false, null, null]);
  assert.equal(event?.outcome, "accepted");
});

test("after express.json() the raw bytes are lost: a listener with a secret reports it, and how to fix it", async () => {
  const late = (listener: Listener): RequestListener => {
    const app = express();
    app.use(express.json());
    app.post("/callbacks", toExpressHandler(listener));
    return app;
  };
  await using merchant = await startMerchant({ mount: late });
  const { body } = await collect(merchant);
  const { httpStatus, answer, state } = await waitForAttempt(body["output_ConversationID"]);
  assert.deepEqual([httpStatus, state, merchant.booked.length], [500, "open", 0]);
  assert.match(answer, /before express\.json\(\).*rawBody/);
  assert.equal(merchant.problems[0]?.kind, "body_consumed");

  const events: CallbackEvent[] = [];
  const open = createListener({ onEvent: (event) => void events.push(event) });
  await using trusting = await startMerchant({ mount: () => late(open) });
  const { body: other } = await collect(trusting);
  const { flag } = await waitForAttempt(other["output_ConversationID"]);
  assert.deepEqual([flag, events.length], [null, 1], "without a secret the raw bytes are not needed");
});

test("with the database store of docs/sdk.md, two processes book each callback once, in the store's transaction", async () => {
  const sql = connect(database.address, { schema: "public", maxConnections: 4, name: "shop" });
  await sql`create table mpesa_events (key text primary key, at timestamptz not null default now())`;
  await sql`create table bookings (reference text not null)`;
  const store: EventStore<Transaction> = {
    runOnce: (key, work) =>
      sql.begin(async (transaction): Promise<"done" | "already"> => {
        const rows = await transaction`
          insert into mpesa_events (key) values (${key}) on conflict do nothing returning key`;
        if (rows.length === 0) return "already";
        await work(transaction);
        return "done";
      }),
  };
  let failures = 1;
  const worker = (): Listener =>
    createListener({
      store,
      onProblem: () => {},
      async onEvent({ reference: orderReference }, transaction) {
        await transaction`insert into bookings values (${orderReference})`;
        if (failures-- > 0) throw new Error("after the booking");
      },
    });
  const [one, two] = [worker(), worker()];
  const body = JSON.stringify({
    input_OriginalConversationID: createReference(),
    input_ResultCode: "INS-0",
    input_ResultDesc: "Request processed successfully",
    input_ThirdPartyConversationID: "order17",
  });
  const deliver = async (listener: Listener): Promise<number> =>
    (await listener(new Request("http://shop.example/callbacks", { method: "POST", body }))).status;
  assert.equal(await deliver(one), 500);
  assert.deepEqual([...(await sql`select 1 from bookings`)], [], "a failed booking is rolled back");
  assert.deepEqual(
    await Promise.all([deliver(one), deliver(two), deliver(one), deliver(two)]),
    [200, 200, 200, 200],
  );
  assert.deepEqual([...(await sql`select reference from bookings`)], [{ reference: "order17" }]);
  await sql.end();
});
