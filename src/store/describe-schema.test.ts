/** `migrations/schema.sql` says what the migrations come to. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { testDatabase } from "../../test/town/cluster.ts";
import { openSql } from "../../test/town/town.ts";
import { describeSchema, expectedSchema, schemaFile, schemaPage } from "./describe-schema.ts";

const rewrite = "REWRITE=1 npm test -- src/store/describe-schema.test.ts";

async function described() {
  await using database = await testDatabase();
  const [main, rail] = [openSql(database.address, "pesarail"), openSql(database.address, "live_vodacomTZN")];
  const both = { main: await describeSchema(main), rail: await describeSchema(rail) };
  await Promise.all([main.end(), rail.end()]);
  return both;
}

test("the committed schema is what the migrations make", async () => {
  const both = await described();
  const page = schemaPage(both);
  if (process.env["REWRITE"] === "1") writeFileSync(schemaFile, page);
  assert.equal(
    readFileSync(schemaFile, "utf8"),
    page,
    `a migration changed the schema; see it with: ${rewrite}`,
  );
  assert.deepEqual(await expectedSchema("main"), both.main);
  assert.deepEqual(await expectedSchema("rail"), both.rail);
});
