/**
 * Five short runs of the simulation (`plan.ts`), each from a seed: whatever is killed, jumps or hangs, every payment
 * gets one final status and every result reaches its listener. `npm run simulate` does long runs.
 */
import { describe, test } from "node:test";
import { checkAll } from "./checks.ts";
import { runSimulation } from "./run.ts";

const payments = 120;

// Concurrent: a run mostly waits for processes to restart and leases to end.
void describe(
  "a simulation with crashes, clock jumps and unreliable listeners",
  { concurrency: true },
  () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      void test(`seed ${seed}: every payment is final, its result is delivered once, and nothing stays open`, async (t) => {
        t.diagnostic(`seed ${seed}: npm run simulate -- --seed ${seed} --payments ${payments}`);
        await runSimulation(seed, payments, async (simulation) => {
          t.diagnostic(JSON.stringify(await checkAll(simulation)));
        });
      });
    }
  },
);
