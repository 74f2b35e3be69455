import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestDatabase } from "../../../test/support/cluster.ts";
import { connectToSchema } from "../../../test/support/sandbox.ts";
import type { Transaction } from "./connect.ts";
import { runInTwoRoundTrips } from "./transaction.ts";

/** Statements as `store` writes them: they start when they are awaited, some of them a few awaits deep. */
const insertNote = async (tx: Transaction, id: number): Promise<void> => {
  await tx`insert into notes (id, tx) values (${id}, pg_current_xact_id()::text)`;
};
const insertNoteLater = async (tx: Transaction, id: number): Promise<void> => {
  await Promise.resolve();
  await insertNote(tx, id);
};

async function createNotesTable() {
  const database = await createTestDatabase();
  const sql = connectToSchema(database.address, "public");
  await sql`create table notes (id integer primary key, tx text)`;
  return {
    sql,
    async [Symbol.asyncDispose]() {
      await sql.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

test("locks and writes run in one transaction", async () => {
  await using table = await createNotesTable();
  await runInTwoRoundTrips(
    table.sql,
    {
      lock: (tx) => insertNote(tx, 1),
      write: async (tx) => {
        await Promise.all([insertNote(tx, 2), insertNoteLater(tx, 3), insertNoteLater(tx, 4)]);
      },
    },
    () => {},
  );
  const rows =
    await table.sql`select count(*)::integer as count, count(distinct tx)::integer as transactions from notes`;
  assert.deepEqual({ ...rows[0] }, { count: 4, transactions: 1 });
});

test("a failing write rolls back all the others, and the connection stays usable", async () => {
  await using table = await createNotesTable();
  await insertNote(table.sql as unknown as Transaction, 3);
  for (const failing of [2, 3]) {
    await assert.rejects(
      runInTwoRoundTrips(
        table.sql,
        {
          lock: (tx) => insertNote(tx, 1),
          write: async (tx) => {
            await Promise.all([insertNote(tx, failing), insertNote(tx, 3), insertNoteLater(tx, 4)]);
          },
        },
        () => {},
      ),
      { code: "23505" },
    );
  }
  const rows = await table.sql<{ id: number }[]>`select id from notes`;
  assert.deepEqual(
    rows.map(({ id }) => id),
    [3],
  );
});

test("a decision that throws rolls back the locks", async () => {
  await using table = await createNotesTable();
  const rejected = runInTwoRoundTrips(
    table.sql,
    {
      lock: (tx) => insertNote(tx, 1),
      write: async () => {
        throw new Error("the decision failed");
      },
    },
    () => assert.fail("nothing must be committed"),
  );
  await assert.rejects(rejected, /the decision failed/);
  assert.equal((await table.sql`select id from notes`).length, 0);
});
