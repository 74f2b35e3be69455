import assert from "node:assert/strict";
import { test } from "node:test";
import { testDatabase } from "../../test/town/cluster.ts";
import { openSql } from "../../test/town/town.ts";
import type { Transaction } from "./connect.ts";
import { inTwoTrips } from "./transaction.ts";

/** Statements as `store` writes them: started when they are awaited, some of them a few awaits deep. */
const add = async (tx: Transaction, id: number): Promise<void> => {
  await tx`insert into notes (id, tx) values (${id}, pg_current_xact_id()::text)`;
};
const addLater = async (tx: Transaction, id: number): Promise<void> => {
  await Promise.resolve();
  await add(tx, id);
};

async function notes() {
  const database = await testDatabase();
  const sql = openSql(database.address, "public");
  await sql`create table notes (id integer primary key, tx text)`;
  return {
    sql,
    async [Symbol.asyncDispose]() {
      await sql.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

test("everything that is written is one transaction, from the first lock to the commit", async () => {
  await using town = await notes();
  await inTwoTrips(
    town.sql,
    {
      lock: (tx) => add(tx, 1),
      write: async (tx) => {
        await Promise.all([add(tx, 2), addLater(tx, 3), addLater(tx, 4)]);
      },
    },
    () => {},
  );
  const rows =
    await town.sql`select count(*)::integer as count, count(distinct tx)::integer as transactions from notes`;
  assert.deepEqual({ ...rows[0] }, { count: 4, transactions: 1 });
});

test("a write that fails takes all the others with it, and the connection is good afterwards", async () => {
  await using town = await notes();
  await add(town.sql as unknown as Transaction, 3);
  for (const failing of [2, 3]) {
    await assert.rejects(
      inTwoTrips(
        town.sql,
        {
          lock: (tx) => add(tx, 1),
          write: async (tx) => {
            await Promise.all([add(tx, failing), add(tx, 3), addLater(tx, 4)]);
          },
        },
        () => {},
      ),
      { code: "23505" },
    );
  }
  const rows = await town.sql<{ id: number }[]>`select id from notes`;
  assert.deepEqual(
    rows.map(({ id }) => id),
    [3],
  );
});

test("a decision that throws takes what was locked and claimed with it", async () => {
  await using town = await notes();
  const broken = inTwoTrips(
    town.sql,
    {
      lock: (tx) => add(tx, 1),
      write: async () => {
        throw new Error("a decision went wrong");
      },
    },
    () => assert.fail("nothing was to be committed"),
  );
  await assert.rejects(broken, /a decision went wrong/);
  assert.equal((await town.sql`select id from notes`).length, 0);
});
