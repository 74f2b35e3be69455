/** Calls to misbehaving listeners: each ends in time, with a message that says what went wrong. */
import assert from "node:assert/strict";
import type { UrlRules } from "./addresses.ts";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { createCertificateAuthority, issueServerCertificate } from "../http/certificate-authority.ts";
import {
  acknowledge,
  respondWith,
  neverRespond,
  createTestListener,
  resetConnection,
  type ListenerBehaviour,
} from "../../test/support/listener.ts";
import { validateAddress } from "./addresses.ts";
import { createWebhookClient, type WebhookResponse, type WebhookClientOptions } from "./webhook-client.ts";

const laptop = { environment: "sandbox", privateListeners: true } as const;
const client = createWebhookClient({ rules: laptop, timeoutMs: 400 });
after(() => client.close());

const neverAborted = new AbortController().signal;

async function sendTo(
  url: string,
  options?: Partial<WebhookClientOptions>,
  abortSignal = neverAborted,
  urlRules: UrlRules = { httpsOnly: false, ports: null },
): Promise<WebhookResponse> {
  const webhook = {
    urlRules,
    url,
    headers: { "content-type": "application/json" },
    body: "{}",
  };
  if (options === undefined) return client.send(webhook, abortSignal);
  const ownClient = createWebhookClient({ rules: laptop, timeoutMs: 400, ...options });
  const response = await ownClient.send(webhook, abortSignal);
  await ownClient.close();
  return response;
}

async function sendOnce(behaviour: ListenerBehaviour): Promise<WebhookResponse> {
  await using listener = await createTestListener({ behaviour });
  return await sendTo(listener.url);
}

test("an acknowledgement is recognised, with its response body", async () => {
  const result = await sendOnce(acknowledge);
  assert.equal(result.failure, null);
  assert.equal(result.warning, null);
  assert.equal(result.httpStatus, 200);
  assert.match(result.body, /Successfully Accepted Result/);
});

test("a failure has a message", async () => {
  const table: [string, ListenerBehaviour, RegExp][] = [
    ["hangs", neverRespond, /^No answer within 0\.4 s\.$/],
    ["resets", resetConnection, /^It closed the connection without an answer\.$/],
    ["is out of service", respondWith(503), /^It answered 503\.$/],
    ["has no such path", respondWith(404), /^It answered 404\.$/],
    ["redirects nowhere", respondWith(302), /^It answered 302\.$/],
    ["has endless headers", respondWith(200, { "x-long": "x".repeat(20_000) }), /longer than 16 KB/],
    [
      "sends hints without end",
      (_received, _response, request) =>
        void request.socket.write("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n".repeat(1000)),
      /^It sent more than 4 interim responses \(1xx\) and no final one\.$/,
    ],
    [
      "sends a status line without end",
      (_received, _response, request) => void request.socket.write(`HTTP/1.1 200 ${"OK ".repeat(50_000)}`),
      /^The response is longer than 64 KB\.$/,
    ],
    [
      "switches the protocol",
      (_received, _response, request) =>
        void request.socket.write("HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"),
      /^It switched to another protocol \(101\)/,
    ],
    [
      "asks for more of the request",
      (_received, _response, request) => void request.socket.write("HTTP/1.1 100 Continue\r\n\r\n"),
      /^The response is not valid HTTP\.$/,
    ],
  ];
  for (const [name, behaviour, pattern] of table) {
    const { failure } = await sendOnce(behaviour);
    assert.match(failure ?? "acknowledged", pattern, name);
  }
});

test("redirects are not followed", async () => {
  await using inside = await createTestListener();
  const location = `${inside.url}?from=a%20redirect`;
  for (const status of [301, 302, 303, 307, 308]) {
    const result = await sendOnce(respondWith(status, { location }));
    assert.equal(result.failure, `It redirected to ${location}; redirects are not followed.`);
    assert.equal(result.httpStatus, status);
  }
  assert.equal(inside.received.length, 0);
});

test("Retry-After is read from a failed response", async () => {
  const result = await sendOnce(respondWith(503, { "retry-after": "120" }));
  assert.equal(result.retryAfterMs, 120_000);
});

/** Compressed in advance, because that takes longer than an attempt on a busy machine. */
const bomb = gzipSync(Buffer.alloc(50_000_000));

test("a 2xx with an unreadable body is an acknowledgement with a warning", async () => {
  const table: [string, ListenerBehaviour, RegExp | null][] = [
    ["no body", respondWith(204), null],
    ["garbage", respondWith(200, {}, "<html>ok</html>"), null],
    [
      "never ends",
      (_received, response) => void response.writeHead(200).write("so far"),
      /not complete within 0\.4 s/,
    ],
    [
      "closes early",
      (_received, response) =>
        void response.writeHead(200, { "content-length": "100" }).write("so far", () => response.destroy()),
      /closed before the response was complete/,
    ],
    ["too long", respondWith(200, {}, "x".repeat(70_000)), /longer than 64 KB/],
    [
      "a bomb",
      (_received, response) => void response.writeHead(200, { "content-encoding": "gzip" }).end(bomb),
      /compressed/,
    ],
  ];
  for (const [name, behaviour, warning] of table) {
    const result = await sendOnce(behaviour);
    assert.equal(result.failure, null, name);
    assert(result.httpStatus === 200 || result.httpStatus === 204, name);
    if (warning === null) assert.equal(result.warning, null, name);
    else assert.match(result.warning ?? "no warning", warning, name);
    assert(result.body.length <= 64 * 1024, name);
  }
});

test("the client reads only the beginning of a gigabyte and closes the connection", async () => {
  const chunk = Buffer.alloc(64 * 1024, "x");
  let sent = 0;
  const closed = Promise.withResolvers<void>();
  const result = await sendOnce((_received, response) => {
    response.writeHead(500);
    response.once("close", closed.resolve);
    const more = (): void => {
      while (sent < 2 ** 30 && !response.destroyed) {
        sent += chunk.length;
        if (!response.write(chunk)) return void response.once("drain", more);
      }
    };
    more();
  });
  assert.equal(result.failure, "It answered 500.");
  assert.equal(result.body.length, 64 * 1024);
  await closed.promise;
  assert(sent < 20 * 1024 * 1024, `${sent} bytes were taken`);
});

test("a slow body does not extend the attempt", async () => {
  const startedAt = performance.now();
  const result = await sendOnce((_received, response) => {
    response.writeHead(503);
    const timer = setInterval(() => response.write("."), 20);
    response.once("close", () => clearInterval(timer));
  });
  assert.equal(result.failure, "It answered 503.");
  assert.match(result.body, /^\.+$/);
  assert(performance.now() - startedAt < 2000);
});

test("invalid HTTP, failed TLS, a refused connection and an unknown name have different messages", async () => {
  await using garbage = createServer((socket: Socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end("SSH-2.0-OpenSSH_9.2\r\n"));
  });
  await once(garbage.listen(0, "127.0.0.1"), "listening");
  const { port } = garbage.address() as AddressInfo;
  assert.equal((await sendTo(`http://127.0.0.1:${port}/`)).failure, "The response is not valid HTTP.");
  assert.equal(
    (await sendTo(`https://127.0.0.1:${port}/`)).failure,
    "The TLS handshake failed: the listener does not support TLS, or no common version.",
  );
  garbage.close();
  assert.equal(
    (await sendTo(`http://127.0.0.1:${port}/`)).failure,
    "Connection refused: nothing listens at this address.",
  );
  const resolve = () =>
    Promise.reject(Object.assign(new Error(), { code: "ENOTFOUND", syscall: "getaddrinfo" }));
  assert.equal((await sendTo("http://nowhere.example/", { resolve })).failure, "The name does not resolve.");
});

test("an untrusted certificate is refused, and the message names the setting that helps", async () => {
  const now = new Date();
  const pair = await issueServerCertificate(await createCertificateAuthority(now), ["127.0.0.1"], now);
  await using listener = await createTestListener({ tls: pair });
  const { failure } = await sendTo(listener.url, { timeoutMs: 5000 });
  assert.match(failure ?? "acknowledged", /^The certificate is not trusted: .*NODE_EXTRA_CA_CERTS/);
  assert.equal(listener.received.length, 0);
});

test("the address of the connection is checked, so DNS rebinding is refused", async () => {
  await using inside = await createTestListener();
  const rules = { environment: "sandbox", privateListeners: false } as const;
  let lookups = 0;
  // A public address in the first lookup, this machine in the second.
  const rebinding = async () => {
    lookups += 1;
    return [{ address: lookups === 1 ? "1.1.1.1" : "127.0.0.1", family: 4 }];
  };
  assert.equal(validateAddress((await rebinding())[0]?.address ?? ""), null);
  const rebound = await sendTo(`http://shop.example:${inside.port}/callbacks`, { rules, resolve: rebinding });
  assert.equal(
    rebound.failure,
    "The address 127.0.0.1 is this machine. Callbacks go to public addresses only.",
  );
  const literal = await sendTo(inside.url, { rules });
  assert.match(literal.failure ?? "", /this machine/);
  assert.equal(inside.received.length, 0);
  assert.equal(lookups, 2);
});

test("the rules are checked again for each call", async () => {
  const live = { environment: "live", privateListeners: false } as const;
  const livePortal = { httpsOnly: true, ports: { from: 11_000, until: 19_000 } };
  for (const url of ["http://shop.example:12000/", "https://shop.example/", "https://127.0.0.1:12000/"]) {
    const { failure, httpStatus } = await sendTo(url, { rules: live }, neverAborted, livePortal);
    assert.match(failure ?? "acknowledged", /^In live|this machine/, url);
    assert.equal(httpStatus, null);
  }
});

test("an aborted call is not counted against the listener", async () => {
  await using listener = await createTestListener({ behaviour: neverRespond });
  const stop = new AbortController();
  const calling = sendTo(listener.url, { timeoutMs: 10_000 }, stop.signal);
  await listener.waitForCallbacks(1);
  stop.abort();
  assert.equal((await calling).aborted, true);
});

test("a kept-alive connection that the listener closes is retried within the same attempt", async () => {
  await using listener = await createTestListener();
  assert.equal((await sendTo(listener.url)).failure, null);
  listener.setBehaviour((received, response, request) => {
    listener.setBehaviour(acknowledge);
    resetConnection(received, response, request);
  });
  await sleep(20);
  const result = await sendTo(listener.url);
  assert.equal(result.failure, null);
  assert.equal(listener.received.length, 3);
});
