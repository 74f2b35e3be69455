/** Servers that send without end, or nothing: each request ends at a limit, and its connection is closed. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type LookupFunction, type Socket } from "node:net";
import {
  createServer as createTlsServer,
  getCACertificates,
  setDefaultCACertificates,
  type TlsOptions,
} from "node:tls";
import { suite, test } from "node:test";
import { createCertificateAuthority, issueServerCertificate } from "../http/certificate-authority.ts";
import { createTooLongError, maxInterimResponses, maxResponseBytes, ResponseLimitError } from "./limits.ts";
import {
  createOutboundClient,
  OutboundTimeout,
  type OutboundClientOptions,
  type OutboundResponse,
} from "./outbound-client.ts";

const neverAborted = new AbortController().signal;
const timeoutMs = 30_000;

/** What a server does with a connection. */
type ConnectionBehaviour = (socket: Socket) => void;

interface HostileServer extends AsyncDisposable {
  readonly url: string;
  /** Resolves when the first connection has closed, with the number of bytes that it took. */
  firstClosed(): Promise<number>;
}

interface ServerOptions {
  /** Called when a connection has sent its first content. */
  readonly onData?: ConnectionBehaviour;
  /** Called for each TCP connection. */
  readonly onConnection?: ConnectionBehaviour;
  readonly tls?: TlsOptions;
}

async function startServer({ onData, onConnection, tls }: ServerOptions): Promise<HostileServer> {
  const server = tls === undefined ? createServer() : createTlsServer(tls);
  const sockets = new Set<Socket>();
  const firstClosed = Promise.withResolvers<number>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => firstClosed.resolve(socket.bytesWritten));
    onConnection?.(socket);
  });
  server.on("tlsClientError", () => {});
  if (onData !== undefined)
    server.on(tls === undefined ? "connection" : "secureConnection", (socket: Socket) => {
      socket.on("error", () => {});
      socket.once("data", () => onData(socket));
    });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}/`,
    firstClosed: () => firstClosed.promise,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Sends the beginning once, and then the same text for as long as the connection takes it. */
const sendWithoutEnd =
  (beginning: string, repeated: string): ConnectionBehaviour =>
  (socket) => {
    const chunk = repeated.repeat(Math.ceil(32_768 / repeated.length));
    socket.write(beginning);
    const sendMore = (): void => {
      if (socket.destroyed) return;
      if (socket.write(chunk)) setImmediate(sendMore);
      else socket.once("drain", sendMore);
    };
    sendMore();
  };

const hint = "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n";
const chunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/** Sends a request, and returns how the response is incomplete, or the error. */
async function send(
  url: string,
  options: Partial<OutboundClientOptions> = {},
): Promise<OutboundResponse["incomplete"] | Error> {
  const client = createOutboundClient({ timeoutMs, ...options });
  try {
    const { body, incomplete } = await client.send(buildRequest(url), neverAborted);
    assert(body.length <= maxResponseBytes);
    return incomplete;
  } catch (error) {
    return error as Error;
  } finally {
    await client.close();
  }
}

const buildRequest = (url: string) => ({ url, method: "POST", headers: {}, body: "{}" }) as const;

const tooLong = createTooLongError().message;
const tooManyHints = /^It sent more than 4 interim responses/;

/** What the server sends, and the expected end: the way in which the response is incomplete, or the error. */
const endlessResponses: Readonly<Record<string, [ConnectionBehaviour, string | RegExp]>> = {
  "interim responses": [sendWithoutEnd("", hint), tooManyHints],
  headers: [sendWithoutEnd("HTTP/1.1 200 OK\r\n", "x-more: yes\r\n"), /Headers Overflow/],
  "one header": [sendWithoutEnd("HTTP/1.1 200 OK\r\nx-long: ", "x"), /Headers Overflow/],
  "a reason phrase": [sendWithoutEnd("HTTP/1.1 200 ", "OK "), tooLong],
  "empty lines": [sendWithoutEnd("", "\r\n"), tooLong],
  "headers of interim responses": [
    sendWithoutEnd("HTTP/1.1 103 Early Hints\r\n", "x: y\r\n"),
    /Headers Overflow/,
  ],
  "a body": [sendWithoutEnd("HTTP/1.1 200 OK\r\n\r\n", "x"), "too long"],
  "a body in tiny chunks": [sendWithoutEnd(chunkedHead, "1\r\nx\r\n"), "too long"],
  "a chunk extension": [sendWithoutEnd(`${chunkedHead}1;a=`, "b"), "too long"],
  "chunk extensions": [sendWithoutEnd(chunkedHead, "1;a=bbbbbbbbbbbbbbbbbbb\r\nx\r\n"), "too long"],
  trailers: [sendWithoutEnd(`${chunkedHead}0\r\n`, "x-more: yes\r\n"), "closed"],
  "a compressed body": [
    sendWithoutEnd("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", "x"),
    "compressed",
  ],
};

const now = new Date();
const authority = await createCertificateAuthority(now);
const pair = await issueServerCertificate(authority, ["127.0.0.1"], now);
setDefaultCACertificates([...getCACertificates(), authority.cert]);

/** What the kernel may hold of a connection that is closed; a response without end would pass it within a second. */
const maxBytesOnTheWay = 32 * 1024 * 1024;

suite("a response is cut, and its connection closed", { concurrency: true }, () => {
  for (const [name, [onData, expected]] of Object.entries(endlessResponses)) {
    for (const tls of [undefined, pair])
      test(`${name} without end, ${tls === undefined ? "plain" : "encrypted"}`, async () => {
        await using server = await startServer({ onData, ...(tls === undefined ? {} : { tls }) });
        const result = await send(server.url);
        const text = result instanceof Error ? result.message : (result ?? "complete");
        if (typeof expected === "string") assert.equal(text, expected);
        else assert.match(text, expected);
        assert((await server.firstClosed()) < maxBytesOnTheWay);
      });
  }

  test("a TLS handshake that never ends", async () => {
    // A HelloRequest, which a client skips while it waits for the ServerHello.
    const helloRequest = Buffer.from([22, 3, 3, 0, 4, 0, 0, 0, 0]).toString("latin1");
    await using server = await startServer({ onData: sendWithoutEnd("", helloRequest) });
    const result = await send(server.url.replace("http:", "https:"));
    assert.match(String(result), /longer than 64 KB|disconnected|EPROTO|SSL/);
    assert(!(result instanceof OutboundTimeout));
    assert((await server.firstClosed()) < maxBytesOnTheWay);
  });
});

suite("the deadline covers the whole request", { concurrency: true }, () => {
  const slow = { timeoutMs: 300 };

  test("a server that never reads, one that never shakes hands, and one that drips", async () => {
    const drip: ConnectionBehaviour = (socket) => {
      const timer = setInterval(() => socket.write("H"), 20);
      socket.once("close", () => clearInterval(timer));
      socket.write("HTTP/1.1 200 ");
    };
    const table: [string, ServerOptions, string][] = [
      ["never reads", { onConnection: (socket) => void socket.pause() }, "http:"],
      ["no handshake", { onConnection: (socket) => void socket.resume() }, "https:"],
      ["drips", { onData: drip }, "http:"],
    ];
    for (const [name, options, scheme] of table) {
      await using server = await startServer(options);
      assert((await send(server.url.replace("http:", scheme), slow)) instanceof OutboundTimeout, name);
      // A paused socket does not notice the end of its connection, so the server reads again.
      await using other = await startServer({ ...options, onConnection: (socket) => void socket.resume() });
      await send(other.url.replace("http:", scheme), slow);
      await other.firstClosed();
    }
  });

  test("a name whose server never responds", async () => {
    const lookup: LookupFunction = () => {};
    assert((await send("http://shop.example/", { ...slow, lookup })) instanceof OutboundTimeout);
  });
});

test("a few interim responses are permitted", async () => {
  const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  await using server = await startServer({
    onData: (socket) => void socket.write(hint.repeat(maxInterimResponses) + ok),
  });
  assert.equal(await send(server.url), null);
});

test("another protocol is refused, in HTTP and in TLS", async () => {
  const upgrade = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n";
  await using plain = await startServer({ onData: (socket) => void socket.write(upgrade) });
  assert.match(String(await send(plain.url)), /bad upgrade/);
  await plain.firstClosed();
  await using encrypted = await startServer({ tls: { ...pair, ALPNProtocols: ["h2"] } });
  assert(((await send(encrypted.url)) as Error) instanceof Error);
  await encrypted.firstClosed();
});

test("the limit applies to each response of a kept connection, not to all of them", async () => {
  const body = "x".repeat(maxResponseBytes / 2);
  let connections = 0;
  await using server = await startServer({
    onConnection(socket) {
      connections += 1;
      socket.on("data", () =>
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
      );
    },
  });
  const client = createOutboundClient({ timeoutMs, maxConnections: 1 });
  for (let i = 0; i < 5; i += 1) {
    const { incomplete } = await client.send(buildRequest(server.url), neverAborted);
    assert.equal(incomplete, null);
  }
  assert.equal(connections, 1);
  await client.close();
});

test("requests to an honest server are all answered while hostile servers send without end", async () => {
  const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  await using honest = await startServer({
    onConnection: (socket) => void socket.on("data", () => socket.write(ok)),
  });
  await using hostile = await startServer({ onData: sendWithoutEnd("", hint) });
  const client = createOutboundClient({ timeoutMs });
  const stop = new AbortController();
  const ends: string[] = [];
  // As many as a listener gets, each repeated at once.
  const attacks = Array.from({ length: 8 }, async () => {
    while (!stop.signal.aborted)
      await client
        .send(buildRequest(hostile.url), stop.signal)
        .catch((error: unknown) => ends.push(error instanceof ResponseLimitError ? "limit" : String(error)));
  });
  let answered = 0;
  // The hostile server gets its eight calls again and again meanwhile.
  while (answered < 100 || ends.length < 16) {
    assert.equal((await client.send(buildRequest(honest.url), neverAborted)).incomplete, null);
    answered += 1;
  }
  assert.deepEqual(new Set(ends), new Set(["limit"]));
  stop.abort();
  await Promise.all(attacks);
  await client.close();
});

test("a client that keeps no connections sends no request twice, even if servers close them", async () => {
  const requests: string[] = [];
  let connections = 0;
  await using server = await startServer({
    onConnection(socket) {
      connections += 1;
      let answered = 0;
      socket.on("data", (data) => {
        requests.push(data.toString());
        // The second request on a connection finds it closed, as after an idle timeout of the server.
        if ((answered += 1) === 1) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        else socket.destroy();
      });
    },
  });
  const countReceived = async (keepsConnections: boolean): Promise<number> => {
    requests.length = 0;
    const client = createOutboundClient({ timeoutMs, keepsConnections, maxConnections: 1 });
    for (let i = 0; i < 10; i += 1)
      assert.equal((await client.send(buildRequest(server.url), neverAborted)).status, 200);
    await client.close();
    return requests.length;
  };
  assert((await countReceived(true)) > 10, "the server makes other clients repeat requests");
  connections = 0;
  assert.equal(await countReceived(false), 10);
  assert.equal(connections, 10);
  assert.match(requests[0] ?? "", /connection: close/i);
});
