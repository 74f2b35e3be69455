/**
 * Five short lives of a simulated town (`plan.ts`), each from a seed: whatever is killed, jumps or sleeps,
 * every payment has one ending and every ending reaches its listener. `npm run simulate` runs long ones.
 */
import { describe, test } from "node:test";
import { checkAll } from "./checks.ts";
import { runSimulation } from "./run.ts";

const payments = 120;

// Side by side: most of a town's life is waiting, for processes to come back and for leases to end.
void describe("a town in which everything breaks", { concurrency: true }, () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    void test(`seed ${seed}: one ending each, told once, nothing left open`, async (t) => {
      t.diagnostic(`seed ${seed}: npm run simulate -- --seed ${seed} --payments ${payments}`);
      await runSimulation(seed, payments, async (simulation) => {
        t.diagnostic(JSON.stringify(await checkAll(simulation)));
      });
    });
  }
});
