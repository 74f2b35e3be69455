/** Recording outcomes when the database refuses a row or another transaction has locks. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { onOneDatabase, createTestDatabase } from "../../test/support/cluster.ts";
import { createIdGenerator } from "../core/ids.ts";
import type { Sql } from "../store/driver/connect.ts";
import type { AttemptRow } from "../store/rail/delivery-attempts.ts";
import {
  claimDeliveries,
  insertDeliveries,
  type ClaimedDelivery,
  type NewDelivery,
} from "../store/rail/deliveries.ts";
import { createStores, type Stores } from "../store/databases.ts";
import { createAttemptWriter, type DeliveryOutcome } from "./attempt-writer.ts";

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

const now = Date.now();
const newId = createIdGenerator(1);

/** Inserts and claims deliveries, given as pairs of their id and the id of the original payment. */
async function insertClaimed(
  rows: readonly (readonly [id: bigint, originalId: bigint])[],
): Promise<ClaimedDelivery[]> {
  const deliveries = rows.map(([paymentId, originalId]): NewDelivery => ({
    notificationId: paymentId,
    subjectId: originalId,
    applicationId: 1n,
    listener: "1 http://shop.example",
  }));
  await sql.begin((tx) => insertDeliveries(tx, deliveries, now));
  return claimDeliveries(sql, {
    perListener: 8,
    freeByListener: {},
    perApplication: 64,
    freeByApplication: {},
    limit: 64,
    belowId: null,
    now,
    leaseMs: 20_000,
  });
}

function createOutcome(delivery: ClaimedDelivery, delivered: boolean, responseBody = ""): DeliveryOutcome {
  const attempt: AttemptRow = {
    id: newId(),
    notificationId: delivery.notificationId,
    applicationId: delivery.applicationId,
    at: new Date(now),
    businessAt: new Date(now),
    attempt: 1,
    url: "http://shop.example/callbacks",
    method: "POST",
    httpStatus: delivered ? 200 : 503,
    durationMs: 1,
    responseBody,
    failure: delivered ? null : "It answered 503.",
    warning: null,
    deadLettered: false,
  };
  return { delivery, attempt, delivered, nextAt: delivered ? null : now + 10_000 };
}

test("an attempt that cannot be stored does not block the others, and its delivery is still closed", async () => {
  await sql`alter table delivery_attempts add constraint no_tea check (response not like '%tea%')`;
  const errors: string[] = [];
  const writer = createAttemptWriter(
    sql,
    () => now,
    (activity) => errors.push(activity),
  );
  const [first, second, third] = await insertClaimed([
    [11n, 11n],
    [12n, 12n],
    [13n, 13n],
  ]);
  await Promise.all([
    writer.record(createOutcome(first!, true)),
    writer.record(createOutcome(second!, true, "tea")),
    writer.record(createOutcome(third!, false, "tea")),
  ]);
  await sql`alter table delivery_attempts drop constraint no_tea`;

  const remaining = await sql`select notification_id as id, attempts, due_at as at from deliveries`;
  assert.deepEqual([...remaining], [{ id: third!.notificationId, attempts: 1, at: new Date(now + 10_000) }]);
  const written = await sql`select notification_id as id from delivery_attempts`;
  assert.deepEqual([...written], [{ id: first!.notificationId }]);
  assert.equal(errors.length, 2);
});

test("rows are locked in one order, so that two servers do not deadlock", async () => {
  // A delivery that waits for another may have the lower id, if two servers created them.
  const [head] = await insertClaimed([
    [22n, 22n],
    [21n, 22n],
  ]);
  assert.equal(head?.notificationId, 22n);
  const writer = createAttemptWriter(
    sql,
    () => now,
    () => {},
  );
  let recorded: Promise<void> | undefined;
  await sql.begin(async (otherTx) => {
    await otherTx`select from deliveries where notification_id = 21 for update`;
    recorded = writer.record(createOutcome(head, false));
    await waitForLockWaiter();
    await otherTx`select from deliveries where notification_id = 22 for update nowait`;
  });
  await recorded;
});

async function waitForLockWaiter(): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const [row] = await sql`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    if (row !== undefined) return;
    assert(performance.now() < deadline, "no session waits for a lock");
  }
}
