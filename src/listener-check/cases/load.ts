/** Many payments that complete at the same time. */
import type { Scenario } from "../case.ts";
import { passed } from "../finding.ts";
import type { Delivery } from "../exchange.ts";
import { bookedOnce } from "../merchant-records.ts";

export const manyAtOnce: Scenario = {
  name: "many-at-once",
  group: "Load",
  description:
    "Delivers many payments concurrently (--many). One Pesarail server sends up to eight concurrent requests to a listener; several servers, or a listener that was down, increase the load.",
  cases: {
    acknowledged: {
      severity: "message",
      expects: "All are acknowledged within fifteen seconds, at the first attempt.",
      consequence:
        "Callbacks that time out are retried while new ones arrive, so a listener that is too slow never catches up.",
      fix: "Store the result, respond, and do the work afterwards. Use a database connection pool instead of a connection for each request.",
    },
    "booked-once": {
      severity: "money",
      expects: "Each payment is booked once.",
      consequence: "A result that was acknowledged and then lost is never sent again.",
      fix: "Acknowledge after the commit. Do not keep acknowledged results in an in-memory queue.",
    },
  },
  async run(runner) {
    const { batchSize } = runner.settings;
    const parallelism = await runner.measureParallelism();
    const failuresOnly = runner.recordFailuresOnly();
    const payments = await failuresOnly.beginAll(
      Array.from({ length: batchSize }, (_, i) => `payment ${i + 1}`),
    );
    const deliveries = await Promise.all(
      payments.map((payment) => failuresOnly.deliver(failuresOnly.successMessage(payment))),
    );
    runner.note(`Delivered ${batchSize} callbacks concurrently: ${formatLatencies(deliveries)}.`);
    failuresOnly.reportAcknowledged("acknowledged", deliveries);
    const finding = runner.findings.get("acknowledged");
    if (finding?.verdict === "passed")
      runner.findings.set("acknowledged", passed(`${batchSize} concurrent: ${formatLatencies(deliveries)}`));
    await failuresOnly.expectRecordsOfConcurrent("booked-once", payments, bookedOnce, parallelism);
  },
};

/** `p50 12 ms, p95 40 ms, max 55 ms`, for the first attempts. */
export function formatLatencies(deliveries: readonly Delivery[]): string {
  const sorted = deliveries.map(({ attempts }) => attempts[0].tookMs).sort((a, b) => a - b);
  const percentile = (share: number): number =>
    sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
  return `p50 ${percentile(0.5)} ms, p95 ${percentile(0.95)} ms, max ${percentile(1)} ms`;
}
