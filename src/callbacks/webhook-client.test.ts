/** Calls of listeners that misbehave: each costs a socket for a while, and says in words what was wrong. */
import assert from "node:assert/strict";
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
): Promise<WebhookResponse> {
  const webhook = {
    urlRules: { httpsOnly: false, ports: null },
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

test("a listener that acknowledges is told so, with what it said", async () => {
  const result = await sendOnce(acknowledge);
  assert.equal(result.failure, null);
  assert.equal(result.warning, null);
  assert.equal(result.httpStatus, 200);
  assert.match(result.body, /Successfully Accepted Result/);
});

test("what counts as a failure is said in words", async () => {
  const table: [string, ListenerBehaviour, RegExp][] = [
    ["hangs", neverRespond, /^No answer within 0\.4 s\.$/],
    ["resets", resetConnection, /^It closed the connection without an answer\.$/],
    ["has a bad day", respondWith(503), /^It answered 503\.$/],
    ["is not there any more", respondWith(404), /^It answered 404\.$/],
    ["redirects nowhere", respondWith(302), /^It answered 302\.$/],
    ["has endless headers", respondWith(200, { "x-long": "x".repeat(20_000) }), /longer than 16 KB/],
  ];
  for (const [name, behaviour, pattern] of table) {
    const { failure } = await sendOnce(behaviour);
    assert.match(failure ?? "acknowledged", pattern, name);
  }
});

test("a redirect is not followed, wherever it goes", async () => {
  await using inside = await createTestListener();
  const location = `${inside.url}?from=a%20redirect`;
  for (const status of [301, 302, 303, 307, 308]) {
    const result = await sendOnce(respondWith(status, { location }));
    assert.equal(result.failure, `It redirected to ${location}; redirects are not followed.`);
    assert.equal(result.httpStatus, status);
  }
  assert.equal(inside.received.length, 0);
});

test("Retry-After is heard on a failure", async () => {
  const result = await sendOnce(respondWith(503, { "retry-after": "120" }));
  assert.equal(result.retryAfterMs, 120_000);
});

test("an acknowledgement stays one whatever becomes of its body, and is flagged", async () => {
  const table: [string, ListenerBehaviour, RegExp | null][] = [
    ["no body", respondWith(204), null],
    ["garbage", respondWith(200, {}, "<html>ok</html>"), null],
    [
      "never ends",
      (_received, response) => void response.writeHead(200).write("so far"),
      /not over within 0\.4 s/,
    ],
    [
      "breaks off",
      (_received, response) =>
        void response.writeHead(200, { "content-length": "100" }).write("so far", () => response.destroy()),
      /broke off/,
    ],
    ["too long", respondWith(200, {}, "x".repeat(70_000)), /longer than 64 KB/],
    [
      "a bomb",
      (_received, response) =>
        void response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(50_000_000))),
      /compressed/,
    ],
  ];
  for (const [name, behaviour, warning] of table) {
    const result = await sendOnce(behaviour);
    assert.equal(result.failure, null, name);
    assert(result.httpStatus === 200 || result.httpStatus === 204, name);
    if (warning === null) assert.equal(result.warning, null, name);
    else assert.match(result.warning ?? "no flag", warning, name);
    assert(result.body.length <= 64 * 1024, name);
  }
});

test("of a gigabyte only the beginning is read, and the connection is closed", async () => {
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

test("a body that trickles does not outlive the attempt", async () => {
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

test("what is no HTTP, no TLS, no listener or no name is told apart", async () => {
  await using garbage = createServer((socket: Socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end("SSH-2.0-OpenSSH_9.2\r\n"));
  });
  await once(garbage.listen(0, "127.0.0.1"), "listening");
  const { port } = garbage.address() as AddressInfo;
  assert.equal((await sendTo(`http://127.0.0.1:${port}/`)).failure, "What it answered is no HTTP.");
  assert.equal(
    (await sendTo(`https://127.0.0.1:${port}/`)).failure,
    "What answers there is no TLS that we speak.",
  );
  garbage.close();
  assert.equal(
    (await sendTo(`http://127.0.0.1:${port}/`)).failure,
    "Nobody listens there (connection refused).",
  );
  const resolve = () =>
    Promise.reject(Object.assign(new Error(), { code: "ENOTFOUND", syscall: "getaddrinfo" }));
  assert.equal((await sendTo("http://nowhere.example/", { resolve })).failure, "The name does not resolve.");
});

test("a certificate that nobody vouches for is refused, and the reason names what would help", async () => {
  const now = new Date();
  const pair = await issueServerCertificate(await createCertificateAuthority(now), ["127.0.0.1"], now);
  await using listener = await createTestListener({ tls: pair });
  const { failure } = await sendTo(listener.url, { timeoutMs: 5000 });
  assert.match(failure ?? "acknowledged", /^The certificate is not trusted: .*NODE_EXTRA_CA_CERTS/);
  assert.equal(listener.received.length, 0);
});

test("a name is judged by the address that the connection is made to: one that changes its mind is caught", async () => {
  await using inside = await createTestListener();
  const rules = { environment: "sandbox", privateListeners: false } as const;
  let lookups = 0;
  // Public for whoever looks first, this machine for whoever connects.
  const rebinding = async () => {
    lookups += 1;
    return [{ address: lookups === 1 ? "1.1.1.1" : "127.0.0.1", family: 4 }];
  };
  assert.equal(validateAddress((await rebinding())[0]?.address ?? ""), null);
  const rebound = await sendTo(`http://shop.example:${inside.port}/told`, { rules, resolve: rebinding });
  assert.equal(rebound.failure, "The address 127.0.0.1 is this very machine; only public ones are called.");
  const literal = await sendTo(inside.url, { rules });
  assert.match(literal.failure ?? "", /this very machine/);
  assert.equal(inside.received.length, 0);
  assert.equal(lookups, 2);
});

test("the rules hold when a call is made, whatever was accepted before", async () => {
  const live = { environment: "live", privateListeners: false } as const;
  for (const url of ["http://shop.example:12000/", "https://shop.example/", "https://127.0.0.1:12000/"]) {
    const { failure, httpStatus } = await sendTo(url, { rules: live });
    assert.match(failure ?? "acknowledged", /^In live|this very machine/, url);
    assert.equal(httpStatus, null);
  }
});

test("a call that we break off ourselves says nothing about the listener", async () => {
  await using listener = await createTestListener({ behaviour: neverRespond });
  const stop = new AbortController();
  const calling = sendTo(listener.url, { timeoutMs: 10_000 }, stop.signal);
  await listener.waitForCallbacks(1);
  stop.abort();
  assert.equal((await calling).aborted, true);
});

test("a connection that was kept open and is closed under us costs no attempt", async () => {
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
