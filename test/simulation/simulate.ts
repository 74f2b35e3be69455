/**
 * `npm run simulate`: long runs of the simulation.
 *
 * `--seeds N` runs seeds 1 to N, `--seed N` runs that one, `--payments N` sets the length of each run (1,000),
 * `--at-once N` the number of concurrent runs (3); a run mostly waits for processes to restart. Failed seeds are
 * printed, and the exit code is 1.
 */
import { parseArgs } from "node:util";
import { ignoreDriverRejection } from "../../src/store/driver/ignore-driver-rejection.ts";
import { checkAll, type SimulationSummary } from "./checks.ts";
import { runSimulation } from "./run.ts";

const usage = "npm run simulate -- [--seeds 50 | --seed 7] [--payments 1000] [--at-once 3]";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "5" },
    seed: { type: "string" },
    payments: { type: "string", default: "1000" },
    "at-once": { type: "string", default: "3" },
  },
});

function parseWhole(name: string, text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) {
    process.stderr.write(`--${name} must be a whole number of 1 or more.\n${usage}\n`);
    process.exit(2);
  }
  return Number(text);
}

ignoreDriverRejection(() => {});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));

const payments = parseWhole("payments", values.payments);
const seeds =
  values.seed === undefined
    ? Array.from({ length: parseWhole("seeds", values.seeds) }, (_, index) => index + 1)
    : [parseWhole("seed", values.seed)];
const remainingSeeds = seeds.values();
const failed: number[] = [];
const startedAt = performance.now();

await Promise.all(Array.from({ length: parseWhole("at-once", values["at-once"]) }, runSeedsInTurn));
const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1);
const passed = seeds.length - failed.length;
console.log(`${passed} of ${seeds.length} runs ended with all invariants intact, in ${minutes} min.`);
process.exit(failed.length === 0 ? 0 : 1);

async function runSeedsInTurn(): Promise<void> {
  for (const seed of remainingSeeds) {
    const seedStartedAt = performance.now();
    try {
      await runSimulation(seed, payments, async (simulation) =>
        printSummary(seed, await checkAll(simulation), performance.now() - seedStartedAt),
      );
    } catch (error) {
      failed.push(seed);
      process.stderr.write(
        `\nSeed ${seed} failed. To repeat: npm run simulate -- --seed ${seed} --payments ${payments}\n`,
      );
      console.error(error);
    }
  }
}

function printSummary(seed: number, tally: SimulationSummary, ms: number): void {
  const { sent, unanswered, recorded, delivered, redelivered, attempts, serverKills, databaseKills } = tally;
  const { daraja, ipgV1 } = tally;
  const listCounts = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([status, count]) => `${count} ${status}`)
      .join(", ");
  console.log(
    `seed ${String(seed).padStart(3)}  ${(ms / 1000).toFixed(0).padStart(3)} s  ${sent} sent (${unanswered} unanswered): ${listCounts(recorded)}; ` +
      `${delivered} results delivered in ${attempts} attempts, ${redelivered} delivered again; ` +
      `by Daraja ${daraja.sent} sent (${daraja.unanswered} unanswered): ${listCounts(daraja.recorded)}; ${daraja.delivered} delivered, ` +
      `${daraja.redelivered} delivered again, ${daraja.validations} validated; ` +
      `by IPG v1 ${ipgV1.sent} sent (${ipgV1.unanswered} unanswered): ${listCounts(ipgV1.recorded)}; ${ipgV1.delivered} delivered; killed: ${serverKills} servers, ${databaseKills} PostgreSQL`,
  );
}
