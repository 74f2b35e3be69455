/** Creating partitions in advance and dropping old ones. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createTestDatabase } from "../../../test/support/cluster.ts";
import { connectToSchema } from "../../../test/support/sandbox.ts";
import { msPerDay } from "../../core/clock.ts";
import type { Sql } from "../driver/connect.ts";
import { dropOldPartitions, makePartitions } from "./partitions.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let sql: Sql;
before(async () => {
  database = await createTestDatabase();
  sql = connectToSchema(database.address, "sandbox_vodacomTZN");
});
after(async () => {
  await sql.end();
  await database[Symbol.asyncDispose]();
});

const now = Date.now();

/** Whether usage can be written on the day of that time. */
async function canCountAt(at: number): Promise<boolean> {
  const localDay = Number(new Date(at).toISOString().slice(0, 10).replaceAll("-", ""));
  try {
    await sql`insert into usage (day, key) values (${localDay}, gen_random_uuid())`;
    return true;
  } catch (error) {
    assert.match(String(error), /no partition of relation "usage"/);
    return false;
  }
}

const cutoffsWithUsage = (usage: number) => ({
  callbacks: now - 30 * msPerDay,
  usage,
});

test("an advanced clock has usage partitions from the day before to nine days ahead", async () => {
  const movedTo = now + 100 * msPerDay;
  assert.equal(await canCountAt(movedTo), false);
  await makePartitions(sql, "rail", now, movedTo);
  for (const days of [-1, 0, 9])
    assert.equal(await canCountAt(movedTo + days * msPerDay), true, `${days} days`);
});

test("a sandbox whose clock was frozen for two months keeps its usage partition", async () => {
  const frozenAt = now - 60 * msPerDay;
  await makePartitions(sql, "rail", now, frozenAt);
  await dropOldPartitions(sql, cutoffsWithUsage(frozenAt - 30 * msPerDay));
  assert.equal(await canCountAt(frozenAt), true);
  const dropped = await dropOldPartitions(sql, cutoffsWithUsage(now - 30 * msPerDay));
  assert(
    dropped.some((name) => name.startsWith("usage_")),
    dropped.join(" "),
  );
  assert.equal(await canCountAt(frozenAt), false);
});
