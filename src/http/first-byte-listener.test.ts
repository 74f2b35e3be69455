/** One port for HTTP and HTTPS. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import type { IncomingMessage } from "node:http";
import { pino } from "pino";
import { createCertificateAuthority, issueServerCertificate, type KeyPair } from "./certificate-authority.ts";
import { listenByFirstByte, type FirstByteListener } from "./first-byte-listener.ts";
import { ConnectionLimits, type ConnectionLimitOptions } from "./connection-limits.ts";
import { buildServer, ListenError } from "./server.ts";

let authority: KeyPair;
let listener: FirstByteListener;

const generous: ConnectionLimitOptions = {
  trustedProxies: [],
  maxConnections: 100,
  maxConnectionsPerSource: 100,
  maxFailuresPerSource: 1000,
};

async function start(
  port: number,
  connectionLimits = new ConnectionLimits(generous),
): Promise<FirstByteListener> {
  const app = buildServer({ trustedProxies: [], connectionLimits, log: pino({ level: "silent" }) });
  app.post("/echo", (request) => ({ body: request.body, protocol: request.protocol }));
  const server = await issueServerCertificate(authority, ["127.0.0.1", "localhost"], new Date());
  return listenByFirstByte(app, { host: "127.0.0.1", port, ...server, setting: "DARAJA_LIVE_PORT" });
}

before(async () => {
  authority = await createCertificateAuthority(new Date());
  listener = await start(0);
});
after(() => listener.close({ drainTimeoutMs: 1000 }));

const body = JSON.stringify({ text: "x".repeat(100_000).slice(0, 50_000) });

async function postTls(): Promise<{ status: number; body: string; alpn: unknown }> {
  const sent = httpsRequest({
    host: "127.0.0.1",
    port: listener.address.port,
    path: "/echo",
    method: "POST",
    ca: authority.cert,
    headers: { "content-type": "application/json" },
    // The types of Node leave it out, although the connection uses it.
    ...({ ALPNProtocols: ["h2", "http/1.1"] } as object),
  });
  sent.end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const socket = response.socket as unknown as { alpnProtocol: unknown };
  return { status: response.statusCode ?? 0, body: await text(response), alpn: socket.alpnProtocol };
}

const postPlain = () =>
  fetch(`http://127.0.0.1:${listener.address.port}/echo`, {
    method: "POST",
    body,
    headers: { "content-type": "application/json" },
  });

test("the same port answers HTTP and HTTPS, one after the other and at the same time", async () => {
  const plain = await postPlain();
  assert.equal(plain.status, 200);
  assert.deepEqual(await plain.json(), { body: JSON.parse(body) as unknown, protocol: "http" });
  const secure = await postTls();
  assert.equal(secure.status, 200);
  assert.deepEqual(JSON.parse(secure.body), { body: JSON.parse(body) as unknown, protocol: "https" });
  assert.equal(secure.alpn, "http/1.1");

  const replies = await Promise.all(
    Array.from({ length: 20 }, async (_, index) =>
      index % 2 === 0 ? (await postPlain()).status : (await postTls()).status,
    ),
  );
  assert.deepEqual(new Set(replies), new Set([200]));
});

test("what is neither gets an error or is closed, and the port stays usable", async () => {
  const socket = connect(listener.address.port, "127.0.0.1");
  socket.write("\u0001\u0002\u0003 no HTTP\r\n\r\n");
  assert.match(await text(socket), /^HTTP\/1\.1 400 /);
  const silent = connect(listener.address.port, "127.0.0.1");
  await once(silent, "connect");
  silent.destroy();
  assert.equal((await postPlain()).status, 200);
});

test("a port that is in use is an error of one line that names the setting", async () => {
  await assert.rejects(start(listener.address.port), (error: Error) => {
    assert(error instanceof ListenError);
    assert.match(
      error.message,
      /^DARAJA_LIVE_PORT: port \d+ on 127\.0\.0\.1 is in use by another program\.$/,
    );
    return true;
  });
});

test("a connection counts before its first byte, and ends if none comes", async () => {
  const timeouts = { handshakeMs: 200, halfClosedMs: 200, unreadMs: 300, checkIntervalMs: 20 };
  const limits = new ConnectionLimits({ ...generous, maxConnectionsPerSource: 3, timeouts });
  const own = await start(0, limits);
  const { port } = own.address;
  try {
    const silent = Array.from({ length: 5 }, () => connect(port, "127.0.0.1"));
    for (const socket of silent) socket.on("error", () => {}).resume();
    const closed = silent.map((socket) => once(socket, "close", { signal: AbortSignal.timeout(10_000) }));
    await Promise.all(silent.map((socket) => once(socket, "connect")));
    await Promise.race(closed);
    assert(limits.open <= 3, `${limits.open} connections`);
    assert(limits.refused >= 1);
    await Promise.all(closed);
    assert.equal(limits.open, 0);
    // A place is free again, for both protocols.
    const client = connect(port, "127.0.0.1");
    client.write("GET /missing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert.match(await text(client), /^HTTP\/1\.1 404 /);
  } finally {
    await own.close({ drainTimeoutMs: 1000 });
  }
});

test("a listener that closes ends the connections that have sent nothing", async () => {
  const limits = new ConnectionLimits(generous);
  const own = await start(0, limits);
  const silent = connect(own.address.port, "127.0.0.1");
  silent.on("error", () => {}).resume();
  await once(silent, "connect");
  const closed = once(silent, "close");
  const startedAt = performance.now();
  await own.close({ drainTimeoutMs: 5000 });
  await closed;
  assert(performance.now() - startedAt < 2000);
  assert.equal(limits.open, 0);
});
