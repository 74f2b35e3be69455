/** Servers that are stopped while clients, databases and streams do what they want. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { connect, type Socket } from "node:net";
import { after, before, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createStores, type Stores } from "../../src/store/databases.ts";
import { onOneDatabase, createTestDatabase } from "../support/cluster.ts";
import { startDatabaseProxy } from "../support/database-proxy.ts";
import { waitFor } from "../support/prompts.ts";
import { collectPath, createDataFolder, paymentFields, startServer, type Server } from "../support/server.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let stores: Stores;

before(async () => {
  database = await createTestDatabase();
  stores = createStores(onOneDatabase(database.address));
});
after(async () => {
  await stores.close();
  await database[Symbol.asyncDispose]();
});

async function startTestServer(
  t: TestContext,
  settings: Readonly<Record<string, string>> = {},
  databaseUrl = database.url,
): Promise<Server> {
  const folder = createDataFolder();
  const server = await startServer(folder.path, databaseUrl, settings);
  t.after(async () => {
    await server.kill();
    await server[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });
  return server;
}

const getPort = (server: Server): number => Number(new URL(server.gateway).port);

test("a rolling restart of two servers answers every request of a client that changes servers when it is refused", async (t) => {
  const settings = { STOP_DELAY: "1s" };
  const servers = await Promise.all([startTestServer(t, settings), startTestServer(t, settings)]);
  const [one, two] = servers;
  assert(one !== undefined && two !== undefined);
  const bearer = await one.session();
  const load = startLoad([getPort(one), getPort(two)], one, bearer);
  await load.waitForResponses(200);

  assert.equal(await one.stop(), 0);
  await load.waitForResponses(200);
  await startTestServer(t, { ...settings, PORT: String(getPort(one)) });
  await load.waitForResponses(200);
  assert.equal(await two.stop(), 0);
  await load.waitForResponses(200);

  const { responses, failures } = await load.stop();
  assert.deepEqual(failures, []);
  assert.deepEqual([...new Set(responses.map(({ outcome }) => outcome))], ["201 INS-0"]);
  const references = responses.map(({ reference }) => reference);
  const sql = stores.rails.get("sandbox_vodacomTZN")!.sql;
  const [row] = await sql<{ count: number }[]>`
    select count(distinct reference)::integer as count from payments where reference = any(${references})`;
  assert.equal(row?.count, references.length);
});

interface LoadResponse {
  readonly reference: string;
  readonly outcome: string;
}

/**
 * Sends payments one after the other on each of its connections, half of them with keep-alive. A client uses the other
 * server only if a connection is refused; every other error is a failure.
 */
function startLoad(ports: readonly number[], server: Server, bearer: string) {
  const responses: LoadResponse[] = [];
  const failures: string[] = [];
  const agent = new Agent({ keepAlive: true });
  const stopped = new AbortController();

  function send(port: number, fields: Record<string, unknown>, keepAlive: boolean): Promise<string | null> {
    return new Promise((resolve, reject) => {
      const body = JSON.stringify(fields);
      const outgoing = request({
        port,
        host: "127.0.0.1",
        method: "POST",
        path: `/sandbox/ipg/v2/vodacomTZN/${collectPath}`,
        headers: { authorization: `Bearer ${bearer}`, "content-length": Buffer.byteLength(body) },
        agent: keepAlive ? agent : false,
      });
      outgoing.once("error", (error: NodeJS.ErrnoException) =>
        error.code === "ECONNREFUSED" ? resolve(null) : reject(error),
      );
      outgoing.once("response", (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.once("error", reject);
        response.once("end", () => {
          const { output_ResponseCode: code, output_error: reason } = JSON.parse(text) as Record<
            string,
            string
          >;
          resolve([response.statusCode, code, reason].filter((part) => part !== undefined).join(" "));
        });
      });
      outgoing.end(body);
    });
  }

  async function sendInTurn(index: number): Promise<void> {
    let current = index;
    while (!stopped.signal.aborted) {
      const fields = paymentFields(server) as Record<string, unknown>;
      const reference = String(fields["input_ThirdPartyConversationID"]);
      try {
        const outcome = await send(ports[current % ports.length] ?? 0, fields, index % 2 === 0);
        if (outcome === null) current += 1;
        else responses.push({ reference, outcome });
      } catch (error) {
        failures.push(`${index}: ${String(error)}`);
      }
    }
  }

  const clients = Array.from({ length: 8 }, (_, index) => sendInTurn(index));
  return {
    async waitForResponses(count: number): Promise<void> {
      const enough = responses.length + count;
      await waitFor("responses", async () => (responses.length >= enough ? true : undefined), 30_000);
    },
    async stop() {
      stopped.abort();
      await Promise.all(clients);
      agent.destroy();
      return { responses, failures };
    },
  };
}

test("SIGTERM ends the process in time, whatever its clients do", async (t) => {
  const server = await startTestServer(t, { STOP_TIMEOUT: "4s", HTTPS_PORT: "0" });
  const bearer = await server.session();
  const { port } = new URL(server.gateway);
  const open = (text: string): Socket => {
    const socket = connect({ port: Number(port), host: "127.0.0.1", allowHalfOpen: true });
    t.after(() => socket.destroy());
    socket.on("error", () => {});
    socket.write(text);
    return socket;
  };
  const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
  open("");
  open("GET / HT");
  open("POST /control/v1/clock/advance HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n{");
  const stream = open(get("/handset/vodacomTZN/255750000006/events"));
  await once(stream, "data");
  stream.pause();
  open(get("/openapi.json")).pause();
  const waiting = server.call(
    "POST",
    collectPath,
    paymentFields(server, { input_CustomerMSISDN: server.clientInfo.markets.vodacomTZN.handsets[0]?.msisdn }),
    bearer,
  );
  await waitFor("the prompt", async () => {
    const sql = stores.rails.get("sandbox_vodacomTZN")!.sql;
    return (await sql`select 1 from prompts where ended_at is null`).length > 0 ? true : undefined;
  });
  await server.control("POST", "/applications/1/relay");
  const pulling = server.control("POST", "/applications/1/relay/collect", { waitSeconds: 30 });
  // When this is answered, the server has the request before it.
  await server.control("GET", "/status");

  const startedAt = performance.now();
  assert.equal(await server.stop(), 0);
  // The four seconds, and what a busy machine takes to stop PostgreSQL and to end the process.
  assert(performance.now() - startedAt < 12_000);
  assert.equal((await waiting).body["output_ResponseCode"], "INS-9");
  await pulling;
});

test("SIGTERM ends the process in time if the database does not respond", async (t) => {
  const proxy = await startDatabaseProxy(database.address);
  t.after(() => proxy.close());
  const server = await startTestServer(t, { STOP_TIMEOUT: "2s" }, proxy.url);
  const bearer = await server.session();
  proxy.fallSilent();
  const call = server.call("POST", collectPath, paymentFields(server), bearer).catch(() => null);
  // Until then, the answer of a moment ago is used.
  await waitFor("a server that is not ready", async () =>
    (await fetch(`${server.gateway}/health/ready`)).status === 503 ? true : undefined,
  );
  const startedAt = performance.now();
  assert.equal(await server.stop(), 1);
  assert(performance.now() - startedAt < 4000);
  await call;
});

test("a second signal ends the process at once", async (t) => {
  const server = await startTestServer(t, { STOP_DELAY: "20s" });
  await server.session();
  const first = server.stop("SIGTERM");
  await waitFor("the server to be unready", async () => {
    const { status } = await fetch(`${server.gateway}/health/ready`);
    return status === 503 ? true : undefined;
  });
  await sleep(250);
  const startedAt = performance.now();
  assert.equal(await server.stop("SIGINT"), 130);
  assert(performance.now() - startedAt < 500);
  await first;
});
