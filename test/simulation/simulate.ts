/**
 * `npm run simulate`: lives of the simulated town, one after the other.
 *
 * `--seeds N` runs seeds 1 to N, `--seed N` that one alone, `--payments N` sets the length of each (1,000).
 * The first that fails is named with its seed, and ends the run with exit code 1.
 */
import { parseArgs } from "node:util";
import { checkAll, type Tally } from "./checks.ts";
import { run } from "./run.ts";

const usage = "npm run simulate -- [--seeds 50 | --seed 7] [--payments 1000]";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "5" },
    seed: { type: "string" },
    payments: { type: "string", default: "1000" },
  },
});

function whole(name: string, text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) {
    process.stderr.write(`--${name} is a whole number of 1 or more.\n${usage}\n`);
    process.exit(2);
  }
  return Number(text);
}

const seeds =
  values.seed === undefined
    ? Array.from({ length: whole("seeds", values.seeds) }, (_, index) => index + 1)
    : [whole("seed", values.seed)];
const payments = whole("payments", values.payments);
const startedAt = performance.now();

for (const seed of seeds) {
  const from = performance.now();
  try {
    await run(seed, payments, async (ran) => show(seed, await checkAll(ran), performance.now() - from));
  } catch (error) {
    process.stderr.write(
      `\nSeed ${seed} failed. Again: npm run simulate -- --seed ${seed} --payments ${payments}\n`,
    );
    console.error(error);
    process.exit(1);
  }
}
const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1);
console.log(
  `${seeds.length} of ${seeds.length} towns came to rest with every invariant whole, in ${minutes} min.`,
);
process.exit(0);

function show(seed: number, tally: Tally, ms: number): void {
  const { sent, unheard, recorded, told, toldAgain, attempts, serverKills, databaseKills } = tally;
  const ended = Object.entries(recorded).map(([status, count]) => `${count} ${status}`);
  console.log(
    `seed ${String(seed).padStart(3)}  ${(ms / 1000).toFixed(0).padStart(3)} s  ${sent} sent (${unheard} unheard): ${ended.join(", ")}; ` +
      `${told} endings told in ${attempts} attempts, ${toldAgain} seen again; killed: ${serverKills} servers, ${databaseKills} PostgreSQL`,
  );
}
