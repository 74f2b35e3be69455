/** Many payments that end at the same moment. */
import type { Scenario } from "../case.ts";
import { passed } from "../case.ts";
import { bookedOnce } from "../merchant-records.ts";
import type { Delivery } from "../scenario-runner.ts";

export const manyAtOnce: Scenario = {
  name: "many-at-once",
  group: "Load",
  description:
    "Tells of many payments at the same moment (--many). A Pesarail server calls a listener eight times at once; several servers, and a listener that was away, make it more.",
  cases: {
    acknowledged: {
      severity: "message",
      expects: "All are acknowledged within fifteen seconds, without being told again.",
      consequence:
        "What is not answered in time is told again, when there is more already: a listener that is too slow never catches up.",
      fix: "Store and answer, and work afterwards. Give the database a pool; do not open a connection for each request.",
    },
    "booked-once": {
      severity: "money",
      expects: "Each payment is booked once.",
      consequence: "What was acknowledged and then dropped is never told again.",
      fix: "Acknowledge after the commit. A queue in memory is no place for what you have acknowledged.",
    },
  },
  async run(runner) {
    const { batchSize } = runner.settings;
    const failuresOnly = runner.recordFailuresOnly();
    const payments = await failuresOnly.beginAll(
      Array.from({ length: batchSize }, (_, i) => `payment ${i + 1}`),
    );
    const deliveries = await Promise.all(
      payments.map((payment) => failuresOnly.deliver(failuresOnly.successMessage(payment))),
    );
    runner.note(`${batchSize} were told at once: ${formatLatencies(deliveries)}.`);
    failuresOnly.reportAcknowledged("acknowledged", deliveries);
    const finding = runner.findings.get("acknowledged");
    if (finding?.verdict === "passed")
      runner.findings.set("acknowledged", passed(`${batchSize} at once: ${formatLatencies(deliveries)}`));
    await failuresOnly.expectRecords("booked-once", payments, bookedOnce);
  },
};

/** `p50 12 ms, p95 40 ms, max 55 ms`: of the first attempts. */
export function formatLatencies(deliveries: readonly Delivery[]): string {
  const sorted = deliveries.map(({ attempts }) => attempts[0].tookMs).sort((a, b) => a - b);
  const percentile = (share: number): number =>
    sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
  return `p50 ${percentile(0.5)} ms, p95 ${percentile(0.95)} ms, max ${percentile(1)} ms`;
}
