/** Recording what came of calls, where something stands in its way. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { onOneDatabase, testDatabase } from "../../test/town/cluster.ts";
import { idMaker } from "../ids.ts";
import type { Sql } from "../store/connect.ts";
import { claimDeliveries, insertDeliveries, type ClaimedDelivery } from "../store/deliveries.ts";
import { openStores, type Stores } from "../store/stores.ts";
import { openRecording, type Outcome } from "./recording.ts";

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

const now = Date.now();
const newId = idMaker(1);

/** Claimed deliveries: ids with the payments that they are about. */
async function claimed(rows: readonly (readonly [id: bigint, about: bigint])[]): Promise<ClaimedDelivery[]> {
  const deliveries = rows.map(([paymentId, about]) => ({
    paymentId,
    about,
    applicationId: 1n,
    listener: "1 http://shop.example",
  }));
  await sql.begin((tx) => insertDeliveries(tx, deliveries, now));
  const room = { each: 8, free: {}, eachApplication: 64, freeOf: {}, most: 64, below: null };
  return claimDeliveries(sql, { ...room, now, leaseMs: 20_000 });
}

function outcomeOf(leased: ClaimedDelivery, told: boolean, answer = ""): Outcome {
  const attempt = {
    id: newId(),
    paymentId: leased.paymentId,
    applicationId: leased.applicationId,
    at: new Date(now),
    businessAt: new Date(now),
    attempt: 1,
    url: "http://shop.example/told",
    httpStatus: told ? 200 : 503,
    tookMs: 1,
    answer,
    failure: told ? null : "It answered 503.",
    flag: null,
  };
  return { leased, attempt, told, nextAt: told ? null : now + 10_000 };
}

test("one attempt that cannot be written down keeps neither the others from it nor itself from its end", async () => {
  await sql`alter table delivery_attempts add constraint no_tea check (answer not like '%tea%')`;
  const troubles: string[] = [];
  const recording = openRecording(
    sql,
    () => now,
    (what) => troubles.push(what),
  );
  const [one, two, three] = await claimed([
    [11n, 11n],
    [12n, 12n],
    [13n, 13n],
  ]);
  await Promise.all([
    recording.record(outcomeOf(one!, true)),
    recording.record(outcomeOf(two!, true, "tea")),
    recording.record(outcomeOf(three!, false, "tea")),
  ]);
  await sql`alter table delivery_attempts drop constraint no_tea`;

  const left = await sql`select payment_id as id, attempts, due_at as at from deliveries`;
  assert.deepEqual([...left], [{ id: three!.paymentId, attempts: 1, at: new Date(now + 10_000) }]);
  const written = await sql`select payment_id as id from delivery_attempts`;
  assert.deepEqual([...written], [{ id: one!.paymentId }]);
  assert.equal(troubles.length, 2);
});

test("rows are locked in one order, so that no two servers wait for each other", async () => {
  // What waits behind a payment may have the lower id, where two servers make them.
  const [head] = await claimed([
    [22n, 22n],
    [21n, 22n],
  ]);
  assert.equal(head?.paymentId, 22n);
  const recording = openRecording(
    sql,
    () => now,
    () => {},
  );
  let recorded: Promise<void> | undefined;
  await sql.begin(async (other) => {
    await other`select from deliveries where payment_id = 21 for update`;
    recorded = recording.record(outcomeOf(head, false));
    await untilSomebodyWaits();
    await other`select from deliveries where payment_id = 22 for update nowait`;
  });
  await recorded;
});

async function untilSomebodyWaits(): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  for (;;) {
    const [row] = await sql`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    if (row !== undefined) return;
    assert(performance.now() < giveUpAt, "nobody waits");
  }
}
