/** The live pictures' own promises, with handsets that a test draws: slow readers, many readers, lost databases. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type AddressInfo, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { pino } from "pino";
import type { PhoneState } from "../handset/phone.ts";
import { buildServer } from "../http/server.ts";
import { eventually } from "../../test/town/prompts.ts";
import { answerError } from "./answers.ts";
import { openStreams, type StreamsMax, type Watched } from "./events.ts";

const picture = (text: string): PhoneState => ({
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
  messages: [{ id: "1", kind: "paid", at: 0, text }],
  now: 0,
});

interface Drawn {
  /** What the handset shows; changing it tells the stream. */
  draw(text: string): void;
  readonly port: number;
  /** How many watchers there are. */
  readonly watchers: number;
}

async function serve(
  t: TestContext,
  options: { most?: StreamsMax; state?: Watched["state"] } = {},
): Promise<Drawn> {
  const app = buildServer({ trustedProxies: ["127.0.0.1"], log: pino({ level: "silent" }) });
  const streams = openStreams(() => {}, options.most);
  const watchers = new Set<() => void>();
  let text = "";
  app.addHook("preClose", async () => streams.close());
  const watched: Watched = {
    clock: { now: () => Date.now() },
    state: options.state ?? (async () => picture(text)),
    watch(changed) {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
  };
  void app.register(async (scope) => {
    scope.setErrorHandler((error, request, reply) => answerError(error, request, reply));
    scope.get("/events", async (request, reply) => streams.open(request, reply, watched));
  });
  await app.listen({ port: 0, host: "127.0.0.1" });
  t.after(() => app.close());
  return {
    draw(next) {
      text = next;
      for (const changed of watchers) changed();
    },
    port: (app.server.address() as AddressInfo).port,
    get watchers() {
      return watchers.size;
    },
  };
}

/** `from` is the address that it comes from, through a proxy that is trusted. */
function watch(t: TestContext, { port }: Drawn, from = "127.0.0.1"): Socket {
  const socket = connect(port, "127.0.0.1");
  t.after(() => socket.destroy());
  const lines = ["GET /events HTTP/1.1", "Host: 127.0.0.1", `X-Forwarded-For: ${from}`];
  socket.setEncoding("utf8").write(`${lines.join("\r\n")}\r\n\r\n`);
  return socket;
}

async function heard(socket: Socket): Promise<string> {
  const [piece] = (await once(socket, "data")) as [string];
  return piece;
}

test("a page that does not read gets the latest picture when it does, and few of those between", async (t) => {
  const drawn = await serve(t);
  const socket = watch(t, drawn);
  await heard(socket);
  socket.pause();
  // More than all the buffers on the way together: what did not fit must not pile up here.
  const wide = "x".repeat(200_000);
  for (let turn = 1; turn <= 300; turn += 1) {
    drawn.draw(`turn ${turn}. ${wide}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  let text = "";
  socket.on("data", (piece: string) => (text += piece)).resume();
  await eventually("the latest picture", async () => (text.includes("turn 300.") ? true : undefined));
  const seen = text.match(/event: state/g)?.length ?? 0;
  assert(seen >= 2 && seen < 150, `${seen} of 300 pictures`);
});

test("what looks the same is not sent again", async (t) => {
  const drawn = await serve(t);
  const socket = watch(t, drawn);
  drawn.draw("first");
  await heard(socket);
  let text = "";
  socket.on("data", (piece: string) => (text += piece));
  for (let turn = 0; turn < 20; turn += 1) drawn.draw("first");
  drawn.draw("second");
  await eventually("the second picture", async () => (text.includes('"second"') ? true : undefined));
  assert((text.match(/event: state/g)?.length ?? 0) <= 2, text);
});

test("whoever hangs up is not watched for, and there is room for others", async (t) => {
  const drawn = await serve(t, { most: { all: 2, ofOne: 2 } });
  const [first, second] = [watch(t, drawn), watch(t, drawn)];
  await Promise.all([heard(first), heard(second)]);
  assert.match(await heard(watch(t, drawn)), /^HTTP\/1\.1 503 /);
  first.destroy();
  await eventually("the watcher is gone", async () => (drawn.watchers === 1 ? true : undefined));
  assert.match(await heard(watch(t, drawn)), /^HTTP\/1\.1 200 /);
});

test("one source has its share, and leaves room for others", async (t) => {
  const drawn = await serve(t, { most: { all: 4, ofOne: 1 } });
  const said = async (from: string): Promise<string> =>
    (await heard(watch(t, drawn, from))).slice("HTTP/1.1 ".length, "HTTP/1.1 200".length);
  assert.equal(await said("192.0.2.1"), "200");
  assert.equal(await said("192.0.2.1"), "429");
  assert.equal(await said("192.0.2.2"), "200");
  assert.equal(await said("2001:db8::1"), "200");
  assert.equal(await said("2001:db8::2"), "429", "the same network");
  assert.equal(await said("2001:db8:0:1::1"), "200");
  assert.equal(await said("192.0.2.3"), "503");
});

test("a picture that cannot be read ends the stream, so that the page does not believe the old one", async (t) => {
  const drawn = await serve(t, { state: () => Promise.reject(new Error("the database is away")) });
  const socket = watch(t, drawn);
  socket.resume();
  await once(socket, "close");
  await eventually("the watcher is gone", async () => (drawn.watchers === 0 ? true : undefined));
});

test("a handset that is gone says so", async (t) => {
  const drawn = await serve(t, { state: async () => null });
  const socket = watch(t, drawn);
  let text = "";
  socket.on("data", (piece: string) => (text += piece));
  await eventually("the word of it", async () => (text.includes("event: gone") ? true : undefined));
});
