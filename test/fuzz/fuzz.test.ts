/** The server survives generated requests of every kind. `npm run fuzz` sends more. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestDatabase } from "../support/cluster.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import { createDataFolder, startServer } from "../support/server.ts";
import { runFuzz } from "./run.ts";
import { fuzzSettings } from "./settings.ts";

const requests = 20_000;

test("20,000 generated requests cause no internal error, no slow answer, no leak, and no secret in the log", async (t) => {
  const seed = Date.now() % 1_000_000;
  t.diagnostic(`seed ${seed}: npm run fuzz -- --requests ${requests} --seed ${seed}`);
  using folder = createDataFolder();
  await using database = await createTestDatabase();
  await using server = await startServer(folder.path, database.url, fuzzSettings);
  const { failures, byStatus } = await runFuzz(server, { seed, requests });
  assert.deepEqual(failures, [], `seed ${seed}`);
  assert((byStatus["201"] ?? 0) > requests / 100, `too few payments: ${JSON.stringify(byStatus)}`);
  assert((byStatus["400"] ?? 0) > requests / 10, `too few refusals: ${JSON.stringify(byStatus)}`);
  await assertInvariantsHold(database.address);
});
