/** Lists of notifications: what their filters leave out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { connectToSchema } from "../../../test/support/sandbox.ts";
import { createTestDatabase } from "../../../test/support/cluster.ts";
import { minIdAt } from "../../core/ids.ts";
import { listNotifications, readNotificationsInRange } from "./notification-queries.ts";

const at = Date.now();
/** Ids are by time, because the table is partitioned by them. */
const firstId = minIdAt(at);

test("a list, and a period, can be of one protocol only, in every state", async () => {
  await using database = await createTestDatabase();
  const sql = connectToSchema(database.address, "sandbox_vodacomTZN");
  await sql`
    insert into notifications (id, payment_id, application_id, protocol, kind, endpoint, created_at)
    select ${firstId} + n, ${firstId} + n, 1, case when n % 2 = 0 then 'daraja' else 'openapi-v2' end, 'result', 'http://127.0.0.1:9/',
           ${new Date(at)}
    from generate_series(1, 6) n`;
  await sql`
    insert into deliveries (notification_id, subject_id, application_id, listener, due_at)
    select ${firstId} + n, ${firstId} + n, 1, 'shop', ${new Date(at)} from generate_series(1, 4) n`;
  const everything = { applicationId: null, before: null, limit: 10 };
  const list = async (protocol: string, state: "open" | "delivered" | null) =>
    (await listNotifications(sql, { ...everything, state, protocol })).map(({ id }) => Number(id - firstId));
  assert.deepEqual(await list("openapi-v2", null), [5, 3, 1]);
  assert.deepEqual(await list("openapi-v2", "open"), [3, 1]);
  assert.deepEqual(await list("daraja", "delivered"), [6]);
  assert.equal((await listNotifications(sql, { ...everything, state: null })).length, 6);

  const period = { from: at, until: at + 1, applicationId: null, state: "all" } as const;
  const inPeriod = await readNotificationsInRange(sql, { ...period, protocol: "daraja" }, 10);
  assert.deepEqual(
    inPeriod.map(({ id }) => Number(id - firstId)),
    [2, 4, 6],
  );
  await sql.end();
});
