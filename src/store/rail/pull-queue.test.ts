/** Pull deliveries are in separate queues: the server does not post them, and they do not slow down the others. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { onOneDatabase, createTestDatabase } from "../../../test/support/cluster.ts";
import type { Sql } from "../driver/connect.ts";
import {
  claimDeliveries,
  insertDeliveries,
  listenerKey,
  readNextDueAt,
  reschedule,
  type ClaimOptions,
} from "./deliveries.ts";
import { getFallbackUrl, toPullUrl } from "./pull-url.ts";
import { pullDeliveries, countUnpulled, makePullDue } from "./pull-queue.ts";
import { createStores, type Stores } from "../databases.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let stores: Stores;
let sql: Sql;
before(async () => {
  database = await createTestDatabase();
  stores = createStores(onOneDatabase(database.address));
  sql = stores.rails.get("sandbox_vodacomTZN")!.sql;
});
after(async () => {
  await stores.close();
  await database[Symbol.asyncDispose]();
});
beforeEach(() => sql`delete from deliveries`);

const now = Date.UTC(2026, 10, 21, 8);
const claimOptions: ClaimOptions = {
  now,
  perListener: 8,
  freeByListener: {},
  perApplication: 64,
  freeByApplication: {},
  limit: 512,
  belowId: null,
  leaseMs: 30_000,
};
const shop = "https://shop.example/callbacks";

const insert = (notificationId: number, subjectId: number, url: string, at = now, applicationId = 1n) => {
  const listener = listenerKey(applicationId, url);
  const row = {
    notificationId: BigInt(notificationId),
    subjectId: BigInt(subjectId),
    applicationId,
    listener,
  };
  return sql.begin((tx) => insertDeliveries(tx, [row], at));
};

const claimDue = async () => ids(await claimDeliveries(sql, claimOptions));
const pullDue = (limit = 8, at = now) =>
  pullDeliveries(sql, { applicationId: 1n, limit, now: at, leaseMs: 30_000 });
const ids = (rows: readonly { notificationId: bigint }[]): number[] =>
  rows.map(({ notificationId }) => Number(notificationId));

test("a pull URL contains its fallback URL", () => {
  assert.equal(getFallbackUrl(toPullUrl(shop)), shop);
  assert.equal(getFallbackUrl(toPullUrl(null)), null);
  assert.equal(getFallbackUrl(shop), null);
  assert.notEqual(listenerKey(1n, toPullUrl(shop)), listenerKey(1n, toPullUrl(null)));
});

test("pull deliveries are not posted, and only their application can pull them", async () => {
  await insert(1, 1, toPullUrl(null));
  await insert(2, 2, toPullUrl(shop), now - 1000);
  await insert(3, 3, shop);
  await insert(4, 4, toPullUrl(null), now, 11n);
  await insert(5, 5, toPullUrl(null), now + 1);
  assert.equal(await readNextDueAt(sql, now - 1, null), null);
  assert.deepEqual(await claimDue(), [3]);
  assert.deepEqual(ids(await pullDue(1)), [2], "longest waiting first");
  assert.deepEqual(ids(await pullDue()), [1]);
  assert.deepEqual(await pullDue(), []);
  assert.equal(await countUnpulled(sql, 1n), 3);
});

test("a pulled delivery waits for a posted one about the same payment, and not the other way round", async () => {
  await insert(1, 1, shop);
  await insert(2, 1, toPullUrl(null));
  await insert(7, 7, toPullUrl(null));
  await insert(8, 7, shop);
  assert.deepEqual(ids(await pullDue()), [7]);
  assert.deepEqual(await claimDue(), [1, 8]);
});

test("failed deliveries can be made due when a client reconnects", async () => {
  await insert(1, 1, toPullUrl(null));
  const [failed] = await pullDue();
  await sql.begin((tx) => reschedule(tx, [{ ...failed!, nextAt: now + 3_600_000 }], now));
  assert.deepEqual(await pullDue(), []);
  await insert(2, 2, toPullUrl(shop), now - 1000);
  await makePullDue(sql, 1n, now);
  const rows = await pullDue();
  assert.deepEqual(ids(rows), [1, 2], "older first");
  assert.equal(rows[0]?.attempts, 1);
});

test("a hundred thousand pull deliveries do not slow down the others or the pull", async () => {
  // The plan that was made for an empty queue has to work for a full one.
  await sql`analyze deliveries`;
  await claimDue();
  await pullDue();
  await sql`
    insert into deliveries (notification_id, subject_id, application_id, listener, due_at)
    select i, case when i % 3 = 0 then i - 1 else i end, 1, ${listenerKey(1n, toPullUrl(null))},
           ${new Date(now)}::timestamptz - i * interval '1 ms'
    from generate_series(1, 100000) i`;
  const claims: number[] = [];
  const pulls: number[] = [];
  for (let round = 1; round <= 20; round += 1) {
    await insert(1_000_000 + round, 1_000_000 + round, `https://shop${round}.example`);
    const startedAt = performance.now();
    assert.deepEqual(await claimDue(), [1_000_000 + round]);
    assert.equal(await readNextDueAt(sql, now, null), now);
    const claimedAt = performance.now();
    assert.equal((await pullDue()).length, 8);
    claims.push(claimedAt - startedAt);
    pulls.push(performance.now() - claimedAt);
  }
  const median = (durationsMs: readonly number[]): number => durationsMs.toSorted((a, b) => a - b)[10] ?? NaN;
  // Reading the whole queue would take more than fifty milliseconds on any machine.
  assert(median(claims) < 25, `a claim took ${median(claims)} ms`);
  assert(median(pulls) < 25, `a pull took ${median(pulls)} ms`);
});
