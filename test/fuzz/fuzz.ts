/**
 * `npm run fuzz -- --requests N --seed S`: sends N generated requests to a server of its own. Prints what failed with the
 * seed, and exits with 1.
 */
import { parseArgs } from "node:util";
import { createDataFolder, startServer } from "../support/server.ts";
import { fuzzSettings } from "./settings.ts";
import { runFuzz } from "./run.ts";

const { values } = parseArgs({
  options: { requests: { type: "string", default: "20000" }, seed: { type: "string" } },
});
const requests = Number(values.requests);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
if (!Number.isSafeInteger(requests) || requests < 1 || !Number.isSafeInteger(seed) || seed < 0) {
  process.stderr.write("npm run fuzz -- [--requests 20000] [--seed 7]\n");
  process.exit(2);
}

using folder = createDataFolder();
await using server = await startServer(folder.path, undefined, fuzzSettings);
console.log(`Seed ${seed}, ${requests} requests.`);
const startedAt = performance.now();
const { failures, byStatus, grownMiB, slowestMs } = await runFuzz(server, {
  seed,
  requests,
  onProgress: (done) => console.log(`${done} requests …`),
});
const seconds = Math.round((performance.now() - startedAt) / 1000);
console.log(JSON.stringify({ seconds, byStatus, grownMiB, slowestMs: Math.round(slowestMs) }));
for (const failure of failures) console.error(failure);
if (failures.length > 0) {
  console.error(`Failed. To repeat: npm run fuzz -- --requests ${requests} --seed ${seed}`);
  process.exitCode = 1;
}
