/** The event streams with simulated handsets: slow readers, many readers, a lost database. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { pino } from "pino";
import type { HandsetState } from "../../handset/handset-api.ts";
import { ConnectionLimits } from "../../http/connection-limits.ts";
import { buildServer, listen } from "../../http/server.ts";
import { waitFor } from "../../../test/support/prompts.ts";
import { sendError } from "./responses.ts";
import { createEventStreams, type StreamLimits, type StreamSource } from "./events.ts";

const createState = (text: string): HandsetState => ({
  msisdn: "255750000006",
  firstName: "Zawadi",
  lastName: "Mollel",
  market: "vodacomTZN",
  currency: "TZS",
  answer: "ask",
  delayMs: 0,
  signal: "on",
  prompts: [],
  ended: [],
  pin: { left: 3, lockedUntil: null },
  blocked: [],
  messages: [{ id: "1", kind: "paid", at: 0, text }],
  now: 0,
});

interface TestServer {
  /** Changes the handset's message and notifies the stream. */
  setText(text: string): void;
  readonly port: number;
  readonly watchers: number;
}

async function startServer(
  t: TestContext,
  options: { limits?: StreamLimits; state?: StreamSource["state"] } = {},
): Promise<TestServer> {
  const trustedProxies = ["127.0.0.1"];
  const app = buildServer({
    trustedProxies,
    log: pino({ level: "silent" }),
    connectionLimits: new ConnectionLimits({
      trustedProxies,
      maxConnections: 100,
      maxConnectionsPerSource: 100,
      maxFailuresPerSource: 100,
    }),
  });
  const streams = createEventStreams(() => {}, options.limits);
  const watchers = new Set<() => void>();
  let text = "";
  app.addHook("preClose", async () => streams.close());
  const source: StreamSource = {
    clock: { now: () => Date.now() },
    state: options.state ?? (async () => createState(text)),
    watch(onChange) {
      watchers.add(onChange);
      return () => watchers.delete(onChange);
    },
  };
  void app.register(async (scope) => {
    scope.setErrorHandler((error, request, reply) => sendError(error, request, reply));
    scope.get("/events", async (request, reply) => streams.open(request, reply, source));
  });
  const server = await listen(app, { port: 0, host: "127.0.0.1", https: null });
  t.after(() => server.close());
  return {
    setText(next) {
      text = next;
      for (const notifyChanged of watchers) notifyChanged();
    },
    port: server.http.port,
    get watchers() {
      return watchers.size;
    },
  };
}

/** `from` is the client's address, as forwarded by a trusted proxy. */
function connectStream(t: TestContext, { port }: TestServer, from = "127.0.0.1"): Socket {
  const socket = connect(port, "127.0.0.1");
  t.after(() => socket.destroy());
  const lines = ["GET /events HTTP/1.1", "Host: 127.0.0.1", `X-Forwarded-For: ${from}`];
  socket.setEncoding("utf8").write(`${lines.join("\r\n")}\r\n\r\n`);
  return socket;
}

async function readChunk(socket: Socket): Promise<string> {
  const [chunk] = (await once(socket, "data")) as [string];
  return chunk;
}

test("a page that stops reading later gets the latest snapshot, and few of those in between", async (t) => {
  const server = await startServer(t);
  const socket = connectStream(t, server);
  await readChunk(socket);
  socket.pause();
  // More than all buffers on the way can hold: the rest must not be queued here.
  const wide = "x".repeat(200_000);
  for (let turn = 1; turn <= 300; turn += 1) {
    server.setText(`turn ${turn}. ${wide}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  let text = "";
  socket.on("data", (chunk: string) => (text += chunk)).resume();
  await waitFor("the latest snapshot", async () => (text.includes("turn 300.") ? true : undefined));
  const seen = text.match(/event: state/g)?.length ?? 0;
  assert(seen >= 2 && seen < 150, `${seen} of 300 snapshots`);
});

test("an unchanged state is not sent again", async (t) => {
  const server = await startServer(t);
  const socket = connectStream(t, server);
  server.setText("first");
  await readChunk(socket);
  let text = "";
  socket.on("data", (chunk: string) => (text += chunk));
  for (let turn = 0; turn < 20; turn += 1) server.setText("first");
  server.setText("second");
  await waitFor("the second snapshot", async () => (text.includes('"second"') ? true : undefined));
  assert((text.match(/event: state/g)?.length ?? 0) <= 2, text);
});

test("a disconnected page is not watched any more and frees its place", async (t) => {
  const server = await startServer(t, { limits: { total: 2, perClient: 2 } });
  const [first, second] = [connectStream(t, server), connectStream(t, server)];
  await Promise.all([readChunk(first), readChunk(second)]);
  assert.match(await readChunk(connectStream(t, server)), /^HTTP\/1\.1 503 /);
  first.destroy();
  await waitFor("no watcher for the closed page", async () => (server.watchers === 1 ? true : undefined));
  assert.match(await readChunk(connectStream(t, server)), /^HTTP\/1\.1 200 /);
});

test("one client cannot use all streams", async (t) => {
  const server = await startServer(t, { limits: { total: 4, perClient: 1 } });
  const requestStatus = async (from: string): Promise<string> =>
    (await readChunk(connectStream(t, server, from))).slice("HTTP/1.1 ".length, "HTTP/1.1 200".length);
  assert.equal(await requestStatus("192.0.2.1"), "200");
  assert.equal(await requestStatus("192.0.2.1"), "429");
  assert.equal(await requestStatus("192.0.2.2"), "200");
  assert.equal(await requestStatus("2001:db8::1"), "200");
  assert.equal(await requestStatus("2001:db8::2"), "429", "the same network");
  assert.equal(await requestStatus("2001:db8:0:1::1"), "200");
  assert.equal(await requestStatus("192.0.2.3"), "503");
});

test("a state that cannot be read ends the stream, so that the page does not show an outdated one", async (t) => {
  const server = await startServer(t, {
    state: () => Promise.reject(new Error("the database cannot be reached")),
  });
  const socket = connectStream(t, server);
  socket.resume();
  await once(socket, "close");
  await waitFor("no watcher for the closed page", async () => (server.watchers === 0 ? true : undefined));
});

test("a removed handset sends the event gone", async (t) => {
  const server = await startServer(t, { state: async () => null });
  const socket = connectStream(t, server);
  let text = "";
  socket.on("data", (chunk: string) => (text += chunk));
  await waitFor("the event gone", async () => (text.includes("event: gone") ? true : undefined));
});
