/**
 * Kill the server or PostgreSQL in the middle of its work, and start again: what was acknowledged is there,
 * nothing is there twice, and money that was set aside still is.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { runningCluster } from "../../src/cluster/running.ts";
import { ownDatabase } from "../../src/places.ts";
import { connect, type Sql } from "../../src/store/connect.ts";
import { assertBooksHold } from "../town/books.ts";
import { testDatabase } from "../town/cluster.ts";
import {
  collectPath,
  dataFolder,
  paymentFields,
  startServer,
  type Heard,
  type Server,
} from "../town/server.ts";

/** What a client knows of one of its payments: its own reference, and what it heard, if anything. */
interface Sent {
  readonly reference: string;
  readonly path: string;
  heard: Heard | null;
}

interface Load {
  readonly sent: Sent[];
  /** Resolves at the n-th answer from now. */
  answers(n: number): Promise<void>;
  stop(): Promise<void>;
}

/** Sixteen clients, each of which pays again as soon as it has heard, one time in four in two steps. */
function load(server: Server, bearer: string): Load {
  const sent: Sent[] = [];
  const stopping = new AbortController();
  let waiting: { left: number; resolve: () => void }[] = [];

  async function client(number: number): Promise<void> {
    for (let turn = 0; !stopping.signal.aborted; turn += 1) {
      const twoSteps = (turn + number) % 4 === 0;
      const path = twoSteps ? "c2bPayment/multiStage/" : collectPath;
      const customers = server.facts.markets.vodacomTZN.customers;
      const fields = paymentFields(server, {
        input_CustomerMSISDN: customers[turn % customers.length],
        input_Amount: "1",
        ...(twoSteps ? { input_APIVersion: "3.1" } : {}),
      });
      const payment: Sent = { reference: fields.input_ThirdPartyConversationID, path, heard: null };
      sent.push(payment);
      try {
        payment.heard = await server.call("POST", path, fields, bearer);
      } catch {
        // The connection broke: whether the payment was made is for the books to say.
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
    answers: (n) => new Promise((resolve) => waiting.push({ left: n, resolve })),
    async stop() {
      stopping.abort();
      await Promise.all(clients);
    },
  };
}

const acknowledged = ({ heard }: Sent): boolean => heard?.status === 201;

/** Holds the clients' memory against the books: the acknowledged are there once, the refused moved nothing. */
async function assertKept(sql: Sql, sent: readonly Sent[]): Promise<void> {
  const rows = await sql<{ reference: string; status: string; count: bigint }[]>`
    select reference, min(status) as status, count(*) as count from payments
    where use = 'collection' group by reference`;
  const kept = new Map(rows.map((row) => [row.reference, row]));
  for (const payment of sent) {
    const row = kept.get(payment.reference);
    const label = `${payment.reference}: ${JSON.stringify(payment.heard)} and ${JSON.stringify(row?.status)}`;
    assert(row === undefined || row.count === 1n, `twice: ${label}`);
    if (acknowledged(payment))
      assert.equal(row?.status, payment.path === collectPath ? "completed" : "held", label);
  }
  // Exactly as much arrived, and exactly as much is held, as there are payments that say so.
  const statuses = (status: string): bigint =>
    BigInt(rows.filter((row) => row.status === status).length) * 100n;
  const [{ got } = { got: 0n }] = await sql<{ got: bigint }[]>`
    select coalesce(sum(minor), 0)::bigint as got from moves where why = 'collection'`;
  const [{ held } = { held: 0n }] = await sql<
    { held: bigint }[]
  >`select coalesce(sum(minor), 0)::bigint as held from holds`;
  assert.deepEqual([got, held], [statuses("completed"), statuses("held")]);
}

test("a server that is killed in mid-load loses nothing and does nothing twice, three times over", async () => {
  await using database = await testDatabase();
  using folder = dataFolder();
  const sql = connect(database.address, { schema: "sandbox_vodacomTZN", connectionsMax: 1, name: "test" });
  const all: Sent[] = [];
  for (let round = 0; round < 3; round += 1) {
    await using server = await startServer(folder.path, database.url);
    const { sent, answers, stop } = load(server, await server.session());
    await answers(150);
    await server.kill();
    await stop();
    assert(
      sent.some(({ heard }) => heard === null),
      "some were on their way",
    );
    all.push(...sent);
  }
  await using server = await startServer(folder.path, database.url);
  await assertKept(sql, all);

  // A client that never heard asks, and then knows; or sends again, and pays once.
  const bearer = await server.session();
  for (const { reference } of all.filter(({ heard }) => heard === null)) {
    const fields = {
      input_QueryReference: reference,
      input_Country: "TZN",
      input_ServiceProviderCode: "000000",
      input_ThirdPartyConversationID: reference,
    };
    const asked = await server.call("GET", "queryTransactionStatus/", fields, bearer);
    assert.match(
      JSON.stringify(asked.body),
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
  await assertBooksHold(database.address);
});

/** The file in which PostgreSQL keeps its process id, somewhere below the data folder. */
function postmasterPid(dataDir: string): number {
  const found = readdirSync(dataDir, { recursive: true, encoding: "utf8" }).find((name) =>
    name.endsWith("postmaster.pid"),
  );
  assert(found !== undefined && existsSync(join(dataDir, found)));
  return Number.parseInt(readFileSync(join(dataDir, found), "utf8"), 10);
}

test("payments go on by themselves after PostgreSQL was killed, and every answer was true", async () => {
  using folder = dataFolder();
  await using server = await startServer(folder.path);
  const bearer = await server.session();
  const { sent, answers, stop } = load(server, bearer);
  for (let round = 0; round < 2; round += 1) {
    await answers(150);
    process.kill(postmasterPid(folder.path), "SIGKILL");
    const killedAt = performance.now();
    const before = sent.length;
    // Those that were on their way may have been told that nobody knows; the ones sent afterwards are paid.
    let recovered = false;
    while (!recovered && performance.now() - killedAt < 20_000) {
      await answers(16);
      recovered = sent.slice(before + 16).some(acknowledged);
    }
    assert(recovered, "no payment went through within twenty seconds");
  }
  await stop();

  const told = new Set(sent.map(({ heard }) => `${heard?.status} ${heard?.body["output_ResponseCode"]}`));
  for (const each of told) assert.match(each, /^(201 INS-0|408 INS-9|400 INS-1)$/, "told something else");
  // Each client can find out by asking, and what it is told is what its first answer said, where that said anything.
  for (const { reference, heard } of sent) {
    if (heard?.status === 201) continue;
    const fields = {
      input_QueryReference: reference,
      input_Country: "TZN",
      input_ServiceProviderCode: "000000",
      input_ThirdPartyConversationID: reference,
    };
    const asked = await server.call("GET", "queryTransactionStatus/", fields, bearer);
    const found = asked.body["output_ResponseTransactionStatus"];
    if (heard?.status === 400) assert.equal(found, undefined, `${reference} was told that it failed`);
    else assert(found === undefined || ["Completed", "N/A"].includes(found), `${reference} is ${found}`);
  }
  const address = runningCluster(folder.path).address(ownDatabase);
  const sql = connect(address, { schema: "sandbox_vodacomTZN", connectionsMax: 1, name: "test" });
  await assertKept(sql, sent);
  await sql.end();
  await assertBooksHold(address);
});
