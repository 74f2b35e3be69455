/** Several servers on one database tell every listener once at a time, and what a dead one was telling is told. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openStores, type Stores } from "../../src/store/stores.ts";
import { makeApplication } from "../town/application.ts";
import { assertBooksHold } from "../town/books.ts";
import { onOneDatabase, testDatabase } from "../town/cluster.ts";
import { acknowledge, hang, openListener } from "../town/listener.ts";
import { collectPath, dataFolder, paymentFields, startServer, type Server } from "../town/server.ts";

let database: Awaited<ReturnType<typeof testDatabase>>;
let stores: Stores;
let folders: ReturnType<typeof dataFolder>[];
let one: Server;
let two: Server;

before(async () => {
  database = await testDatabase();
  stores = openStores(onOneDatabase(database.address));
  folders = [dataFolder(), dataFolder()];
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

const rail = () => stores.rails.get("sandbox_vodacomTZN")!.sql;

async function untilNothingIsOpen(): Promise<void> {
  const giveUpAt = performance.now() + 20_000;
  for (;;) {
    const [row] = await rail()<{ open: bigint }[]>`select count(*) as open from deliveries`;
    if (row?.open === 0n) return;
    assert(performance.now() < giveUpAt, `${row?.open} are still open`);
    await sleep(20);
  }
}

test("each message is told once, whichever server took its payment", async () => {
  await using listener = await openListener({
    behaviour: (heard, response, request) => void setTimeout(() => acknowledge(heard, response, request), 30),
  });
  const { apiKey } = await makeApplication({ stores }, { responseUrl: listener.url });
  const bearer = await one.session(apiKey);
  const replies = await Promise.all(
    Array.from({ length: 200 }, (_, index) => {
      const server = index % 2 === 0 ? one : two;
      return server.call("POST", collectPath, paymentFields(server), bearer);
    }),
  );
  await untilNothingIsOpen();
  const asked = replies.map(({ body }) => body["output_ConversationID"]);
  const told = listener.heard.map(({ body }) => body["input_OriginalConversationID"]);
  assert.equal(told.length, asked.length);
  assert.deepEqual(new Set(told), new Set(asked));
  assert(listener.busyMax > 8, "both servers tell");
  assert(listener.busyMax <= 16, `${listener.busyMax} at once`);
});

test("what a server was telling when it died is told by another when its lease is over, and not before", async () => {
  await using listener = await openListener({ behaviour: hang });
  const { apiKey } = await makeApplication({ stores }, { responseUrl: listener.url });
  const reply = await one.call("POST", collectPath, paymentFields(one), await one.session(apiKey));
  await listener.untilHeard(1);
  // Whichever of them was telling: the other takes over from both, when it is started again.
  await Promise.all([one.kill(), two.kill()]);
  listener.behave(acknowledge);
  const [folder] = folders;
  assert(folder !== undefined);
  await using heir = await startServer(folder.path, database.url);

  const [{ left } = { left: 0 }] = await rail()<{ left: number }[]>`
    select extract(epoch from lease_until - clock_timestamp())::float8 as left from deliveries`;
  assert(left > 10 && left <= 30, `the lease has ${left} s left`);
  await sleep(1500);
  assert.equal(listener.heard.length, 1, "three looks at the queue, and the lease was respected");
  // As if the rest of the lease had passed.
  await rail()`update deliveries set lease_until = clock_timestamp()`;
  const [first, second] = await listener.untilHeard(2, 3000);
  assert.equal(first?.text, second?.text);
  assert.equal(second?.body["input_OriginalConversationID"], reply.body["output_ConversationID"]);
  await untilNothingIsOpen();
  assert.equal(heir.facts.publicKey, one.facts.publicKey);
  await assertBooksHold(database.address);
});
