/** What waits to be collected stands apart in the queue: nobody is called for it, and it costs the others nothing. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { onOneDatabase, testDatabase } from "../../test/town/cluster.ts";
import type { Sql } from "./connect.ts";
import {
  claimDeliveries,
  insertDeliveries,
  listenerKey,
  nextDelivery,
  putOff,
  type Claim,
} from "./deliveries.ts";
import { homeOf, relayUrl } from "./relay-url.ts";
import { collectDeliveries, countUncollected, hurryCollection } from "./relay.ts";
import { openStores, type Stores } from "./stores.ts";

let database: Awaited<ReturnType<typeof testDatabase>>;
let stores: Stores;
let sql: Sql;
before(async () => {
  database = await testDatabase();
  stores = openStores(onOneDatabase(database.address));
  sql = stores.rails.get("sandbox_vodacomTZN")!.sql;
});
after(async () => {
  await stores.close();
  await database[Symbol.asyncDispose]();
});
beforeEach(() => sql`delete from deliveries`);

const now = Date.UTC(2026, 10, 21, 8);
const claim: Claim = {
  now,
  each: 8,
  free: {},
  eachApplication: 64,
  freeOf: {},
  most: 512,
  below: null,
  leaseMs: 30_000,
};
const shop = "https://shop.example/told";

const insert = (paymentId: number, about: number, url: string, at = now, applicationId = 1n) => {
  const listener = listenerKey(applicationId, url);
  const row = { paymentId: BigInt(paymentId), about: BigInt(about), applicationId, listener };
  return sql.begin((tx) => insertDeliveries(tx, [row], at));
};

const claimed = async () => ids(await claimDeliveries(sql, claim));
const collect = (most = 8, at = now) =>
  collectDeliveries(sql, { applicationId: 1n, most, now: at, leaseMs: 30_000 });
const ids = (rows: readonly { paymentId: bigint }[]): number[] =>
  rows.map(({ paymentId }) => Number(paymentId));

test("a URL that is collected remembers where else it would go", () => {
  assert.equal(homeOf(relayUrl(shop)), shop);
  assert.equal(homeOf(relayUrl(null)), null);
  assert.equal(homeOf(shop), null);
  assert.notEqual(listenerKey(1n, relayUrl(shop)), listenerKey(1n, relayUrl(null)));
});

test("nobody is called for what is collected, and only whoever collects for that application gets it", async () => {
  await insert(1, 1, relayUrl(null));
  await insert(2, 2, relayUrl(shop), now - 1000);
  await insert(3, 3, shop);
  await insert(4, 4, relayUrl(null), now, 11n);
  await insert(5, 5, relayUrl(null), now + 1);
  assert.equal(await nextDelivery(sql, now - 1, null), null);
  assert.deepEqual(await claimed(), [3]);
  assert.deepEqual(ids(await collect(1)), [2], "the longest waiting first");
  assert.deepEqual(ids(await collect()), [1]);
  assert.deepEqual(await collect(), []);
  assert.equal(await countUncollected(sql, 1n), 3);
});

test("what is collected waits for what is posted about the same payment, and never the other way round", async () => {
  await insert(1, 1, shop);
  await insert(2, 1, relayUrl(null));
  await insert(7, 7, relayUrl(null));
  await insert(8, 7, shop);
  assert.deepEqual(ids(await collect()), [7]);
  assert.deepEqual(await claimed(), [1, 8]);
});

test("whoever comes back need not wait for what failed before", async () => {
  await insert(1, 1, relayUrl(null));
  const [failed] = await collect();
  await sql.begin((tx) => putOff(tx, [{ ...failed!, nextAt: now + 3_600_000 }], now));
  assert.deepEqual(await collect(), []);
  await insert(2, 2, relayUrl(shop), now - 1000);
  await hurryCollection(sql, 1n, now);
  const rows = await collect();
  assert.deepEqual(ids(rows), [1, 2], "the older first");
  assert.equal(rows[0]?.attempts, 1);
});

test("a hundred thousand that nobody collects cost the others nothing, and are collected as quickly", async () => {
  // As on any morning: what is planned for an empty queue has to do for a full one.
  await sql`analyze deliveries`;
  await claimed();
  await collect();
  await sql`
    insert into deliveries (payment_id, about, application_id, listener, due_at)
    select i, case when i % 3 = 0 then i - 1 else i end, 1, ${listenerKey(1n, relayUrl(null))},
           ${new Date(now)}::timestamptz - i * interval '1 ms'
    from generate_series(1, 100000) i`;
  const claims: number[] = [];
  const collections: number[] = [];
  for (let round = 1; round <= 20; round += 1) {
    await insert(1_000_000 + round, 1_000_000 + round, `https://shop${round}.example`);
    const startedAt = performance.now();
    assert.deepEqual(await claimed(), [1_000_000 + round]);
    assert.equal(await nextDelivery(sql, now, null), now);
    const claimedAt = performance.now();
    assert.equal((await collect()).length, 8);
    claims.push(claimedAt - startedAt);
    collections.push(performance.now() - claimedAt);
  }
  const median = (took: readonly number[]): number => took.toSorted((a, b) => a - b)[10] ?? NaN;
  // Reading the whole queue would take fifty milliseconds and more on any machine.
  assert(median(claims) < 25, `a claim took ${median(claims)} ms`);
  assert(median(collections) < 25, `a collection took ${median(collections)} ms`);
});
