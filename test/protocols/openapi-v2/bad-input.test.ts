/**
 * Any input gets a quick JSON response that reveals nothing about the implementation, and the server keeps running.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { after, afterEach, before, test } from "node:test";
import { c2bFields, createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";
import { summarise } from "./packets.ts";

let sandbox: TestSandbox;
let bearer: string;
before(async () => {
  sandbox = await createTestSandbox();
  bearer = await sandbox.session();
});
after(async () => {
  // Closing writes the request log's queue; no request may prevent that.
  await sandbox[Symbol.asyncDispose]();
  assert.deepEqual(
    sandbox.logLines.filter((line) => line.includes("lost")),
    [],
  );
});

const path = "/sandbox/ipg/v2/vodacomTZN/c2bPayment/singleStage/";

/** Generous on a busy machine, and far below any timeout of the server. */
const maxResponseMs = 2000;

afterEach(async () => {
  const paid = await sandbox.call("POST", "c2bPayment/singleStage/", c2bFields(sandbox));
  assert.equal(summarise(paid), "201 INS-0", "a valid payment succeeds afterwards");
  const faultLines = sandbox.logLines.filter((line) => /"level":(50|60)/.test(line));
  assert.deepEqual(faultLines, [], "no request caused an error in the log");
});

async function post(body: string, target = path) {
  const startedAt = performance.now();
  const reply = await sandbox.raw("POST", target, { bearer, body });
  assert(performance.now() - startedAt < maxResponseMs, "answered quickly");
  assert.doesNotMatch(JSON.stringify(reply.body), /node:|\.ts|Error:|at /, "no stack trace");
  return reply;
}

test("a body that is not a JSON object is INS-21", async () => {
  const bodies = [
    "no JSON",
    "{",
    '{"a":1',
    "[]",
    "[1,2]",
    '"text"',
    "17",
    "null",
    "true",
    "\u0000",
    "{'a':1}",
    "<xml/>",
    "input_Amount=10",
  ];
  for (const body of bodies) assert.equal(summarise(await post(body)), "400 INS-21", body);
});

test("an empty body or empty object is INS-20", async () => {
  for (const body of ["", " ", "{}"])
    assert.equal(summarise(await post(body)), "400 INS-20", JSON.stringify(body));
});

test("deep nesting does no harm", async () => {
  const deep = "[".repeat(15_000) + "]".repeat(15_000);
  const deepObject = '{"a":'.repeat(9000) + "1" + "}".repeat(9000);
  assert.equal(summarise(await post(deep)), "400 INS-21");
  assert.equal(
    summarise(await post(JSON.stringify(c2bFields(sandbox)).replace("{", `{"other":${deep},`))),
    "201 INS-0",
  );
  assert.equal(
    summarise(await post(JSON.stringify(c2bFields(sandbox)).replace("{", `{"other":${deepObject},`))),
    "400 INS-21",
    "too many fields",
  );
  assert.equal(
    summarise(await post(JSON.stringify(c2bFields(sandbox)).replace("{", `{"n":1,"input_Country":${deep},`))),
    "400 INS-21",
    "a duplicate key",
  );
  assert.equal(summarise(await post(JSON.stringify(c2bFields(sandbox)).replace('"10"', deep))), "400 INS-15");
});

test("NUL bytes, lone surrogates and names such as __proto__ are treated as ordinary values", async () => {
  // prettier-ignore
  const table: [string, string][] = [
    [JSON.stringify(c2bFields(sandbox, { input_TransactionReference: "a\u0000b" })), "400 INS-17"],
    [JSON.stringify(c2bFields(sandbox, { input_ThirdPartyConversationID: "\ud800" })), "400 INS-28"],
    [JSON.stringify(c2bFields(sandbox)).replace("{", '{"__proto__":{"input_Amount":"1"},'), "201 INS-0"],
    [JSON.stringify(c2bFields(sandbox, { input_Amount: undefined })).replace("{", '{"__proto__":{"input_Amount":"1"},'), "400 INS-20"],
    [JSON.stringify(c2bFields(sandbox)).replace("{", '{"constructor":{"prototype":1},"toString":1,"hasOwnProperty":null,'), "201 INS-0"],
    [JSON.stringify(c2bFields(sandbox, { "\u0000": "\u0000", "\ud800": "\udfff" })), "201 INS-0"],
    [JSON.stringify(c2bFields(sandbox, { input_PurchasedItemsDesc: "é" })), "400 INS-30"],
    [JSON.stringify(c2bFields(sandbox, { input_Country: "__proto__" })), "400 INS-998"],
    [JSON.stringify(c2bFields(sandbox, { input_CustomerMSISDN: "constructor" })), "400 INS-2051"],
    ...["\u0000", "\ud800", "\ud800x\udfff", "\n", "\t", " ", "\u0085", "\u001b[2J"].map((character): [string, string] => [
      JSON.stringify(c2bFields(sandbox, { input_ResponseURL: `http://127.0.0.1:3999/${character}` })), "400 INS-21",
    ]),
    [JSON.stringify(c2bFields(sandbox, { input_ResponseURL: `http://127.0.0.1:3999/${"x".repeat(2000)}` })), "400 INS-21"],
  ];
  for (const [body, expected] of table) assert.equal(summarise(await post(body)), expected, body);
});

test("an echoed reference is cut to 100 characters and is well-formed", async () => {
  const long = await post(
    JSON.stringify(c2bFields(sandbox, { input_ThirdPartyConversationID: "x".repeat(10_000) })),
  );
  assert.equal(long.body["output_ThirdPartyConversationID"], "x".repeat(100));
  const half = await post(JSON.stringify(c2bFields(sandbox, { input_ThirdPartyConversationID: "a\ud800" })));
  assert.equal(half.body["output_ThirdPartyConversationID"], "a\ufffd");
});

test("malformed query strings are INS-20", async () => {
  const status = "/sandbox/ipg/v2/vodacomTZN/queryTransactionStatus/";
  const many = Array.from({ length: 1500 }, (_, index) => `a${index}=1`).join("&");
  const queries = ["?%", "?%00", "?a=%ff", "?__proto__=1&constructor=2", "?&&&==", `?${many}`];
  for (const query of queries) {
    const reply = await sandbox.raw("GET", status + query, { bearer });
    assert.equal(summarise(reply), "400 INS-20", query.slice(0, 40));
  }
});

test("a body of ten megabytes is refused before it is read", async () => {
  const reply = await sendRaw(
    `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${bearer}\r\nContent-Length: 10485760\r\n\r\n`,
    (socket) => socket.write("x".repeat(100_000)),
  );
  assert.match(reply, /^HTTP\/1\.1 413 /);
  assert.match(reply, /"error":"Payload Too Large"/);
});

test("a wrong method is 405 with an Allow header", async () => {
  for (const method of ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
    const reply = await sandbox.raw(method, path, { bearer });
    assert.equal(reply.status, 405, method);
    assert.equal(reply.headers.get("allow"), "POST");
    assert.deepEqual(reply.body, {
      output_ResponseCode: "INS-21",
      output_ResponseDesc: "Parameter validations failed. Please try again.",
      output_error: `The call ${path} is made with POST.`,
    });
  }
  const unknownToRouter = await sendRaw(
    `PROPFIND ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
  assert.match(unknownToRouter, /^HTTP\/1\.1 405 [^]*allow: POST[^]*"output_error":"The call /i);
});

test("an unknown path is 404 in JSON: in the protocol's form below its prefix, and else in the server's", async () => {
  const paths = [
    "/sandbox/ipg/v2",
    "/sandbox/ipg/v2/",
    "/SANDBOX//ipg/v2?a=1",
    "/sandbox/ipg/v2/vodacomTZN/%3Cscript%3Ealert(1)%3C/script%3E",
    `/sandbox/ipg/v2/${"x".repeat(3000)}/y`,
    "/sandbox/ipg/v2x/vodacomTZN/getSession/",
    "/control/ipg/v2/",
    "/sandbox/ipg/v2/vodacomTZN/",
    "/sandbox/ipg/v2/vodacomTZN/noSuchCall/",
    "/sandbox/ipg/v2/getSession/",
    "/openapi/ipg/v2/vodacomTZN/c2bPayment/singleStage/more/",
    "/sandbox/ipg/v9/vodacomTZN/getSession/",
    "/sandbox/",
    "/sandbox/ipg/v2/vodacomTZN/__proto__",
    "/sandbox/ipg/v2/vodacomTZN/constructor",
    "/sandbox/ipg/v2/vodacomTZN/../../../../etc/passwd",
  ];
  for (const target of paths) {
    for (const method of ["GET", "POST"]) {
      const reply = await sandbox.raw(method, target, { bearer });
      assert.equal(reply.status, 404, `${method} ${target}`);
      if (/^\/(?:sandbox|openapi)\/+ipg\/v2(?:[/?]|$)/i.test(target) && !target.includes("..")) {
        assert.equal(reply.body["output_ResponseCode"], "INS-21", target);
        assert.equal(
          reply.body["output_ResponseDesc"],
          "Parameter validations failed. Please try again.",
          target,
        );
        const path = target.replace(/\?.*/, "").replaceAll(/[()]/g, "?").slice(0, 200);
        assert.equal(reply.body["output_error"], `No call has the path ${path}. See /openapi.json.`);
      } else {
        assert.equal(reply.body["error"], "Not Found", target);
      }
    }
  }
});

test("a market named like an object's built-in property is INS-998", async () => {
  for (const market of ["__proto__", "constructor", "toString", "hasOwnProperty", "%00", "vodacomTZN%20"]) {
    const reply = await post("{}", `/sandbox/ipg/v2/${market}/c2bPayment/singleStage/`);
    assert.equal(summarise(reply), "400 INS-998", market);
  }
});

/** Writes raw bytes to a socket and returns everything that the server sends until it closes. */
async function sendRaw(bytes: string, onConnect: (socket: Socket) => void = () => {}): Promise<string> {
  const { hostname, port } = new URL(sandbox.url);
  const socket = connect(Number(port), hostname);
  let text = "";
  socket.on("data", (chunk) => (text += chunk.toString("latin1")));
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.write(bytes, "latin1");
  onConnect(socket);
  const timer = setTimeout(() => socket.destroy(new Error("the server left the socket open")), maxResponseMs);
  await once(socket, "close");
  clearTimeout(timer);
  return text;
}

test("bytes that are not HTTP get 400 in JSON, and the socket is closed", async () => {
  // prettier-ignore
  const table = [
    "nonsense\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    "GET /\u0000 HTTP/1.1\r\nHost: x\r\n\r\n",
    `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n`,
    `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`,
    `POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
    `POST ${path} HTTP/1.1\r\nHost: x\r\nbroken header\r\n\r\n`,
  ];
  for (const bytes of table) {
    const reply = await sendRaw(bytes);
    assert.match(reply, /^HTTP\/1\.1 400 /, JSON.stringify(bytes));
    assert.match(reply, /\{"error":"Bad Request"/, JSON.stringify(bytes));
  }
});

test("an invalid percent-encoding is JSON, below a protocol's paths in its own form", async () => {
  for (const target of ["/sandbox/ipg/v2/%", "/sandbox/ipg/v2/vodacomTZN/%zz/", "/%c0%ae"]) {
    const reply = await sendRaw(
      `POST ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`,
    );
    assert.match(reply, /^HTTP\/1\.1 40[04] /, target);
    assert.match(
      reply,
      target.startsWith("/sandbox") ? /\{"output_ResponseCode":"INS-21"/ : /\{"error":"/,
      target,
    );
    assert.doesNotMatch(reply, /FST_|stack/, target);
  }
});

test("oversized headers are 431", async () => {
  const reply = await sendRaw(`GET ${path} HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(100_000)}\r\n\r\n`);
  assert.match(reply, /^HTTP\/1\.1 431 /);
  assert.match(reply, /\{"error":/);
});

test("a client that disconnects in the middle of its body does no harm", async () => {
  const { hostname, port } = new URL(sandbox.url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"input_`);
  socket.resetAndDestroy();
  await once(socket, "close");
});

test("an incomplete request times out with a response", async () => {
  const { server } = sandbox.platform.server;
  const { requestTimeout, headersTimeout } = server;
  assert(headersTimeout > 0 && headersTimeout < requestTimeout, "otherwise Node keeps a half-sent body open");
  // Shorter than the server's own timeouts, to keep the test fast.
  Object.assign(server, { requestTimeout: 100, headersTimeout: 100 });
  const half = [
    `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"input_`,
    `POST ${path} HTTP/1.1\r\nHo`,
  ];
  const replies = await Promise.all(half.map((bytes) => sendRaw(bytes)));
  Object.assign(server, { requestTimeout, headersTimeout });
  for (const reply of replies) assert.match(reply, /^HTTP\/1\.1 408 [^]*\{"error":"Request Timeout"/);
});

test("pipelined requests are answered in order, invalid ones included", async () => {
  const buildRequest = (body: string, close = false) =>
    `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${bearer}\r\n${close ? "Connection: close\r\n" : ""}` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const buildPayment = () => JSON.stringify(c2bFields(sandbox));
  const reply = await sendRaw(
    buildRequest(buildPayment()) +
      buildRequest("no JSON") +
      buildRequest(buildPayment()) +
      buildRequest("{}", true),
  );
  const statuses = [...reply.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
  const codes = [...reply.matchAll(/"output_ResponseCode":"([^"]+)"/g)].map(([, code]) => code);
  assert.deepEqual(statuses, ["201", "400", "201", "400"]);
  assert.deepEqual(codes, ["INS-0", "INS-21", "INS-0", "INS-20"]);
});

test("an extremely long value is refused quickly", async () => {
  for (const amount of [`${"1".repeat(60_000)}x`, "1".repeat(60_000)]) {
    const reply = await post(JSON.stringify(c2bFields(sandbox, { input_Amount: amount })));
    assert.equal(summarise(reply), "400 INS-15");
  }
});

test("a deeply nested parameter is refused like any other value, with both conversation ids", async () => {
  const deep = `${"[".repeat(32_000)}${"]".repeat(32_000)}`;
  const body = JSON.stringify(c2bFields(sandbox, { input_Amount: "AMOUNT" })).replace('"AMOUNT"', deep);
  const reply = await post(body);
  assert.equal(summarise(reply), "400 INS-15");
  assert.match(reply.body["output_ConversationID"] ?? "", /^[0-9a-f]{32}$/);
});
