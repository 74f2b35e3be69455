/** Hostile requests to a listener: it passes on only signed, complete and well-formed callbacks, and keeps running. */
import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect as connect2, createServer as createServer2 } from "node:http2";
import { connect, type AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import fastify from "fastify";
import { Webhook } from "standardwebhooks";
import {
  createListener,
  createMemoryStore,
  InvalidArgumentError,
  toFastifyHandler,
  toNodeHandler,
  type CallbackEvent,
  type EventStore,
  type Listener,
  type ListenerOptions,
  type ListenerProblem,
} from "../src/index.ts";

const createSecret = (bytes = 32): string => `whsec_${randomBytes(bytes).toString("base64")}`;
const secret = createSecret();

const callback = (change: object = {}): Record<string, unknown> => ({
  input_OriginalConversationID: "10d711325dc847d75a1508604581a298",
  input_TransactionID: "lcibkvy1fm6x",
  input_ResultCode: "INS-0",
  input_ResultDesc: "Request processed successfully",
  input_ThirdPartyConversationID: "basket17",
  ...change,
});

const now = (): number => Math.floor(Date.now() / 1000);

/** The signature headers of a body, created with the scheme's own library. */
function signed(body: string, at: number = now(), by: string = secret): Record<string, string> {
  return {
    "webhook-id": "msg_1",
    "webhook-timestamp": String(at),
    "webhook-signature": new Webhook(by).sign("msg_1", new Date(at * 1000), body),
  };
}

type Body = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null;

const post = (body: Body, headers: Record<string, string> = {}): Request =>
  new Request("http://shop.example/callbacks", { method: "POST", body, headers, duplex: "half" });

function createTestListener(options: Partial<ListenerOptions> = {}) {
  const events: CallbackEvent[] = [];
  const problems: ListenerProblem[] = [];
  const listener = createListener({
    onProblem: (problem) => void problems.push(problem),
    onEvent: (event) => void events.push(event),
    ...options,
  });
  /** Returns the status and the error kind. */
  const send = async (request: Request): Promise<string> => {
    const response = await listener(request);
    const { error } = (await response.json()) as { error?: string };
    return error === undefined ? String(response.status) : `${response.status} ${error}`;
  };
  return { listener, events, problems, send };
}

test("only requests with a valid, recent signature over the exact bytes are accepted", async () => {
  const body = JSON.stringify(callback());
  const good = signed(body);
  const signature = good["webhook-signature"] ?? "";
  const without = (name: string): Record<string, string> =>
    Object.fromEntries(Object.entries(good).filter(([item]) => item !== name));
  const withSignature = (value: string): Record<string, string> => ({ ...good, "webhook-signature": value });
  const cases: [string, string, Record<string, string>, string?][] = [
    ["200", "signed", good],
    ["200", "the second of two signatures", withSignature(`v1,${"A".repeat(43)}= ${signature}`)],
    ["200", "beside one of another version", withSignature(`v1a,abc ${signature}`)],
    ["200", "299 s old", signed(body, now() - 299)],
    ["200", "299 s ahead", signed(body, now() + 299)],
    ["401 unsigned", "nothing", {}],
    ["401 unsigned", "no id", without("webhook-id")],
    ["401 unsigned", "no timestamp", without("webhook-timestamp")],
    ["401 unsigned", "no signature", without("webhook-signature")],
    ["401 unsigned", "an empty signature", withSignature("")],
    ["401 unsigned", "another version", withSignature(signature.replace("v1,", "v2,"))],
    ["401 unsigned", "no version", withSignature(signature.replace("v1,", ""))],
    ["401 unsigned", "a timestamp that is not a number", { ...good, "webhook-timestamp": "now" }],
    ["401 unsigned", "a negative timestamp", { ...good, "webhook-timestamp": "-1" }],
    ["401 unsigned", "a timestamp with a fraction", { ...good, "webhook-timestamp": `${now()}.5` }],
    ["401 unsigned", "an id with a dot", { ...good, "webhook-id": "msg.1" }],
    ["401 unsigned", "two ids", { ...good, "webhook-id": "msg_1, msg_2" }],
    ["401 stale", "301 s old", signed(body, now() - 301)],
    ["401 stale", "301 s ahead", signed(body, now() + 302)],
    ["401 stale", "a timestamp of the far future", { ...good, "webhook-timestamp": "99999999999" }],
    ["401 forged", "another secret", signed(body, now(), createSecret())],
    ["401 forged", "another id", { ...good, "webhook-id": "msg_2" }],
    ["401 forged", "another timestamp", { ...good, "webhook-timestamp": String(now() - 7) }],
    ["401 forged", "another body", good, body.replace("basket17", "basket18")],
    ["401 forged", "an extra byte", good, `${body} `],
    ["401 forged", "a short signature", withSignature("v1,AAAA")],
    ["401 forged", "a long signature", withSignature(`v1,${"A".repeat(4000)}`)],
    ["401 forged", "invalid base64", withSignature("v1,%%%%")],
    ["401 forged", "unicode", withSignature("v1,\u00e9\u00e9")],
    ["401 forged", "nothing after the version", withSignature("v1,")],
  ];
  for (const [expected, name, headers, sent = body] of cases) {
    const { send, events } = createTestListener({ secret });
    assert.equal(await send(post(sent, headers)), expected, name);
    assert.equal(events.length, expected === "200" ? 1 : 0, name);
  }
});

test("a signature is not valid for another split of ID, timestamp and body", async () => {
  const inner = JSON.stringify(callback({ input_ThirdPartyConversationID: "stolen" }));
  const at = now();
  // The signed message has the ID `msg_1`, a timestamp, and a body that begins like another message.
  const body = `x.${at}.${inner}`;
  const signature = createHmac("sha256", Buffer.from(secret.slice(6), "base64"))
    .update(`msg_1.${at}.${body}`)
    .digest("base64");
  const { send } = createTestListener({ secret });
  const shifted = { "webhook-id": `msg_1.${at}.x`, "webhook-timestamp": String(at) };
  assert.equal(
    await send(post(inner, { ...shifted, "webhook-signature": `v1,${signature}` })),
    "401 unsigned",
  );
});

const inLatin1 = (fields: object): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(Buffer.from(JSON.stringify(fields), "latin1"));

test("the format of a callback is validated, and the message names the error", async () => {
  const cases: [string, Body, RegExp][] = [
    ["nothing", null, /not JSON/],
    ["an empty text", "", /not JSON/],
    ["not JSON", "input_ResultCode=INS-0", /not JSON/],
    ["bytes that are not UTF-8", inLatin1(callback({ input_ResultDesc: "Tudo está bem" })), /not JSON/],
    ["a list", "[]", /not a JSON object/],
    ["null", "null", /not a JSON object/],
    ["a text", '"INS-0"', /not a JSON object/],
    ["depth", "[".repeat(60_000) + "]".repeat(5_000), /not JSON/],
    ["an empty object", "{}", /input_OriginalConversationID is missing/],
    ["no code", JSON.stringify(callback({ input_ResultCode: undefined })), /input_ResultCode \(or input_Res/],
    ["an empty code", JSON.stringify(callback({ input_ResultCode: "" })), /input_ResultCode is missing/],
    ["a code that is a number", JSON.stringify(callback({ input_ResultCode: 0 })), /Code is not a string/],
    [
      "a code with a line end",
      JSON.stringify(callback({ input_ResultCode: "INS-0\n" })),
      /documented format/,
    ],
    [
      "a reference in a list",
      JSON.stringify(callback({ input_ThirdPartyConversationID: ["a"] })),
      /not a string/,
    ],
    [
      "an id that is an object",
      JSON.stringify(callback({ input_TransactionID: {} })),
      /TransactionID is not a string/,
    ],
    ["a long id", JSON.stringify(callback({ input_OriginalConversationID: "a".repeat(129) })), /format/],
    ["an id of spaces", JSON.stringify(callback({ input_OriginalConversationID: " " })), /format/],
    ["only a prototype", '{"__proto__":' + JSON.stringify(callback()) + "}", /is missing/],
    ["a description in a list", JSON.stringify(callback({ input_ResultDesc: [] })), /Desc is not a string/],
  ];
  for (const [name, body, expectedMessage] of cases) {
    const { listener, events, problems } = createTestListener();
    const response = await listener(post(body));
    const { error, message } = (await response.json()) as { error: string; message: string };
    assert.deepEqual([name, response.status, error], [name, 400, "malformed"]);
    assert.match(message, expectedMessage, name);
    assert.deepEqual([events.length, problems[0]?.kind, problems[0]?.status], [0, "malformed", 400], name);
  }
});

test("undocumented fields are kept, and none can change a prototype", async () => {
  const { send, events } = createTestListener();
  const odd =
    '"input_New": 7, "nested": { "__proto__": { "admin": true } }, "constructor": { "prototype": { "admin": true } }';
  const body = JSON.stringify(callback({ input_MandateID: "", input_Reversed: null }));
  assert.equal(await send(post(body.replace("{", `{ "__proto__": { "admin": true }, ${odd}, `))), "200");
  const [event] = events;
  assert(event !== undefined);
  assert.equal(event.fields["input_New"], 7);
  assert.equal(Object.hasOwn(event.fields, "__proto__"), false);
  const copy = Object.assign({}, event.fields) as { admin?: boolean; nested?: object };
  assert.equal(copy.admin, undefined);
  assert.equal((Object.assign({}, copy.nested) as { admin?: boolean }).admin, undefined);
  assert.equal(({} as { admin?: boolean }).admin, undefined);
  assert.deepEqual([event.mandateId, event.reversed, event.voucherCode], [null, null, null]);
});

test("only documented success codes are accepted, and doubtful codes are unknown", async () => {
  const outcomes: Record<string, string> = {
    "INS-0": "accepted",
    "INS-GAR-0": "accepted",
    "INS-6": "refused",
    "INS-2006": "refused",
    "INS-9": "unknown",
    "INS-1": "unknown",
    "INS-10": "unknown",
    "INS-A-0": "unknown",
    "INS-4711": "unknown",
    toString: "unknown",
    "INS-00": "unknown",
  };
  for (const [code, outcome] of Object.entries(outcomes)) {
    const { send, events } = createTestListener();
    assert.equal(await send(post(JSON.stringify(callback({ input_ResultCode: code })))), "200");
    assert.deepEqual([code, events[0]?.outcome], [code, outcome]);
    assert(events[0]!.reason.length > 10 && events[0]!.advice.length > 10);
  }
});

test("Unicode is preserved, and the signature covers its bytes", async () => {
  const body = JSON.stringify(callback({ input_CustomerFirstName: "Nakàté 🦁" }));
  const split = `${body.slice(0, -1)},"input_Lone":"\\ud800"}`;
  for (const item of [body, split]) {
    const { send, events } = createTestListener({ secret });
    assert.equal(await send(post(item, signed(item))), "200");
    assert.equal(events[0]?.firstName, "Nakàté 🦁");
  }
});

test("only POST is accepted", async () => {
  for (const method of ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
    const { listener, problems } = createTestListener({ secret });
    const response = await listener(new Request("http://shop.example/callbacks", { method }));
    assert.deepEqual([method, response.status, response.headers.get("allow")], [method, 405, "POST"]);
    assert.equal(problems[0]?.kind, "wrong_method");
  }
});

/** A body that never ends; `read` returns how many bytes the listener has read. */
function endless(chunk: number, everyMs: number) {
  let read = 0;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        await sleep(everyMs);
        read += chunk;
        controller.enqueue(new Uint8Array(chunk));
      },
      cancel: () => void (cancelled = true),
    },
    { highWaterMark: 0 },
  );
  return { body, read: () => read, cancelled: () => cancelled };
}

test("reading stops at the size limit and at the timeout", async () => {
  const huge = endless(1024, 0);
  const small = createTestListener({ maxBytes: 10_000 });
  assert.equal(await small.send(post(huge.body)), "413 too_large");
  assert(huge.read() <= 11_264, `${huge.read()} bytes were read`);
  assert.equal(await small.send(post("x", { "content-length": "10001" })), "413 too_large");

  const { send } = createTestListener({ maxBytes: 10_000, bodyTimeoutMs: 100 });
  const slow = endless(1, 20);
  assert.equal(await send(post(slow.body)), "408 too_slow");
  const stopped = slow.read();
  await sleep(60);
  assert(slow.read() <= stopped + 1 && slow.cancelled(), "reading must have stopped");

  const silent = new ReadableStream<Uint8Array>({});
  assert.equal(await send(post(silent)), "408 too_slow");
  const broken = new ReadableStream<Uint8Array>({
    start: (controller) => controller.error(new Error("gone")),
  });
  assert.equal(await send(post(broken)), "400 aborted");
  const used = post("{}");
  await used.text();
  assert.equal(await send(used), "400 aborted");
});

test("without signature headers, the body is not read", async () => {
  const huge = endless(1024, 0);
  const { send } = createTestListener({ secret });
  assert.equal(await send(post(huge.body)), "401 unsigned");
  assert.equal(huge.read(), 0);
});

test("simultaneous duplicates are handled once, and all are acknowledged afterwards", async () => {
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  const worked: string[] = [];
  const { send } = createTestListener({
    async onEvent({ reference }) {
      worked.push(reference);
      await gate;
    },
  });
  const answers: string[] = [];
  const body = JSON.stringify(callback());
  const sent = Array.from({ length: 5 }, async () => void answers.push(await send(post(body))));
  while (worked.length === 0) await sleep(5);
  assert.deepEqual(
    [worked, answers],
    [["basket17"], []],
    "no acknowledgement before the callback is handled",
  );
  release();
  await Promise.all(sent);
  assert.deepEqual([worked, answers], [["basket17"], ["200", "200", "200", "200", "200"]]);
});

test("another result of the same request is not a duplicate, and a forged callback does not block the genuine one", async () => {
  const { send, events } = createTestListener();
  const sendCallback = (change: object = {}): Promise<string> => send(post(JSON.stringify(callback(change))));
  await sendCallback({ input_ResultCode: "INS-9" });
  await sendCallback({ input_ThirdPartyConversationID: "another" });
  await sendCallback({ input_TransactionID: "another" });
  await sendCallback();
  await sendCallback({ input_ResultDesc: "another description", input_New: "another value" });
  assert.deepEqual(
    events.map(({ code, reference, transactionId }) => [code, reference, transactionId]),
    [
      ["INS-9", "basket17", "lcibkvy1fm6x"],
      ["INS-0", "another", "lcibkvy1fm6x"],
      ["INS-0", "basket17", "another"],
      ["INS-0", "basket17", "lcibkvy1fm6x"],
    ],
  );
});

test("a custom store passes its transaction to onEvent, and a thrown error is not acknowledged", async () => {
  const keys: string[] = [];
  const store: EventStore<{ book: string[] }> = {
    async runOnce(key, work) {
      if (keys.includes(key)) return "already";
      const bookings: string[] = [];
      await work({ book: bookings });
      keys.push(key);
      assert.deepEqual(bookings, ["basket17"]);
      return "done";
    },
  };
  let broken = true;
  const problems: ListenerProblem[] = [];
  const listener = createListener({
    secret,
    store,
    onProblem: (problem) => void problems.push(problem),
    onEvent({ reference }, { book: bookings }) {
      if (broken) throw new Error("not now");
      bookings.push(reference);
    },
  });
  const body = JSON.stringify(callback());
  assert.equal((await listener(post(body, signed(body)))).status, 500);
  broken = false;
  assert.equal((await listener(post(body, signed(body)))).status, 200);
  assert.equal((await listener(post(body, signed(body)))).status, 200);
  assert.deepEqual([keys.length, problems.map(({ kind }) => kind)], [1, ["failed"]]);
  assert.match(keys[0] ?? "", /^10d711325dc847d75a1508604581a298\/INS-0\/[0-9a-f]{16}$/);
});

test("the memory store drops the oldest keys, and does not remember failures", async () => {
  const store = createMemoryStore({ max: 2 });
  const ran: string[] = [];
  const run = (key: string): Promise<string> => store.runOnce(key, async () => void ran.push(key));
  assert.deepEqual(
    [await run("a"), await run("b"), await run("a"), await run("c")],
    ["done", "done", "already", "done"],
  );
  assert.equal(await run("a"), "done");
  const failing = (): Promise<string> => store.runOnce("d", () => Promise.reject(new Error("not now")));
  const both = await Promise.allSettled([failing(), failing()]);
  assert.deepEqual(
    both.map(({ status }) => status),
    ["rejected", "rejected"],
  );
  assert.equal(await run("d"), "done");
  assert.deepEqual(ran, ["a", "b", "c", "a", "d"]);
});

test("createListener refuses options that would accept unsigned callbacks by mistake", () => {
  const onEvent = (): void => {};
  const wrong: [string, object][] = [
    ["secret", { onEvent, secret: undefined }],
    ["secret", { onEvent, secret: "" }],
    ["secret", { onEvent, secret: [] }],
    ["secret", { onEvent, secret: [secret, ""] }],
    ["secret", { onEvent, secret: "whsec_" }],
    ["secret", { onEvent, secret: createSecret(8) }],
    ["secret", { onEvent, secret: secret.replace("whsec_", "") }],
    ["secret", { onEvent, secret: `${secret} ` }],
    ["secret", { onEvent, secret: null }],
    ["onEvent", {}],
    ["secrets", { onEvent, secrets: [secret] }],
    ["options", null as unknown as object],
    ["toleranceSeconds", { onEvent, toleranceSeconds: Number.NaN }],
    ["toleranceSeconds", { onEvent, toleranceSeconds: Infinity }],
    ["maxBytes", { onEvent, maxBytes: 0 }],
    ["bodyTimeoutMs", { onEvent, bodyTimeoutMs: -1 }],
  ];
  for (const [field, options] of wrong) {
    assert.throws(
      () => createListener(options as ListenerOptions),
      (error) =>
        error instanceof InvalidArgumentError && error.field === field && !error.message.includes(secret),
      JSON.stringify(options),
    );
  }
});

test("an error in onProblem does not change the response, and without onProblem failures are logged", async (t) => {
  const failing: ListenerOptions["onProblem"][] = [
    () => {
      throw new Error("sync");
    },
    () => Promise.reject(new Error("async")),
  ];
  for (const onProblem of failing) {
    assert.equal(await createTestListener({ onProblem: onProblem! }).send(post("no JSON")), "400 malformed");
  }
  const consoleError = t.mock.method(console, "error", () => {});
  const listener = createListener({ onEvent: () => Promise.reject(new Error("the database is down")) });
  assert.equal((await listener(post(JSON.stringify(callback())))).status, 500);
  assert.equal((await listener(post("no JSON"))).status, 400);
  assert.match(
    String(consoleError.mock.calls[0]?.arguments.join(" ")),
    /Handling the callback failed.*the database is down/,
  );
  assert.equal(consoleError.mock.callCount(), 1, "refused requests must not fill the log");
});

/** Sends bytes on a socket, and returns the response until the other side closes. */
async function exchange(port: number, ...sent: string[]): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  for (const item of sent) socket.write(item);
  return readText(socket).catch(() => "");
}

test("duplicate headers, truncated bodies and endless bodies on a Node socket are handled", async () => {
  const { listener, events } = createTestListener({ secret, maxBytes: 2000, bodyTimeoutMs: 500 });
  const urls: string[] = [];
  const recordingListener: Listener = (request) => {
    urls.push(request.url);
    return listener(request);
  };
  const server = createServer(toNodeHandler(recordingListener)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const body = JSON.stringify(callback());
  const headers = signed(body);
  const head = (own: string[], length: string | number = Buffer.byteLength(body)): string =>
    ["POST /callbacks HTTP/1.1", "Host: x", `Content-Length: ${length}`, ...own, "", ""].join("\r\n");
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const close = "Connection: close";

  assert.match(await exchange(port, head([...lines, close]), body), /^HTTP\/1\.1 200 /);
  const twice = head([...lines, `webhook-id: ${headers["webhook-id"]}`, close]);
  assert.match(await exchange(port, twice, body), /^HTTP\/1\.1 401 .*unsigned/s);
  const odd = head([...lines, "X-Odd: \u00ff\u00fe", "Cookie: a=b", "Cookie: c=d", close]);
  assert.match(await exchange(port, odd, body), /^HTTP\/1\.1 200 /);
  // A body that stops early, one whose declared length is too long, one that never ends.
  assert.match(await exchange(port, head(lines, 1000), body), /^HTTP\/1\.1 408 .*connection: close/is);
  assert.match(await exchange(port, head(lines, 3000)), /^HTTP\/1\.1 413 .*connection: close/is);
  const chunked = head(lines).replace(/Content-Length: \d+/, "Transfer-Encoding: chunked");
  const chunk = `3e8\r\n${"x".repeat(1000)}\r\n`;
  assert.match(await exchange(port, chunked, chunk, chunk, chunk), /^HTTP\/1\.1 413 .*connection: close/is);
  assert.match(
    await exchange(port, "TRACE /callbacks HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    /^HTTP\/1\.1 4/,
  );
  assert.match(
    await exchange(port, head([...lines, close]).replace("/callbacks", "http://["), body),
    / 200 /,
  );
  assert.deepEqual([urls.at(0), urls.at(-1)], ["http://localhost/callbacks", "http://localhost/"]);
  assert.equal(events.length, 1, "all requests carry the same callback");
  server.close();
  await once(server, "close");
});

test("HTTP/2 works as well", async () => {
  const { listener, events } = createTestListener({ secret });
  const server = createServer2((request, response) => toNodeHandler(listener)(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const body = JSON.stringify(callback());
  const stream = client.request({ ":method": "POST", ":path": "/callbacks", ...signed(body) });
  stream.end(body);
  const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
  assert.deepEqual([headers[":status"], events.length], [200, 1]);
  const unsigned = client.request({ ":method": "POST", ":path": "/callbacks" });
  const [refused] = (await once(unsigned, "response")) as [Record<string, unknown>];
  assert.equal(refused[":status"], 401);
  client.destroy();
  server.close();
  await once(server, "close");
});

test("in Fastify, a body of any content type reaches the listener unchanged, and other methods are refused", async () => {
  const { listener, events } = createTestListener({ secret });
  const app = fastify();
  await app.register(toFastifyHandler(listener), { prefix: "/callbacks" });
  const body = JSON.stringify(callback(), null, 2);
  const send = (method: "POST" | "GET", headers: Record<string, string>, payload?: string) =>
    app.inject({ method, url: "/callbacks", headers, ...(payload === undefined ? {} : { payload }) });
  const answers = [
    await send("POST", { ...signed(body), "content-type": "application/json" }, body),
    await send("POST", { ...signed(body), "content-type": "text/plain; charset=x" }, body),
    await send("POST", { ...signed(body), "content-type": "application/json" }, `${body} `),
    await send("POST", { "content-type": "application/json" }, "no JSON"),
    await send("POST", {}),
    await send("GET", {}),
  ];
  assert.deepEqual(
    answers.map(({ statusCode }) => statusCode),
    [200, 200, 401, 401, 401, 405],
  );
  assert.equal(events.length, 1);
  await app.close();
});
