/** Exporting and importing rows, including rows that PostgreSQL rejects. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createTestDatabase } from "../../../test/support/cluster.ts";
import { connectToSchema } from "../../../test/support/sandbox.ts";
import { importRows, exportRows } from "./copy.ts";

async function* toChunks(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

async function readAll(rows: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const chunk of rows) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

test("exported rows equal the imported ones", async () => {
  await using database = await createTestDatabase();
  const sql = connectToSchema(database.address, "public");
  const rows = "1\tAmina \\\\ Juma\n2\t\\N\n";
  const read = await sql.begin(async (tx) => {
    await tx`create table persons (id int primary key, "the name" text)`;
    await importRows(tx, "persons", ["id", "the name"], toChunks(rows.slice(0, 9), rows.slice(9)));
    return readAll(exportRows(tx, "persons", ["id", "the name"]));
  });
  await sql.end();
  assert.equal(read, rows);
});

test("rejected rows are an error at any point of the stream", { timeout: 30_000 }, async () => {
  await using database = await createTestDatabase();
  const sql = connectToSchema(database.address, "public");
  await sql`create table parents (id int primary key)`;
  await sql`create table children (id int primary key, parent int references parents)`;
  const refused = ["1\t1\n", "x\t\\N\n", "1\t\\N\n1\t\\N\n"];
  for (const rows of refused) {
    await assert.rejects(
      sql.begin((tx) => importRows(tx, "children", ["id", "parent"], toChunks(rows))),
      /rejected rows of children|invalid input|duplicate key/,
    );
  }
  await sql.end();
});

test(
  "an export whose last rows fill the driver's buffer leaves the connection usable",
  { timeout: 30_000 },
  async () => {
    await using database = await createTestDatabase();
    const sql = connectToSchema(database.address, "public");
    await sql.begin(async (tx) => {
      // One chunk, and then enough rows that some of these tables fill the buffer together with the end.
      for (let rows = 180; rows <= 300; rows += 5) {
        const table = `rows_${rows}`;
        await tx`create table ${tx(table)} as
               select n, repeat('x', 1000) as filler from generate_series(1001, 1000 + ${rows}::int) as n`;
        let bytes = 0;
        for await (const chunk of exportRows(tx, table, ["n", "filler"])) {
          bytes += chunk.length;
          await sleep(20);
        }
        assert.equal(bytes, rows * 1006);
      }
    });
    await sql.end();
  },
);
