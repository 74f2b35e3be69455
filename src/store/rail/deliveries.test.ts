/** The queue of deliveries: limits, order, leases, and the cost of a long queue. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { onOneDatabase, createTestDatabase } from "../../../test/support/cluster.ts";
import type { Sql } from "../driver/connect.ts";
import {
  claimDeliveries,
  closeDeliveries,
  releaseLeases,
  insertDeliveries,
  listenerKey,
  scheduleNow,
  readNextDueAt,
  deferBlocked,
  reschedule,
  type ClaimOptions,
  type NewDelivery,
} from "./deliveries.ts";
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

const newDelivery = (notificationId: number, original = notificationId, listener = "shop"): NewDelivery => ({
  notificationId: BigInt(notificationId),
  subjectId: BigInt(original),
  applicationId: 1n,
  listener,
});

const insert = (rows: NewDelivery[], at = now) => sql.begin((tx) => insertDeliveries(tx, rows, at));

async function claimDue(changes: Partial<ClaimOptions> = {}) {
  const rows = await claimDeliveries(sql, { ...claimOptions, ...changes });
  return rows.toSorted((a, b) => Number(a.notificationId - b.notificationId));
}

const ids = (rows: readonly { notificationId: bigint }[]): number[] =>
  rows.map(({ notificationId }) => Number(notificationId));

async function readDueAt(notificationId: number): Promise<number | undefined> {
  const [row] = await sql<
    { at: Date }[]
  >`select due_at as at from deliveries where notification_id = ${notificationId}`;
  return row?.at.getTime();
}

test("a queue is identified by application and origin, not by path", () => {
  assert.equal(listenerKey(7n, "https://shop.example:12000/a?b"), "7 https://shop.example:12000");
  assert.equal(listenerKey(7n, "https://shop.example:12000/c"), "7 https://shop.example:12000");
  assert.notEqual(
    listenerKey(8n, "https://shop.example:12000/a"),
    listenerKey(7n, "https://shop.example:12000/a"),
  );
});

test("a claim respects the limits per listener and in total, longest waiting first", async () => {
  await insert(
    Array.from({ length: 20 }, (_, i) => newDelivery(i + 1, i + 1, "long")),
    now - 1000,
  );
  await insert([newDelivery(101, 101, "short")], now - 500);
  await insert([newDelivery(201, 201, "later")], now + 1);
  await insert([newDelivery(301, 301, "failing"), newDelivery(302, 302, "failing")], now - 100);

  const first = await claimDue({ freeByListener: { failing: 1 } });
  assert.equal(first.filter(({ listener }) => listener === "long").length, 8);
  assert.deepEqual(
    first.map(({ listener }) => listener).filter((name) => name !== "long"),
    ["short", "failing"],
  );
  assert.deepEqual(await claimDue({ freeByListener: { long: 0, failing: 0 } }), []);
  assert.equal((await claimDue({ limit: 3 })).length, 3);
});

test("a claim lasts until its lease ends, and cannot be recorded after another claim", async () => {
  await insert([newDelivery(1)]);
  const [first] = await claimDue({ leaseMs: 0 });
  const [second] = await claimDue();
  assert(first !== undefined && second !== undefined);
  assert.deepEqual(await claimDue(), [], "the second claim holds it");

  await sql.begin((tx) => closeDeliveries(tx, [first], now));
  await sql.begin((tx) => reschedule(tx, [{ ...first, nextAt: now + 1 }], now));
  await releaseLeases(sql, [first]);
  assert.deepEqual(await claimDue(), [], "recording under an old lease changes nothing");
  await releaseLeases(sql, [second]);
  assert.deepEqual(ids(await claimDue()), [1]);
});

test("callbacks of one payment are delivered one by one: the payment first, then its reversals", async () => {
  // Ids of different servers need not be in order.
  await insert([newDelivery(5), newDelivery(9, 5), newDelivery(3, 5), newDelivery(4)]);
  const [four, five] = await claimDue();
  assert.deepEqual(ids([four!, five!]), [4, 5]);
  assert.deepEqual(await claimDue(), []);
  await sql.begin((tx) => closeDeliveries(tx, [five!], now));
  const next = await claimDue();
  assert.deepEqual(ids(next), [3]);
  await sql.begin((tx) => reschedule(tx, [{ ...next[0]!, nextAt: null }], now));
  assert.deepEqual(ids(await claimDue()), [9], "a dead-lettered delivery blocks nothing");
});

test("another application's callback about the same payment is not blocked", async () => {
  await insert([newDelivery(1), { ...newDelivery(2, 1), applicationId: 2n }]);
  assert.deepEqual(ids(await claimDue()), [1, 2]);
});

test("deliveries behind a failed one are rescheduled with it, older and newer ones alike", async () => {
  await insert([newDelivery(1), newDelivery(2, 1)]);
  const [firstInQueue] = await claimDue();
  await sql.begin((tx) => reschedule(tx, [{ ...firstInQueue!, nextAt: now + 10_000 }], now));
  await insert([newDelivery(3, 1)]);
  assert.deepEqual(
    [await readDueAt(1), await readDueAt(2), await readDueAt(3)],
    [now + 10_000, now + 10_000, now + 10_000],
  );
  assert.equal(await readNextDueAt(sql, now + 9_999, null), null);
  assert.equal(await readNextDueAt(sql, now + 10_000, null), now + 10_000);

  const [again] = await claimDue({ now: now + 10_000 });
  assert(again !== undefined);
  assert.equal(again.attempts, 1);
  await sql.begin((tx) => closeDeliveries(tx, [again], now + 10_000));
  assert.deepEqual(ids(await claimDue({ now: now + 10_000 })), [2]);
});

test("a blocked delivery that was made due is deferred again", async () => {
  await insert([newDelivery(1), newDelivery(2, 1)]);
  const [firstInQueue] = await claimDue();
  await sql.begin((tx) => reschedule(tx, [{ ...firstInQueue!, nextAt: now + 10_000 }], now));
  await scheduleNow(sql, [newDelivery(2, 1)], now);
  assert.deepEqual(await claimDue(), []);
  await deferBlocked(sql, now);
  assert.equal(await readDueAt(2), now + 10_000);
});

test("deferring skips locked rows and handles them in the next run", async () => {
  await insert([newDelivery(1), newDelivery(2, 1), newDelivery(3), newDelivery(4, 3)]);
  const heads = await claimDue();
  await sql.begin((tx) =>
    reschedule(
      tx,
      heads.map((firstInQueue) => ({ ...firstInQueue, nextAt: now + 10_000 })),
      now,
    ),
  );
  await scheduleNow(sql, [newDelivery(2, 1), newDelivery(4, 3)], now);
  await sql.begin(async (tx) => {
    await tx`select from deliveries where notification_id = 2 for update`;
    await sql.begin(async (waiting) => {
      await waiting`set local lock_timeout = '2s'`;
      await deferBlocked(waiting as unknown as Sql, now);
    });
  });
  assert.deepEqual([await readDueAt(2), await readDueAt(4)], [now, now + 10_000]);
  await deferBlocked(sql, now);
  assert.equal(await readDueAt(2), now + 10_000);
});

test("the limit per application holds for all its listeners and does not affect other applications", async () => {
  const many = Array.from({ length: 100 }, (_, i) =>
    newDelivery(i + 1, i + 1, `1 http://shop${i % 50}.example`),
  );
  await insert(many, now - 1000);
  await insert([
    newDelivery(201, 201, "2 http://shop.example"),
    newDelivery(301, 301, "3 http://shop.example"),
  ]);
  const rows = await claimDue({ perApplication: 10, freeByApplication: { 3: 0 } });
  assert.equal(rows.filter(({ notificationId }) => notificationId <= 100n).length, 10);
  assert.deepEqual(ids(rows.filter(({ notificationId }) => notificationId > 100n)), [201]);
});

test("a claim below an id sees only older deliveries", async () => {
  await insert([newDelivery(1), newDelivery(2), newDelivery(7, 7, "new")]);
  await insert([newDelivery(8)], now - 1000);
  assert.equal(await readNextDueAt(sql, now, 2n), now);
  assert.equal(await readNextDueAt(sql, now, 1n), null);
  assert.deepEqual(ids(await claimDue({ belowId: 2n })), [1]);
  assert.deepEqual(ids(await claimDue()), [2, 7, 8]);
});

test("a dead-lettered callback that is made due restarts its schedule, an open one continues it", async () => {
  await insert([newDelivery(1), newDelivery(2), newDelivery(3)]);
  const rows = await claimDue();
  const [one, two] = rows;
  await sql.begin((tx) =>
    reschedule(
      tx,
      [
        { ...one!, nextAt: null },
        { ...two!, nextAt: now + 60_000 },
      ],
      now,
    ),
  );
  await releaseLeases(sql, rows);
  assert.equal(await scheduleNow(sql, [newDelivery(1), newDelivery(2), newDelivery(4)], now), 3);
  assert.deepEqual(
    (await claimDue()).map(({ notificationId, attempts }) => [Number(notificationId), attempts]),
    [
      [1, 0],
      [2, 1],
      [3, 0],
      [4, 0],
    ],
  );
});

test("a hundred thousand deliveries for one listener do not slow down the others", async () => {
  // The plan that was made for an empty queue has to work for a full one.
  await sql`analyze deliveries`;
  await claimDue();
  await deferBlocked(sql, now);
  await sql`
    insert into deliveries (notification_id, subject_id, application_id, listener, due_at)
    select i, case when i % 3 = 0 then i - 1 else i end, 1, 'dead', ${new Date(now)}::timestamptz - i * interval '1 ms'
    from generate_series(1, 100000) i`;
  const durationsMs: number[] = [];
  for (let round = 1; round <= 20; round += 1) {
    await insert([newDelivery(1_000_000 + round, 1_000_000 + round, `shop ${round}`)]);
    const startedAt = performance.now();
    const rows = await claimDue({ freeByListener: { dead: 1 } });
    await deferBlocked(sql, now);
    durationsMs.push(performance.now() - startedAt);
    assert.equal(rows.filter(({ listener }) => listener === `shop ${round}`).length, 1);
  }
  // Reading the whole queue would take more than fifty milliseconds on any machine.
  const median = durationsMs.toSorted((a, b) => a - b)[10] ?? NaN;
  assert(median < 25, `a claim took ${median} ms`);
});
