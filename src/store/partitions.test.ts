/** Partitions are there before they are needed, and go when nothing counts in them any more. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { testDatabase } from "../../test/town/cluster.ts";
import { openSql } from "../../test/town/town.ts";
import { day } from "../clock.ts";
import type { Sql } from "./connect.ts";
import { dropOldPartitions, makePartitions } from "./partitions.ts";

let database: Awaited<ReturnType<typeof testDatabase>>;
let sql: Sql;
before(async () => {
  database = await testDatabase();
  sql = openSql(database.address, "sandbox_vodacomTZN");
});
after(async () => {
  await sql.end();
  await database[Symbol.asyncDispose]();
});

const now = Date.now();

/** Whether a count can be written on the day of that moment. */
async function countsAt(at: number): Promise<boolean> {
  const localDay = Number(new Date(at).toISOString().slice(0, 10).replaceAll("-", ""));
  try {
    await sql`insert into usage (day, key) values (${localDay}, gen_random_uuid())`;
    return true;
  } catch (error) {
    assert.match(String(error), /no partition of relation "usage"/);
    return false;
  }
}

const keepFrom = (usage: number) => ({ requests: now - 30 * day, callbacks: now - 30 * day, usage });

test("a clock that is moved has days to count on, from the one before to nine ahead", async () => {
  const moved = now + 100 * day;
  assert.equal(await countsAt(moved), false);
  await makePartitions(sql, "rail", now, moved);
  for (const days of [-1, 0, 9]) assert.equal(await countsAt(moved + days * day), true, `${days} days`);
});

test("a sandbox whose clock stood for two months still counts where it stands", async () => {
  const stands = now - 60 * day;
  await makePartitions(sql, "rail", now, stands);
  await dropOldPartitions(sql, keepFrom(stands - 30 * day));
  assert.equal(await countsAt(stands), true);
  const dropped = await dropOldPartitions(sql, keepFrom(now - 30 * day));
  assert(
    dropped.some((name) => name.startsWith("usage_")),
    dropped.join(" "),
  );
  assert.equal(await countsAt(stands), false);
});
