/** The listeners of IPG v1: one port for each call, for HTTP and HTTPS. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpsRequest } from "node:https";
import type { IncomingMessage } from "node:http";
import { connect, createServer, type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { pino } from "pino";
import { startOwnListeners, type RunningOwnListeners } from "../../../src/app/own-listeners.ts";
import type { Environment } from "../../../src/core/markets.ts";
import {
  createCertificateAuthority,
  issueServerCertificate,
  type KeyPair,
} from "../../../src/http/certificate-authority.ts";
import { findOperation, operations } from "../../../src/protocols/ipg-v1/operations.ts";
import type { IpgV1Product } from "../../../src/protocols/ipg-v1/products.ts";
import { listenerNames, type IpgV1ListenerName } from "../../../src/protocols/ipg-v1/settings.ts";
import {
  bearer,
  buildFields,
  createApplication,
  createCustomer,
  mozambique,
  pathTo,
} from "../../support/ipg-v1.ts";
import { answerPrompt, waitFor, waitForDisplayedPrompt } from "../../support/prompts.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

let authority: KeyPair;
before(async () => {
  authority = await createCertificateAuthority(new Date());
});

type Ports = Readonly<Record<IpgV1ListenerName, number | null>>;

const allPorts = (port: number | null): Ports =>
  Object.fromEntries(listenerNames.map((name) => [name, port])) as unknown as Ports;

interface StartedListeners extends AsyncDisposable {
  readonly sandbox: TestSandbox;
  readonly running: RunningOwnListeners | null;
  readonly logLines: readonly string[];
}

async function start(ports: Ports, environment: Environment = "sandbox"): Promise<StartedListeners> {
  const sandbox = await createTestSandbox({ ipgV1: { ports, environment } });
  const logLines: string[] = [];
  const [server] = sandbox.platform.listOwnServers();
  assert(server !== undefined);
  const running = await startOwnListeners(server, {
    host: "127.0.0.1",
    loadCertificate: () => issueServerCertificate(authority, ["127.0.0.1", "localhost"], new Date()),
    log: pino({}, { write: (line: string) => void logLines.push(line) }),
  });
  return {
    sandbox,
    running,
    logLines,
    async [Symbol.asyncDispose]() {
      await running?.close({ drainTimeoutMs: 1000 });
      await sandbox[Symbol.asyncDispose]();
    },
  };
}

let started: StartedListeners;
before(async () => {
  started = await start(allPorts(0));
});
after(() => started[Symbol.asyncDispose]());

interface OwnReply {
  readonly status: number;
  readonly body: Readonly<Record<string, string>>;
}

interface SentCall {
  readonly product: IpgV1Product;
  readonly port: number;
  readonly token: string;
  readonly fields?: Readonly<Record<string, string>>;
}

/** Sends a call to a port, over HTTP or HTTPS. */
async function send(
  protocol: "http" | "https",
  { product, port, token, fields = buildFields(product) }: SentCall,
): Promise<OwnReply> {
  const operation = findOperation(product);
  const query = operation.method === "GET" ? `?${new URLSearchParams(fields).toString()}` : "";
  const path = pathTo(operation) + query;
  const body = operation.method === "GET" ? undefined : JSON.stringify(fields);
  const headers = { authorization: `Bearer ${token}` };
  if (protocol === "http") {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: operation.method,
      headers,
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, body: (await response.json()) as OwnReply["body"] };
  }
  const sent = httpsRequest({
    host: "127.0.0.1",
    port,
    path,
    method: operation.method,
    headers,
    ca: authority.cert,
  });
  sent.end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: JSON.parse(await text(response)) as OwnReply["body"] };
}

const getPort = ({ running }: StartedListeners, name: string): number => {
  const port = running?.ports[name];
  assert(typeof port === "number" && port > 0, name);
  return port;
};

test("each listener serves its call over HTTP and HTTPS on the same port, and only that call", async () => {
  const token = bearer(started.sandbox);
  assert.deepEqual(started.logLines, []);
  assert.equal(new Set(Object.values(started.running?.ports ?? {})).size, listenerNames.length);
  for (const { listener, product, success } of operations) {
    const port = getPort(started, listener);
    for (const protocol of ["http", "https"] as const) {
      const fields = buildFields(product);
      const reply = await send(protocol, { product, port, token, fields });
      assert.equal(reply.status, success.status, `${protocol} ${product} ${JSON.stringify(reply.body)}`);
      assert.equal(reply.body["output_ThirdPartyReference"], fields["input_ThirdPartyReference"]);
    }
    for (const other of operations) {
      if (other === undefined || other.product === product) continue;
      const reply = await send("http", { product: other.product, port, token });
      assert.equal(reply.status, 404, `${other.product} at ${listener}`);
      assert.equal(reply.body["output_ResponseCode"], "INS-22");
      assert.match(
        reply.body["output_ResponseDesc"] ?? "",
        new RegExp(`This call has port ${getPort(started, other.listener)}\\.$`),
      );
    }
  }
});

test("other paths and methods get the protocol's form", async () => {
  const port = getPort(started, "c2b");
  for (const [method, path, status] of [
    ["GET", "/", 404],
    ["GET", "/control/v1/status", 404],
    ["GET", "/metrics", 404],
    ["POST", "/sandbox/ipg/v2/vodacomMOZ/c2bPayment/singleStage/", 404],
    ["GET", "/ipg/v1x/c2bPayment/singleStage/", 405],
  ] as const) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    assert.equal(response.status, status, path);
    assert.equal(((await response.json()) as OwnReply["body"])["output_ResponseCode"], "INS-22");
  }
});

test("a request at a listener waits for its customer, and ends when the listener closes", async () => {
  await using own = await start({ ...allPorts(null), c2b: 0 });
  const token = bearer(own.sandbox);
  const port = getPort(own, "c2b");
  const pay = async () => {
    const customer = await createCustomer(own.sandbox, { behaviour: "ask" });
    const fields = buildFields("ipgV1C2b", { input_CustomerMSISDN: customer });
    const pending = send("http", { product: "ipgV1C2b", port, token, fields });
    return { pending, paymentId: await waitForDisplayedPrompt(own.sandbox, customer, mozambique) };
  };
  const answered = await pay();
  await answerPrompt(own.sandbox, answered.paymentId, "approve", mozambique);
  assert.equal((await answered.pending).status, 201);
  const open = await pay();
  await own.running?.close({ drainTimeoutMs: 5000 });
  const { status, body } = await open.pending;
  assert.deepEqual([status, body["output_ResponseCode"]], [408, "INS-9"]);
});

test("a listener that is off has no port, and with all of them off nothing is started", async () => {
  await using own = await start({ ...allPorts(null), b2c: 0 });
  assert.deepEqual(
    Object.entries(own.running?.ports ?? {})
      .filter(([, port]) => port !== null)
      .map(([name]) => name),
    ["b2c"],
  );
  const reply = await send("http", {
    product: "ipgV1C2b",
    port: getPort(own, "b2c"),
    token: bearer(own.sandbox),
  });
  assert.match(reply.body["output_ResponseDesc"] ?? "", /The listener of this call is off\.$/);
  await using none = await start(allPorts(null));
  assert.equal(none.running, null);
});

test("a busy port disables its listener with one warning, and the others run", async () => {
  const busy = createServer().listen(0, "127.0.0.1");
  await once(busy, "listening");
  const { port } = busy.address() as AddressInfo;
  try {
    await using own = await start({ ...allPorts(0), b2b: port, reversal: port });
    assert.equal(own.running?.ports["b2b"], null);
    assert.equal(own.running?.ports["reversal"], null);
    assert.equal(own.logLines.length, 1);
    const { msg } = JSON.parse(own.logLines[0] ?? "") as { msg: string };
    assert.match(msg, new RegExp(`IPG_V1_PORT_B2B \\(${port}\\), IPG_V1_PORT_REVERSAL \\(${port}\\)`));
    assert.match(msg, /in use by another program/);
    const reply = await send("http", {
      product: "ipgV1C2b",
      port: getPort(own, "c2b"),
      token: bearer(own.sandbox),
    });
    assert.equal(reply.status, 201);
  } finally {
    busy.close();
  }
});

test("with IPG_V1_ENVIRONMENT=live, the ports serve live, and the main port the sandbox", async () => {
  await using own = await start(allPorts(0), "live");
  const live = await createApplication(own.sandbox, { environment: "live", shortcodes: ["171717"] });
  const port = getPort(own, "c2b");
  const denied = await send("http", { product: "ipgV1C2b", port, token: bearer(own.sandbox) });
  assert.equal(denied.body["output_error"]?.startsWith("The key belongs to the other environment"), true);
  // Live has no organisations of the sandbox.
  const reply = await send("http", { product: "ipgV1C2b", port, token: live.bearer });
  assert.equal(reply.body["output_ResponseCode"], "INS-13");
  // Triggers are the sandbox's.
  const fields = buildFields("ipgV1C2b", { input_CustomerMSISDN: "258850000005" });
  const triggered = await send("http", { product: "ipgV1C2b", port, token: live.bearer, fields });
  assert.equal(triggered.body["output_ResponseCode"], "INS-13");
});

test("a client that sends nothing, or no HTTP, is closed and blocks nothing", async () => {
  const port = getPort(started, "c2b");
  const silent = connect(port, "127.0.0.1");
  const garbage = connect(port, "127.0.0.1", () => garbage.write("\u0000\u0001\u0002 nothing\r\n\r\n"));
  for (const socket of [silent, garbage]) socket.on("error", () => {}).resume();
  await once(garbage, "close");
  const reply = await send("http", { product: "ipgV1C2b", port, token: bearer(started.sandbox) });
  assert.equal(reply.status, 201);
  silent.destroy();
});

test("the connections of these ports are in the metrics of the server, with those of the main ports", async () => {
  const countConnections = async (): Promise<number> => {
    const metrics = await (await fetch(`${started.sandbox.url}/metrics`)).text();
    return Number(/^pesarail_connections (\d+)$/m.exec(metrics)?.[1]);
  };
  const before = await countConnections();
  const sockets = (["c2b", "b2c", "b2b"] as const).map((name) =>
    connect(getPort(started, name), "127.0.0.1"),
  );
  for (const socket of sockets) socket.on("error", () => {}).resume();
  try {
    await waitFor("three more connections", async () =>
      (await countConnections()) >= before + 3 ? true : undefined,
    );
  } finally {
    for (const socket of sockets) socket.destroy();
  }
});
