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
import { buildServer, ListenError } from "./server.ts";

let authority: KeyPair;
let listener: FirstByteListener;

async function start(port: number): Promise<FirstByteListener> {
  const app = buildServer({
    log: pino({ level: "silent" }),
    trustedProxies: [],
    maxConnections: 100,
    maxConnectionsPerSource: 100,
    maxFailuresPerSource: 1000,
  });
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
