/** The limits of connections, with real sockets whose clients do not behave. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempDisposableSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { test, type TestContext } from "node:test";
import { connect as connectTls } from "node:tls";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { pino } from "pino";
import { loadCertificate } from "./certificate.ts";
import { ConnectionLimits, type ConnectionLimitOptions } from "./connection-limits.ts";
import { buildServer, listen } from "./server.ts";

const timeouts = { handshakeMs: 200, halfClosedMs: 200, unreadMs: 300, checkIntervalMs: 20 };

const generous: ConnectionLimitOptions = {
  trustedProxies: [],
  maxConnections: 1000,
  maxConnectionsPerSource: 1000,
  maxFailuresPerSource: 1000,
  timeouts,
};

const createApp = (
  connectionLimits: ConnectionLimits,
  { trustedProxies = [] }: Pick<Partial<ConnectionLimitOptions>, "trustedProxies"> = {},
) => buildServer({ trustedProxies, connectionLimits, log: pino({ level: "silent" }) });

async function startServer(t: TestContext, options: Partial<ConnectionLimitOptions> & { https?: true } = {}) {
  const limits = new ConnectionLimits({ ...generous, ...options });
  const app = createApp(limits, options);
  /** Ends the requests to /wait. */
  const waits = Promise.withResolvers<void>();
  app.get("/ok", async () => ({ ok: true }));
  app.get("/large", async () => "x".repeat(32 * 1024 * 1024));
  app.get("/wait", async () => waits.promise.then(() => ({ ok: true })));
  app.post("/body", async () => ({ ok: true }));
  const server = await listen(app, {
    host: "127.0.0.1",
    port: 0,
    https: options.https === true ? { port: 0, ...(await createCertificate(t)) } : null,
  });
  t.after(async () => {
    waits.resolve();
    await server.close({ drainTimeoutMs: 500 });
  });
  return {
    server,
    limits,
    port: server.http.port,
    endWaits: () => waits.resolve(),
    /** The sockets that the HTTP server has not closed, by Node's count. */
    countOpen: () => promisify(app.server.getConnections.bind(app.server))(),
  };
}

async function createCertificate(t: TestContext) {
  const folder = mkdtempDisposableSync(`${tmpdir()}/certificate-`);
  t.after(() => folder.remove());
  const settings = {
    dataDir: folder.path,
    host: "127.0.0.1",
    httpsCert: null,
    httpsKey: null,
    certificateNames: [],
    publicUrl: null,
  };
  return loadCertificate(settings, new Date());
}

/** A client that never closes its side. */
function connectClient(t: TestContext, port: number, localAddress = "127.0.0.1") {
  const socket = connect({ port, host: "127.0.0.1", localAddress, allowHalfOpen: true });
  return watchClient(t, socket);
}

function watchClient<S extends Socket>(t: TestContext, socket: S) {
  t.after(() => socket.destroy());
  const client = { socket, text: "", isClosed: false };
  socket.setEncoding("latin1").on("data", (chunk: string) => (client.text += chunk));
  socket.on("end", () => (client.isClosed = true));
  socket.on("error", () => {});
  socket.on("close", () => (client.isClosed = true));
  return client;
}

/** Waits until the condition holds. */
async function waitFor(condition: () => boolean | Promise<boolean>, intervalMs = 5): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!(await condition())) {
    assert(performance.now() < deadline, `not within 5 s: ${condition.toString()}`);
    await sleep(intervalMs);
  }
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;

test("a TLS connection that does not complete its handshake is closed", async (t) => {
  const { server, limits } = await startServer(t, { https: true });
  const port = server.https?.port ?? 0;
  const silent = connectClient(t, port);
  const garbage = connectClient(t, port);
  garbage.socket.write("GET / HTTP/1.1\r\n\r\n");
  const half = connectClient(t, port);
  half.socket.end();
  await once(silent.socket, "connect");
  await waitFor(() => silent.isClosed && garbage.isClosed && half.isClosed);
  await waitFor(() => limits.open === 0);

  const secure = watchClient(t, connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false }));
  secure.socket.write(get("/ok"));
  await waitFor(() => secure.text.includes('{"ok":true}'));
  assert.equal(limits.open, 1);
});

test("a refused client that does not close its side loses the connection", async (t) => {
  const { port, countOpen } = await startServer(t);
  const requests = {
    garbage: "\x16\x03garbage\r\n\r\n",
    header: `GET / HTTP/1.1\r\nHost: a\r\nX: ${"a".repeat(17_000)}\r\n\r\n`,
    large:
      "POST /body HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{",
    close: "GET /ok HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
  };
  const clients = Object.values(requests).map((text) => {
    const client = connectClient(t, port);
    client.socket.write(text, "latin1");
    return client;
  });
  await waitFor(() => clients.every(({ text }) => text.includes("HTTP/1.1 ")));
  await waitFor(async () => (await countOpen()) === 0);
  assert.deepEqual(
    clients.map(({ text }) => text.slice(9, 12)),
    ["400", "431", "413", "200"],
  );
});

test("a client that closes its side and waits loses the connection", async (t) => {
  const { port, countOpen } = await startServer(t);
  const client = connectClient(t, port);
  client.socket.end(get("/ok"));
  await waitFor(() => client.isClosed);
  await waitFor(async () => (await countOpen()) === 0);
});

test("a client that reads nothing of a response loses the connection", async (t) => {
  const { port, countOpen } = await startServer(t);
  const socket = connect({ port, host: "127.0.0.1" });
  t.after(() => socket.destroy());
  socket.on("error", () => {});
  socket.pause();
  socket.write(get("/large"));
  await waitFor(async () => (await countOpen()) === 1);
  await waitFor(async () => (await countOpen()) === 0);
});

test("a source at its limit loses its longest idle connection; if none is idle, the new one is closed", async (t) => {
  const { port, limits, endWaits } = await startServer(t, { maxConnectionsPerSource: 3 });
  const silent = [1, 2, 3].map(() => connectClient(t, port));
  await waitFor(() => limits.open === 3);
  const fourth = connectClient(t, port);
  fourth.socket.write(get("/wait"));
  await waitFor(() => silent.filter(({ isClosed }) => isClosed).length === 1);

  const waiting = [1, 2].map(() => connectClient(t, port));
  for (const { socket } of waiting) socket.write(get("/wait"));
  await waitFor(() => silent.every(({ isClosed }) => isClosed));
  const refused = connectClient(t, port);
  await waitFor(() => refused.isClosed);
  const other = connectClient(t, port, "127.0.0.2");
  other.socket.write(get("/ok"));
  await waitFor(() => other.text.includes('{"ok":true}'));

  endWaits();
  await waitFor(() => [fourth, ...waiting].every(({ text }) => text.includes('{"ok":true}')));
});

test("a source at its limit keeps the connection whose requests succeed, which its client may use again at any moment", async (t) => {
  const { port, limits } = await startServer(t, { maxConnectionsPerSource: 3 });
  const steady = connectClient(t, port);
  steady.socket.write(get("/ok"));
  await waitFor(() => steady.text.includes('{"ok":true}'));
  // Idle for less long, but no request succeeded on them.
  const [silent] = [1, 2].map(() => connectClient(t, port));
  await waitFor(() => limits.open === 3);
  const next = connectClient(t, port);
  await waitFor(() => silent?.isClosed === true);
  next.socket.write(get("/missing"));
  await waitFor(() => next.text.includes("404"));

  steady.text = "";
  steady.socket.write(get("/ok"));
  await waitFor(() => steady.text.includes('{"ok":true}'));
  assert.equal(steady.isClosed, false);
});

test("a request that is not complete does not keep its place", async (t) => {
  const { port, limits } = await startServer(t, { maxConnectionsPerSource: 2 });
  const slow = [1, 2].map(() => connectClient(t, port));
  for (const { socket } of slow)
    socket.write(
      "POST /body HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{",
    );
  await waitFor(() => limits.open === 2);
  const client = connectClient(t, port);
  client.socket.write(get("/ok"));
  await waitFor(() => client.text.includes('{"ok":true}'));
  assert.equal(slow.filter(({ isClosed }) => isClosed).length, 1);
});

test("at the limit of the server, the source with the most connections loses one", async (t) => {
  const { port, limits } = await startServer(t, { maxConnections: 8, maxConnectionsPerSource: 1000 });
  const large = [1, 2, 3, 4].map(() => connectClient(t, port, "127.0.0.3"));
  const small = [1, 2, 3].map((end) => connectClient(t, port, `127.0.0.${10 + end}`));
  await waitFor(() => limits.open === 7);
  const last = [20, 21, 22].map((end) => connectClient(t, port, `127.0.0.${end}`));
  for (const { socket } of [...last, ...small]) socket.write(get("/ok"));
  await waitFor(() => [...last, ...small].every(({ text }) => text.includes('{"ok":true}')));
  assert.equal(large.filter(({ isClosed }) => isClosed).length, 2);
  assert.equal(limits.open, 8);
});

test("several servers have one count, and each ends only its own connections", async (t) => {
  const limits = new ConnectionLimits({ ...generous, maxConnectionsPerSource: 3 });
  const [first, second] = await Promise.all(
    [1, 2].map(async () => {
      const app = createApp(limits);
      app.get("/ok", async () => ({ ok: true }));
      return listen(app, { host: "127.0.0.1", port: 0, https: null });
    }),
  );
  assert(first !== undefined && second !== undefined);
  t.after(() => Promise.all([first.close({ drainTimeoutMs: 500 }), second.close({ drainTimeoutMs: 500 })]));
  const oldest = connectClient(t, first.http.port);
  await waitFor(() => limits.open === 1);
  const others = [first, second].map(({ http }) => connectClient(t, http.port));
  await waitFor(() => limits.open === 3);
  const fourth = connectClient(t, second.http.port);
  await waitFor(() => oldest.isClosed);
  assert.deepEqual([limits.open, limits.refused], [3, 1]);

  for (const { socket } of [...others, fourth]) socket.write(get("/ok"));
  await waitFor(() => [...others, fourth].every(({ text }) => text.includes('{"ok":true}')));
  await first.close({ drainTimeoutMs: 500 });
  await waitFor(() => others[0]?.isClosed === true);
  assert(!others[1]?.isClosed && !fourth.isClosed);
  assert.equal(limits.open, 2);
  fourth.socket.write(get("/ok"));
  await waitFor(() => fourth.text.split('{"ok":true}').length === 3);
});

test("the connections of a trusted proxy count only in total", async (t) => {
  const { port, limits } = await startServer(t, {
    maxConnectionsPerSource: 2,
    trustedProxies: ["127.0.0.0/8"],
  });
  const clients = [1, 2, 3, 4].map(() => connectClient(t, port));
  for (const { socket } of clients) socket.write(get("/ok"));
  await waitFor(() => clients.every(({ text }) => text.includes('{"ok":true}')));
  assert.equal(limits.open, 4);
});

test("a client that sends many requests without reading responses is closed, and may not connect for a second", async (t) => {
  const { port } = await startServer(t);
  const steady = connectClient(t, port);
  steady.socket.write(get("/ok"));
  await waitFor(() => steady.text.includes('{"ok":true}'));
  const few = connectClient(t, port);
  few.socket.write(get("/ok").repeat(16));
  await waitFor(() => few.text.split('{"ok":true}').length === 17);

  const flood = connectClient(t, port);
  flood.socket.write(get("/ok").repeat(1000));
  await waitFor(() => flood.isClosed);
  assert.equal(flood.text, "");
  const next = connectClient(t, port);
  await waitFor(() => next.isClosed);

  steady.socket.write(get("/ok"));
  await waitFor(() => steady.text.split('{"ok":true}').length === 3);
});

/** Sends requests one after another, and returns how long that took, in milliseconds. */
async function sendInTurn(client: ReturnType<typeof watchClient>, request: string, times: number) {
  const countResponses = (): number => client.text.split("HTTP/1.1 ").length - 1;
  const startedAt = performance.now();
  for (let sent = 0; sent < times; sent += 1) {
    const before = countResponses();
    client.socket.write(request);
    await waitFor(() => countResponses() > before, 1);
  }
  return performance.now() - startedAt;
}

test("a source with many failures is read slowly, and its other connections are not", async (t) => {
  const { port } = await startServer(t, { maxFailuresPerSource: 5 });
  const [failing, successful] = [connectClient(t, port), connectClient(t, port)];
  await sendInTurn(failing, get("/missing"), 6);
  const startedAt = performance.now();
  const successfulMs = await sendInTurn(successful, get("/ok"), 20);
  await sendInTurn(failing, get("/missing"), 1);
  const failingMs = performance.now() - startedAt;
  assert(failingMs >= 200, `${failingMs} ms`);
  assert(successfulMs < failingMs, `${successfulMs} ms, ${failingMs} ms`);
});

test("while the server is busy, connections are read slowly until a request with a key succeeds", async (t) => {
  const load = { busy: true, isBusy: () => load.busy };
  const { port } = await startServer(t, { maxFailuresPerSource: 100, load });
  const [stranger, trusted] = [connectClient(t, port), connectClient(t, port)];
  const withKey = get("/ok").replace("Host", "Authorization: Bearer key\r\nHost");
  await sendInTurn(trusted, withKey, 1);
  await sendInTurn(stranger, get("/ok"), 6);
  const startedAt = performance.now();
  const trustedMs = await sendInTurn(trusted, get("/ok"), 20);
  await sendInTurn(stranger, get("/ok"), 1);
  const strangerMs = performance.now() - startedAt;
  assert(strangerMs >= 900, `${strangerMs} ms`);
  assert(trustedMs < strangerMs, `${trustedMs} ms, ${strangerMs} ms`);

  load.busy = false;
  await sendInTurn(stranger, get("/ok"), 1);
  const idleMs = await sendInTurn(stranger, get("/ok"), 20);
  assert(idleMs < 900, `${idleMs} ms`);
});

test("a server that stops answers what is on its way, and a request on a connection that was idle", async (t) => {
  const { server, port, endWaits } = await startServer(t);
  const [waiting, used, idle] = [connectClient(t, port), connectClient(t, port), connectClient(t, port)];
  waiting.socket.write(get("/wait"));
  used.socket.write(get("/ok"));
  await waitFor(() => used.text.includes('{"ok":true}'));
  const closed = server.close({ delayMs: 300, drainTimeoutMs: 5000 });
  const late = connectClient(t, port);
  late.socket.write(get("/ok"));
  await waitFor(() => late.text.includes('{"ok":true}'));
  await waitFor(async () => {
    const refused = connect(port, "127.0.0.1");
    const [event] = await Promise.race([once(refused, "error"), once(refused, "connect")]);
    refused.destroy();
    return event instanceof Error;
  });
  used.socket.write(get("/ok"));
  await waitFor(() => used.text.split('{"ok":true}').length === 3);
  assert.match(used.text.slice(used.text.lastIndexOf("HTTP/1.1")), /connection: close/i);
  await waitFor(() => idle.isClosed);
  assert(!waiting.isClosed);
  endWaits();
  await closed;
  assert.match(waiting.text, /connection: close[^]*\{"ok":true\}/i);
});

test("a server that stops does not wait longer than its limit for a client", async (t) => {
  const { server, port, limits } = await startServer(t);
  const slow = connectClient(t, port);
  slow.socket.write("POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n");
  const waiting = connectClient(t, port);
  waiting.socket.write(get("/wait"));
  await waitFor(() => limits.open === 2);
  const startedAt = performance.now();
  await server.close({ drainTimeoutMs: 300 });
  assert(performance.now() - startedAt < 2000);
});
