/** `migrations/schema.sql` must match the migrations. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { createTestDatabase } from "../../../test/support/cluster.ts";
import { connectToSchema } from "../../../test/support/sandbox.ts";
import { describeSchema, readExpectedSchema, schemaFile, formatSchemaFile } from "./describe-schema.ts";

const rewriteCommand = "REWRITE=1 npm test -- src/store/schema/describe-schema.test.ts";

async function describeBoth() {
  await using database = await createTestDatabase();
  const [main, rail] = [
    connectToSchema(database.address, "pesarail"),
    connectToSchema(database.address, "live_vodacomTZN"),
  ];
  const both = { main: await describeSchema(main), rail: await describeSchema(rail) };
  await Promise.all([main.end(), rail.end()]);
  return both;
}

test("the committed schema matches the migrations", async () => {
  const both = await describeBoth();
  const page = formatSchemaFile(both);
  if (process.env["REWRITE"] === "1") writeFileSync(schemaFile, page);
  assert.equal(
    readFileSync(schemaFile, "utf8"),
    page,
    `a migration changed the schema; update the file with: ${rewriteCommand}`,
  );
  assert.deepEqual(await readExpectedSchema("main"), both.main);
  assert.deepEqual(await readExpectedSchema("rail"), both.rail);
});
