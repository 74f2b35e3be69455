/**
 * Kills the server or PostgreSQL during work, and starts it again: every acknowledged payment exists once, and held
 * money is still held.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { getRunningCluster } from "../../src/embedded-postgres/connect-running.ts";
import { embeddedDatabaseName } from "../../src/config/database-locations.ts";
import { connect, type Sql } from "../../src/store/driver/connect.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import { createTestDatabase } from "../support/cluster.ts";
import {
  collectPath,
  createDataFolder,
  paymentFields,
  startServer,
  type CallResult,
  type Server,
} from "../support/server.ts";

/** What a client knows about one of its payments: its reference, and the result if one arrived. */
interface SentPayment {
  readonly reference: string;
  readonly path: string;
  result: CallResult | null;
}

interface PaymentLoad {
  readonly sent: SentPayment[];
  /** Resolves at the n-th response from now. */
  waitForResponses(n: number): Promise<void>;
  stop(): Promise<void>;
}

/** Sixteen clients. Each pays again after each response; every fourth payment is a two-step payment. */
function startLoad(server: Server, bearer: string): PaymentLoad {
  const sent: SentPayment[] = [];
  const stopping = new AbortController();
  let waiting: { left: number; resolve: () => void }[] = [];

  async function client(number: number): Promise<void> {
    for (let turn = 0; !stopping.signal.aborted; turn += 1) {
      const twoSteps = (turn + number) % 4 === 0;
      const path = twoSteps ? "c2bPayment/multiStage/" : collectPath;
      const customers = server.clientInfo.markets.vodacomTZN.customers;
      const fields = paymentFields(server, {
        input_CustomerMSISDN: customers[turn % customers.length],
        input_Amount: "1",
        ...(twoSteps ? { input_APIVersion: "3.1" } : {}),
      });
      const payment: SentPayment = { reference: fields.input_ThirdPartyConversationID, path, result: null };
      sent.push(payment);
      try {
        payment.result = await server.call("POST", path, fields, bearer);
      } catch {
        // The connection broke: the ledger shows whether the payment was made.
        await sleep(20);
        continue;
      }
      for (const each of waiting) if ((each.left -= 1) === 0) each.resolve();
      waiting = waiting.filter(({ left }) => left > 0);
    }
  }

  const clients = Array.from({ length: 16 }, (_, number) => client(number));
  return {
    sent,
    waitForResponses: (n) => new Promise((resolve) => waiting.push({ left: n, resolve })),
    async stop() {
      stopping.abort();
      await Promise.all(clients);
    },
  };
}

const acknowledged = ({ result }: SentPayment): boolean => result?.status === 201;

/** Compares the clients' results with the ledger: acknowledged payments exist once, refused ones moved nothing. */
async function assertRecorded(sql: Sql, sent: readonly SentPayment[]): Promise<void> {
  const rows = await sql<{ reference: string; status: string; count: bigint }[]>`
    select reference, min(status) as status, count(*) as count from payments
    where type = 'collection' group by reference`;
  const recorded = new Map(rows.map((row) => [row.reference, row]));
  for (const payment of sent) {
    const row = recorded.get(payment.reference);
    const label = `${payment.reference}: ${JSON.stringify(payment.result)} and ${JSON.stringify(row?.status)}`;
    assert(row === undefined || row.count === 1n, `twice: ${label}`);
    if (acknowledged(payment))
      assert.equal(row?.status, payment.path === collectPath ? "completed" : "held", label);
  }
  // The collected and held amounts equal the number of completed and held payments.
  const statuses = (status: string): bigint =>
    BigInt(rows.filter((row) => row.status === status).length) * 100n;
  const [{ got } = { got: 0n }] = await sql<{ got: bigint }[]>`
    select coalesce(sum(amount_minor), 0)::bigint as got from postings where type = 'collection'`;
  const [{ held } = { held: 0n }] = await sql<
    { held: bigint }[]
  >`select coalesce(sum(amount_minor), 0)::bigint as held from holds`;
  assert.deepEqual([got, held], [statuses("completed"), statuses("held")]);
}

test("a server that is killed under load, three times, loses nothing and does nothing twice", async () => {
  await using database = await createTestDatabase();
  using folder = createDataFolder();
  const sql = connect(database.address, { schema: "sandbox_vodacomTZN", maxConnections: 1, name: "test" });
  const all: SentPayment[] = [];
  for (let round = 0; round < 3; round += 1) {
    await using server = await startServer(folder.path, database.url);
    const { sent, waitForResponses, stop } = startLoad(server, await server.session());
    await waitForResponses(150);
    await server.kill();
    await stop();
    assert(
      sent.some(({ result }) => result === null),
      "some requests were in flight",
    );
    all.push(...sent);
  }
  await using server = await startServer(folder.path, database.url);
  await assertRecorded(sql, all);

  // A client without a response can query, or send again and pay once.
  const bearer = await server.session();
  for (const { reference } of all.filter(({ result }) => result === null)) {
    const fields = {
      input_QueryReference: reference,
      input_Country: "TZN",
      input_ServiceProviderCode: "000000",
      input_ThirdPartyConversationID: reference,
    };
    const queried = await server.call("GET", "queryTransactionStatus/", fields, bearer);
    assert.match(
      JSON.stringify(queried.body),
      /"output_ResponseTransactionStatus":"(Completed|N\/A)"|"INS-23"/,
    );
    const again = await server.call(
      "POST",
      collectPath,
      paymentFields(server, { input_ThirdPartyConversationID: reference }),
      bearer,
    );
    assert.match(again.body["output_ResponseCode"] ?? "", /^INS-(0|10)$/);
  }
  await sql.end();
  await assertInvariantsHold(database.address);
});

/** The file in which PostgreSQL writes its process id, below the data folder. */
function postmasterPid(dataDir: string): number {
  const pidFile = readdirSync(dataDir, { recursive: true, encoding: "utf8" }).find((name) =>
    name.endsWith("postmaster.pid"),
  );
  assert(pidFile !== undefined && existsSync(join(dataDir, pidFile)));
  return Number.parseInt(readFileSync(join(dataDir, pidFile), "utf8"), 10);
}

test("payments continue after PostgreSQL was killed, and every response was true", async () => {
  using folder = createDataFolder();
  await using server = await startServer(folder.path);
  const bearer = await server.session();
  const { sent, waitForResponses, stop } = startLoad(server, bearer);
  for (let round = 0; round < 2; round += 1) {
    await waitForResponses(150);
    process.kill(postmasterPid(folder.path), "SIGKILL");
    const killedAt = performance.now();
    const before = sent.length;
    // Requests in flight may get an unknown outcome; later ones succeed.
    let recovered = false;
    while (!recovered && performance.now() - killedAt < 20_000) {
      await waitForResponses(16);
      recovered = sent.slice(before + 16).some(acknowledged);
    }
    assert(recovered, "no payment succeeded within twenty seconds");
  }
  await stop();

  const results = new Set(
    sent.map(({ result }) => `${result?.status} ${result?.body["output_ResponseCode"]}`),
  );
  for (const each of results) assert.match(each, /^(201 INS-0|408 INS-9|400 INS-1)$/, "unexpected result");
  // Each client can query, and the query's result agrees with the first response.
  for (const { reference, result } of sent) {
    if (result?.status === 201) continue;
    const fields = {
      input_QueryReference: reference,
      input_Country: "TZN",
      input_ServiceProviderCode: "000000",
      input_ThirdPartyConversationID: reference,
    };
    const queried = await server.call("GET", "queryTransactionStatus/", fields, bearer);
    const status = queried.body["output_ResponseTransactionStatus"];
    if (result?.status === 400) assert.equal(status, undefined, `${reference} got a failure`);
    else assert(status === undefined || ["Completed", "N/A"].includes(status), `${reference} is ${status}`);
  }
  const address = getRunningCluster(folder.path).address(embeddedDatabaseName);
  const sql = connect(address, { schema: "sandbox_vodacomTZN", maxConnections: 1, name: "test" });
  await assertRecorded(sql, sent);
  await sql.end();
  await assertInvariantsHold(address);
});
