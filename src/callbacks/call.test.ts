/** Calls of listeners that misbehave: each costs a socket for a while, and says in words what was wrong. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { issueAuthority, issueServer } from "../http/issue-certificate.ts";
import {
  acknowledge,
  answerWith,
  hang,
  openListener,
  reset,
  type Behaviour,
} from "../../test/town/listener.ts";
import { addressRefusal } from "./addresses.ts";
import { openCaller, type Answered, type CallerOptions } from "./call.ts";

const laptop = { environment: "sandbox", privateListeners: true } as const;
const caller = openCaller({ rules: laptop, attemptMaxMs: 400 });
after(() => caller.close());

const never = new AbortController().signal;

async function callAt(url: string, options?: Partial<CallerOptions>, stop = never): Promise<Answered> {
  const call = { protocol: "openapi-v2", url, headers: { "content-type": "application/json" }, body: "{}" };
  if (options === undefined) return caller.call(call, stop);
  const own = openCaller({ rules: laptop, attemptMaxMs: 400, ...options });
  const answered = await own.call(call, stop);
  await own.close();
  return answered;
}

async function callOne(behaviour: Behaviour): Promise<Answered> {
  await using listener = await openListener({ behaviour });
  return await callAt(listener.url);
}

test("a listener that acknowledges is told so, with what it said", async () => {
  const told = await callOne(acknowledge);
  assert.equal(told.failure, null);
  assert.equal(told.flag, null);
  assert.equal(told.httpStatus, 200);
  assert.match(told.answer, /Successfully Accepted Result/);
});

test("what counts as a failure is said in words", async () => {
  const table: [string, Behaviour, RegExp][] = [
    ["hangs", hang, /^No answer within 0\.4 s\.$/],
    ["resets", reset, /^It closed the connection without an answer\.$/],
    ["has a bad day", answerWith(503), /^It answered 503\.$/],
    ["is not there any more", answerWith(404), /^It answered 404\.$/],
    ["redirects nowhere", answerWith(302), /^It answered 302\.$/],
    ["has endless headers", answerWith(200, { "x-long": "x".repeat(20_000) }), /longer than 16 KB/],
  ];
  for (const [what, behaviour, says] of table) {
    const { failure } = await callOne(behaviour);
    assert.match(failure ?? "acknowledged", says, what);
  }
});

test("a redirect is not followed, wherever it goes", async () => {
  await using inside = await openListener();
  const location = `${inside.url}?from=a%20redirect`;
  for (const status of [301, 302, 303, 307, 308]) {
    const told = await callOne(answerWith(status, { location }));
    assert.equal(told.failure, `It redirected to ${location}; redirects are not followed.`);
    assert.equal(told.httpStatus, status);
  }
  assert.equal(inside.heard.length, 0);
});

test("Retry-After is heard on a failure", async () => {
  const told = await callOne(answerWith(503, { "retry-after": "120" }));
  assert.equal(told.retryAfterMs, 120_000);
});

test("an acknowledgement stays one whatever becomes of its body, and is flagged", async () => {
  const table: [string, Behaviour, RegExp | null][] = [
    ["no body", answerWith(204), null],
    ["garbage", answerWith(200, {}, "<html>ok</html>"), null],
    [
      "never ends",
      (_heard, response) => void response.writeHead(200).write("so far"),
      /not over within 0\.4 s/,
    ],
    [
      "breaks off",
      (_heard, response) =>
        void response.writeHead(200, { "content-length": "100" }).write("so far", () => response.destroy()),
      /broke off/,
    ],
    ["too long", answerWith(200, {}, "x".repeat(70_000)), /longer than 64 KB/],
    [
      "a bomb",
      (_heard, response) =>
        void response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(50_000_000))),
      /compressed/,
    ],
  ];
  for (const [what, behaviour, flag] of table) {
    const told = await callOne(behaviour);
    assert.equal(told.failure, null, what);
    assert(told.httpStatus === 200 || told.httpStatus === 204, what);
    if (flag === null) assert.equal(told.flag, null, what);
    else assert.match(told.flag ?? "no flag", flag, what);
    assert(told.answer.length <= 64 * 1024, what);
  }
});

test("of a gigabyte only the beginning is read, and the connection is closed", async () => {
  const chunk = Buffer.alloc(64 * 1024, "x");
  let sent = 0;
  const closed = Promise.withResolvers<void>();
  const told = await callOne((_heard, response) => {
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
  assert.equal(told.failure, "It answered 500.");
  assert.equal(told.answer.length, 64 * 1024);
  await closed.promise;
  assert(sent < 20 * 1024 * 1024, `${sent} bytes were taken`);
});

test("a body that trickles does not outlive the attempt", async () => {
  const startedAt = performance.now();
  const told = await callOne((_heard, response) => {
    response.writeHead(503);
    const timer = setInterval(() => response.write("."), 20);
    response.once("close", () => clearInterval(timer));
  });
  assert.equal(told.failure, "It answered 503.");
  assert.match(told.answer, /^\.+$/);
  assert(performance.now() - startedAt < 2000);
});

test("what is no HTTP, no TLS, no listener or no name is told apart", async () => {
  await using garbage = createServer((socket: Socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end("SSH-2.0-OpenSSH_9.2\r\n"));
  });
  await once(garbage.listen(0, "127.0.0.1"), "listening");
  const { port } = garbage.address() as AddressInfo;
  assert.equal((await callAt(`http://127.0.0.1:${port}/`)).failure, "What it answered is no HTTP.");
  assert.equal(
    (await callAt(`https://127.0.0.1:${port}/`)).failure,
    "What answers there is no TLS that we speak.",
  );
  garbage.close();
  assert.equal(
    (await callAt(`http://127.0.0.1:${port}/`)).failure,
    "Nobody listens there (connection refused).",
  );
  const resolve = () =>
    Promise.reject(Object.assign(new Error(), { code: "ENOTFOUND", syscall: "getaddrinfo" }));
  assert.equal((await callAt("http://nowhere.example/", { resolve })).failure, "The name does not resolve.");
});

test("a certificate that nobody vouches for is refused, and the reason names what would help", async () => {
  const now = new Date();
  const pair = await issueServer(await issueAuthority(now), ["127.0.0.1"], now);
  await using listener = await openListener({ tls: pair });
  const { failure } = await callAt(listener.url, { attemptMaxMs: 5000 });
  assert.match(failure ?? "acknowledged", /^The certificate is not trusted: .*NODE_EXTRA_CA_CERTS/);
  assert.equal(listener.heard.length, 0);
});

test("a name is judged by the address that the connection is made to: one that changes its mind is caught", async () => {
  await using inside = await openListener();
  const rules = { environment: "sandbox", privateListeners: false } as const;
  let asked = 0;
  // Public for whoever looks first, this machine for whoever connects.
  const rebinding = async () => {
    asked += 1;
    return [{ address: asked === 1 ? "1.1.1.1" : "127.0.0.1", family: 4 }];
  };
  assert.equal(addressRefusal((await rebinding())[0]?.address ?? ""), null);
  const rebound = await callAt(`http://shop.example:${inside.port}/told`, { rules, resolve: rebinding });
  assert.equal(rebound.failure, "The address 127.0.0.1 is this very machine; only public ones are called.");
  const literal = await callAt(inside.url, { rules });
  assert.match(literal.failure ?? "", /this very machine/);
  assert.equal(inside.heard.length, 0);
  assert.equal(asked, 2);
});

test("the rules hold when a call is made, whatever was accepted before", async () => {
  const live = { environment: "live", privateListeners: false } as const;
  for (const url of ["http://shop.example:12000/", "https://shop.example/", "https://127.0.0.1:12000/"]) {
    const { failure, httpStatus } = await callAt(url, { rules: live });
    assert.match(failure ?? "acknowledged", /^In live|this very machine/, url);
    assert.equal(httpStatus, null);
  }
});

test("a call that we break off ourselves says nothing about the listener", async () => {
  await using listener = await openListener({ behaviour: hang });
  const stop = new AbortController();
  const calling = callAt(listener.url, { attemptMaxMs: 10_000 }, stop.signal);
  await listener.untilHeard(1);
  stop.abort();
  assert.equal((await calling).brokenOff, true);
});

test("a connection that was kept open and is closed under us costs no attempt", async () => {
  await using listener = await openListener();
  assert.equal((await callAt(listener.url)).failure, null);
  listener.behave((heard, response, request) => {
    listener.behave(acknowledge);
    reset(heard, response, request);
  });
  await sleep(20);
  const told = await callAt(listener.url);
  assert.equal(told.failure, null);
  assert.equal(listener.heard.length, 3);
});
