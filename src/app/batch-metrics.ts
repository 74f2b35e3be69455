/** The metric of batches that failed: each slowed down the payments that were posted with it. */
import type { Metrics } from "../http/metrics.ts";
import type { RunningRail } from "./rails.ts";

const names = {
  pesarail_batches_failed:
    "Batches of payments that failed because of one instruction and were split, since this server's start. Not 0: a row that PostgreSQL refuses, or a fault; see the log.",
};

export function registerBatchMetrics(metrics: Metrics, rails: readonly RunningRail[]): void {
  metrics.gauges(names, ["environment", "market"], async () =>
    rails.map(({ rail: { environment, market }, payments }) => ({
      labels: { environment, market },
      values: { pesarail_batches_failed: payments.batcher.failedBatches },
    })),
  );
}
