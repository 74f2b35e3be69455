import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestDatabase } from "../../../test/support/cluster.ts";
import { connectToSchema } from "../../../test/support/sandbox.ts";
import { toArrayLiteral } from "./array-columns.ts";

/** Arrays of each element type: as PostgreSQL writes them, and as the driver returns them. */
const arrays: readonly (readonly [type: string, literal: string, values: readonly unknown[]])[] = [
  ["boolean", "{t,f}", [true, false]],
  ["bytea", '{"\\\\x00ff"}', [Buffer.from([0, 255])]],
  ["bigint", "{9007199254740993,-1}", [9_007_199_254_740_993n, -1n]],
  ["smallint", "{1,-1}", [1, -1]],
  ["integer", "{2147483647,0}", [2_147_483_647, 0]],
  ["text", '{"a \\"b\\", {c}",""}', ['a "b", {c}', ""]],
  ["json", '{"{\\"a\\": 1}",[2]}', [{ a: 1 }, [2]]],
  ["date", "{2026-11-28}", [new Date("2026-11-28")]],
  ["timestamptz", "{2026-11-28T09:00:00.123Z}", [new Date("2026-11-28T09:00:00.123Z")]],
  ["numeric", "{1.50,-3}", ["1.50", "-3"]],
  ["uuid", "{ffffffff-ffff-ffff-ffff-ffffffffffff}", ["ffffffff-ffff-ffff-ffff-ffffffffffff"]],
  ["jsonb", '{"{\\"b\\": [1]}"}', [{ b: [1] }]],
];

async function createPool() {
  const database = await createTestDatabase();
  const sql = connectToSchema(database.address, "public");
  return {
    sql,
    async [Symbol.asyncDispose]() {
      await sql.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

test("a new connection reads arrays of every element type that statements use, and no other types", async () => {
  await using pool = await createPool();
  for (const [type, literal, values] of arrays) {
    const [row] = await pool.sql.unsafe<{ values: readonly unknown[] }[]>(
      `select $1::text::${type}[] as values`,
      [literal],
    );
    assert.deepEqual([...(row?.values ?? [])], values, type);
  }
  const { shared } = pool.sql.options as unknown as { shared: { typeArrayMap: object } };
  assert.deepEqual(Object.keys(shared.typeArrayMap).length, arrays.length);
});

test("arrays of texts and numbers, and array literals, are parameters", async () => {
  await using pool = await createPool();
  const texts = ['a "b", {c}', "\\", ""];
  const [row] = await pool.sql`
    select ${texts}::text[] as texts, ${[1, -1]}::integer[] as numbers, ${toArrayLiteral([1n, 2n])}::bigint[] as ids`;
  assert.deepEqual({ ...row }, { texts, numbers: [1, -1], ids: [1n, 2n] });
});

test("the first statement of a pool can be a reservation", async () => {
  await using pool = await createPool();
  const reserved = await pool.sql.reserve();
  assert.equal((await reserved`select 1`).count, 1);
  reserved.release();
});
