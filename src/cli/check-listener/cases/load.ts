/** Many payments that end at the same moment. */
import type { Scenario } from "../case.ts";
import { passed } from "../case.ts";
import { bookedOnce } from "../records.ts";
import type { Delivery } from "../stage.ts";

export const manyAtOnce: Scenario = {
  name: "many-at-once",
  group: "Load",
  does: "Tells of many payments at the same moment (--many). A Pesarail server calls a listener eight times at once; several servers, and a listener that was away, make it more.",
  cases: {
    acknowledged: {
      harm: "message",
      expects: "All are acknowledged within fifteen seconds, without being told again.",
      otherwise:
        "What is not answered in time is told again, when there is more already: a listener that is too slow never catches up.",
      mend: "Store and answer, and work afterwards. Give the database a pool; do not open a connection for each request.",
    },
    "booked-once": {
      harm: "money",
      expects: "Each payment is booked once.",
      otherwise: "What was acknowledged and then dropped is never told again.",
      mend: "Acknowledge after the commit. A queue in memory is no place for what you have acknowledged.",
    },
  },
  async play(stage) {
    const { many } = stage.settings;
    const crowd = stage.quietly();
    const payments = await crowd.beginAll(Array.from({ length: many }, (_, i) => `payment ${i + 1}`));
    const deliveries = await Promise.all(payments.map((payment) => crowd.tell(crowd.success(payment))));
    stage.note(`${many} were told at once: ${latencies(deliveries)}.`);
    crowd.acknowledged("acknowledged", deliveries);
    const finding = stage.findings.get("acknowledged");
    if (finding?.verdict === "passed")
      stage.findings.set("acknowledged", passed(`${many} at once: ${latencies(deliveries)}`));
    await crowd.watch("booked-once", payments, bookedOnce);
  },
};

/** `p50 12 ms, p95 40 ms, max 55 ms`: of the first attempts. */
export function latencies(deliveries: readonly Delivery[]): string {
  const took = deliveries.map(({ attempts }) => attempts[0].tookMs).sort((a, b) => a - b);
  const upto = (share: number): number => took[Math.max(0, Math.ceil(took.length * share) - 1)] ?? 0;
  return `p50 ${upto(0.5)} ms, p95 ${upto(0.95)} ms, max ${upto(1)} ms`;
}
