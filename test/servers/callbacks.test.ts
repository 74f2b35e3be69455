/** Several servers on one database deliver each callback once, and take over the callbacks of a dead server. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createStores, type Stores } from "../../src/store/databases.ts";
import { createTestApplication } from "../support/application.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import { onOneDatabase, createTestDatabase } from "../support/cluster.ts";
import { acknowledge, neverRespond, createTestListener } from "../support/listener.ts";
import { collectPath, createDataFolder, paymentFields, startServer, type Server } from "../support/server.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let stores: Stores;
let folders: ReturnType<typeof createDataFolder>[];
let one: Server;
let two: Server;

before(async () => {
  database = await createTestDatabase();
  stores = createStores(onOneDatabase(database.address));
  folders = [createDataFolder(), createDataFolder()];
  const [first, second] = await Promise.all(folders.map(({ path }) => startServer(path, database.url)));
  assert(first !== undefined && second !== undefined);
  [one, two] = [first, second];
});
after(async () => {
  await Promise.all([one, two].map((server) => server[Symbol.asyncDispose]()));
  await stores.close();
  await database[Symbol.asyncDispose]();
  for (const folder of folders) folder[Symbol.dispose]();
});

const railSql = () => stores.rails.get("sandbox_vodacomTZN")!.sql;

async function waitForNoOpenDeliveries(): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const [row] = await railSql()<{ open: bigint }[]>`select count(*) as open from deliveries`;
    if (row?.open === 0n) return;
    assert(performance.now() < deadline, `${row?.open} deliveries are still open`);
    await sleep(20);
  }
}

test("each callback is delivered once, whichever server took its payment", async () => {
  await using listener = await createTestListener({
    behaviour: (callback, response, request) =>
      void setTimeout(() => acknowledge(callback, response, request), 30),
  });
  const { apiKey } = await createTestApplication({ stores }, { responseUrl: listener.url });
  const bearer = await one.session(apiKey);
  const replies = await Promise.all(
    Array.from({ length: 200 }, (_, index) => {
      const server = index % 2 === 0 ? one : two;
      return server.call("POST", collectPath, paymentFields(server), bearer);
    }),
  );
  await waitForNoOpenDeliveries();
  const sentIds = replies.map(({ body }) => body["output_ConversationID"]);
  const receivedIds = listener.received.map(({ body }) => body["input_OriginalConversationID"]);
  assert.equal(receivedIds.length, sentIds.length);
  assert.deepEqual(new Set(receivedIds), new Set(sentIds));
  assert(listener.maxInFlight > 8, "both servers deliver");
  assert(listener.maxInFlight <= 16, `${listener.maxInFlight} at once`);
});

test("callbacks of a dead server are delivered by another when its lease has ended, and not before", async () => {
  await using listener = await createTestListener({ behaviour: neverRespond });
  const { apiKey } = await createTestApplication({ stores }, { responseUrl: listener.url });
  const reply = await one.call("POST", collectPath, paymentFields(one), await one.session(apiKey));
  await listener.waitForCallbacks(1);
  // Whichever server was delivering: both are killed, and one starts again.
  await Promise.all([one.kill(), two.kill()]);
  listener.setBehaviour(acknowledge);
  const [{ left: secondsLeft } = { left: 0 }] = await railSql()<{ left: number }[]>`
    select extract(epoch from lease_until - clock_timestamp())::float8 as left from deliveries`;
  assert(secondsLeft > 10 && secondsLeft <= 30, `the lease ends in ${secondsLeft} s`);
  // However long the start takes, the lease has not ended.
  await railSql()`update deliveries set lease_until = clock_timestamp() + interval '5 minutes'`;
  const [folder] = folders;
  assert(folder !== undefined);
  await using restarted = await startServer(folder.path, database.url);
  await sleep(1500);
  assert.equal(listener.received.length, 1, "the queue was polled three times, and the lease was respected");
  // As if the rest of the lease had passed.
  await railSql()`update deliveries set lease_until = clock_timestamp()`;
  const [first, second] = await listener.waitForCallbacks(2, 3000);
  assert.equal(first?.text, second?.text);
  assert.equal(second?.body["input_OriginalConversationID"], reply.body["output_ConversationID"]);
  await waitForNoOpenDeliveries();
  assert.equal(restarted.clientInfo.publicKey, one.clientInfo.publicKey);
  await assertInvariantsHold(database.address);
});
