/** Deleting old messages. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { connectToSchema } from "../../../test/support/sandbox.ts";
import { createTestDatabase } from "../../../test/support/cluster.ts";
import { msPerDay } from "../../core/clock.ts";
import { deleteOldMessages } from "./messages.ts";

test("old messages are deleted whatever their state, and newer ones stay", async () => {
  await using database = await createTestDatabase();
  const sql = connectToSchema(database.address, "sandbox_vodacomTZN");
  const now = Date.UTC(2026, 10, 21);
  await sql`
    insert into messages (msisdn, payment_id, kind, amount_minor, at, state)
    select '255750000006', n, 'paid', 1, ${new Date(now - 100 * msPerDay)}::timestamptz + n * interval '1 minute',
           case when n % 2 = 0 then 'queued' else 'delivered' end
    from generate_series(1, 100 * 24 * 60) n`;
  await deleteOldMessages(sql, now - 90 * msPerDay);
  const [kept] = await sql<{ count: bigint; oldest: Date }[]>`
    select count(*) as count, min(at) as oldest from messages`;
  assert.deepEqual(kept, { count: BigInt(90 * 24 * 60 + 1), oldest: new Date(now - 90 * msPerDay) });
  await sql.end();
});
