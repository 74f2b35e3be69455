/**
 * Tests the load generator against servers that respond normally, slowly, in small chunks, or close the connection.
 * Its result decides whether the platform meets its targets, so each test compares it with the server's own counts.
 */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { createServer, type Socket } from "node:net";
import test from "node:test";
import { runLoad, type LoadPlan } from "./load-generator.ts";
import { buildCollection } from "./request.ts";

const publicKey = generateKeyPairSync("rsa", { modulusLength: 4096 })
  .publicKey.export({ format: "der", type: "spki" })
  .toString("base64");

const buildResponse = (status: string, body: object) => {
  const text = JSON.stringify(body);
  return `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
};
const paid = buildResponse("201 Created", { output_ResponseCode: "INS-0" });
const refused = buildResponse("422 Unprocessable Entity", { output_ResponseCode: "INS-2006" });

/**
 * Starts a server that calls `respond` for every complete request, with its number from 1, and records the requests.
 */
async function startServer(respond: (socket: Socket, number: number) => unknown) {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let received = "";
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      const head = received.indexOf("\r\n\r\n");
      const length = Number(/Content-Length: (\d+)/.exec(received)?.[1]);
      if (head < 0 || received.length < head + 4 + length) return;
      requests.push(received);
      received = "";
      respond(socket, requests.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert(typeof address === "object" && address !== null);
  return {
    requests,
    url: `http://127.0.0.1:${address.port}/pay/`,
    [Symbol.dispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

const buildPlan = (url: string, changes: Partial<LoadPlan> = {}): LoadPlan => ({
  requests: [buildCollection(url, { country: "TZN", currency: "TZS", prefix: "255" })],
  paidStatus: 201,
  parties: { firstMsisdn: 700_000_001, customers: 90_000, firstShortcode: 100_001, organisations: 100 },
  bearers: { kind: "reused", publicKey, secret: "a session" },
  connections: 4,
  warmUpSeconds: 0,
  seconds: 20,
  maxRequests: 200,
  seed: 7,
  ...changes,
});

test("every payment is counted once, and every reference is unique", async () => {
  using server = await startServer((socket) => socket.write(paid));
  const result = await runLoad(buildPlan(server.url));

  assert.equal(server.requests.length, 200);
  assert.equal(result.sent, 200);
  assert.equal(result.paid, 200);
  assert.equal(result.ok, 200);
  assert.equal(result.unanswered, 0);
  assert.deepEqual([result.byStatus, result.byCode, result.errors], [{ 201: 200 }, {}, {}]);
  assert(result.p50Ms > 0 && result.p50Ms <= result.p99Ms && result.p99Ms <= result.maxMs);

  const references = server.requests.map((request) => /ConversationID":"(\w+)"/.exec(request)?.[1]);
  assert.equal(new Set(references).size, 200);
});

test("a payment with a confirmation is two requests of one reference, and counts once", async () => {
  using server = await startServer((socket, number) => socket.write(number % 10 === 0 ? refused : paid));
  const { requests } = buildPlan(server.url);
  const result = await runLoad(
    buildPlan(server.url, { connections: 1, maxRequests: 20, confirmations: requests }),
  );
  const sent = server.requests.map((request) => /ConversationID":"(\w+)"/.exec(request)?.[1]);
  assert.equal(new Set(sent).size, 20);
  assert.equal(result.sent, 20);
  // Each tenth response refuses, which is a confirmation each time: nothing follows it.
  assert.deepEqual([sent.length, result.paid, result.byStatus], [40, 16, { 201: 16, 422: 4 }]);
  for (let at = 0; at < sent.length; at += 2) assert.equal(sent[at], sent[at + 1]);
});

test("a request that is refused has no confirmation", async () => {
  using server = await startServer((socket, number) => socket.write(number === 1 ? refused : paid));
  const { requests } = buildPlan(server.url);
  const result = await runLoad(
    buildPlan(server.url, { connections: 1, maxRequests: 2, confirmations: requests }),
  );
  assert.deepEqual([server.requests.length, result.paid, result.byStatus], [3, 1, { 201: 1, 422: 1 }]);
});

test("a response may arrive byte by byte", async () => {
  using server = await startServer(async (socket) => {
    for (const byte of paid) {
      socket.write(byte);
      await new Promise(setImmediate);
    }
  });
  const result = await runLoad(buildPlan(server.url, { connections: 2, maxRequests: 6 }));

  assert.deepEqual([result.paid, result.errors], [6, {}]);
});

test("responses other than 201 are counted by status and code, and not as payments", async () => {
  const broken = "HTTP/1.1 500 Internal Server Error\r\ncontent-length:2\r\n\r\n{}";
  using server = await startServer((socket, requestNumber) =>
    socket.write([paid, refused, broken, paid][requestNumber % 4] ?? paid),
  );
  const result = await runLoad(buildPlan(server.url));

  assert.deepEqual(result.byStatus, { 201: 100, 422: 50, 500: 50 });
  assert.deepEqual(result.byCode, { "INS-2006": 50, none: 50 });
  assert.deepEqual([result.requests, result.ok, result.paid], [200, 100, 100]);
});

test("a closed connection loses its request and is reopened", async () => {
  using server = await startServer((socket, requestNumber) =>
    requestNumber % 50 === 0 ? socket.destroy() : socket.write(paid),
  );
  const result = await runLoad(buildPlan(server.url));

  assert.deepEqual([result.sent, result.paid, result.unanswered], [200, 196, 4]);
  assert.equal(result.errors["closed before the response"], 4);
});

test("an invalid response is an error", async () => {
  const chunked = "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  const wrong = [chunked, paid + paid, "nonsense\r\nContent-Length: 0\r\n\r\n"];
  using server = await startServer((socket, requestNumber) => socket.write(wrong[requestNumber % 3] ?? ""));
  const result = await runLoad(buildPlan(server.url, { connections: 1, maxRequests: 3 }));

  assert.equal(result.paid, 0);
  assert.equal(result.unanswered, 3);
  assert.equal(result.errors["a response without Content-Length"], 1);
  assert.equal(result.errors["a response without a request"], 1);
  assert.equal(result.errors["a response without a status"], 1);
});

test("only the time after the warm-up counts, and the run ends on time", async () => {
  using server = await startServer((socket) => socket.write(paid));
  const times = { warmUpSeconds: 0.3, seconds: 0.3, maxRequests: 1e9 };
  const result = await runLoad(buildPlan(server.url, times));

  assert.equal(result.seconds, 0.3);
  assert.equal(result.paid, server.requests.length);
  assert(result.ok > 0 && result.ok < result.paid);
  assert.equal(result.perSecond, Math.round(result.ok / 0.3));
});

test("an unreachable server is an error, and the run still ends", async () => {
  const url = await startServer(() => {}).then((server) => {
    server[Symbol.dispose]();
    return server.url;
  });
  const result = await runLoad(buildPlan(url, { connections: 1, seconds: 0.2 }));

  assert.deepEqual([result.sent, result.perSecond], [0, 0]);
  assert((result.errors["ECONNREFUSED"] ?? 0) > 0);
});

test("fresh bearers differ for each request, and their number limits the run", async () => {
  using server = await startServer((socket) => socket.write(paid));
  const bearers = { kind: "fresh", publicKey, secret: "a session", count: 20 } as const;
  const result = await runLoad(buildPlan(server.url, { bearers }));

  const sent = server.requests.map((request) => /Bearer (\S+)/.exec(request)?.[1]);
  assert.equal(result.sent, 20);
  assert.equal(new Set(sent).size, 20);
});

test("load goes only to loopback addresses", async () => {
  for (const host of ["192.0.2.1", "example.com", "localhost", "[2001:db8::1]"]) {
    await assert.rejects(runLoad(buildPlan(`http://${host}:8080/`)), /only http and a loopback address/);
  }
  await assert.rejects(runLoad(buildPlan("https://127.0.0.1:8443/")), /only http and a loopback address/);
});

test("a protocol whose payments have another status is counted by that, and refusals by their errorCode", async () => {
  const acknowledged = buildResponse("200 OK", { ResponseCode: "0" });
  const busy = buildResponse("500 Internal Server Error", { errorCode: "500.001.1001" });
  using server = await startServer((socket, requestNumber) =>
    socket.write(requestNumber % 4 === 0 ? busy : acknowledged),
  );
  const body = { PhoneNumber: "254700000001" };
  const requests = ["one", "other"].map((token) => ({
    url: server.url,
    headers: { Authorization: `Bearer ${token}` },
    body,
  }));
  const result = await runLoad(buildPlan(server.url, { requests, paidStatus: 200, bearers: null }));

  assert.deepEqual([result.paid, result.byCode], [150, { "500.001.1001": 50 }]);
  const tokens = server.requests.map((request) => /Bearer (\S+)/.exec(request)?.[1]);
  assert.deepEqual(new Set(tokens), new Set(["one", "other"]));
});
