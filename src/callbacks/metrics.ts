/** Prometheus metrics of callbacks. */
import type { Rail } from "../core/rails.ts";
import type { AttemptRow } from "../store/rail/delivery-attempts.ts";
import type { QueueState } from "../store/rail/deliveries.ts";
import { attemptStatus } from "./schedule.ts";

/** The part of `http/metrics.ts` that is used here. */
interface Metrics {
  counter<Label extends string>(
    name: string,
    help: string,
    labels: readonly Label[],
  ): (labels: Readonly<Record<Label, string>>) => void;
  gauges<Label extends string>(
    names: Readonly<Record<string, string>>,
    labels: readonly Label[],
    read: () => Promise<
      readonly {
        readonly labels: Readonly<Record<Label, string>>;
        readonly values: Readonly<Record<string, number>>;
      }[]
    >,
  ): void;
}

const labels = ["environment", "market"] as const;

const queueGauges = {
  pesarail_callbacks_open:
    "Callbacks not acknowledged yet, including those that wait for `pesarail listen`. Every server reports the same value.",
  pesarail_callbacks_parked: "Dead-lettered callbacks. Every server reports the same value.",
  pesarail_callbacks_oldest_due_seconds:
    "How long the oldest due callback has been due, without those that wait for `pesarail listen`.",
};

/** Registers the metrics. Returns the function that counts an attempt. */
export function registerCallbackMetrics(
  metrics: Metrics,
  rails: readonly Rail[],
  readState: (rail: Rail) => Promise<QueueState & { readonly now: number }>,
): (rail: Rail, attempt: AttemptRow) => void {
  const countAttempt = metrics.counter(
    "pesarail_callback_attempts_total",
    "Attempts to send a callback, by outcome: delivered, delivered_with_warning, failed or dead_lettered.",
    [...labels, "outcome"],
  );
  metrics.gauges(queueGauges, labels, () =>
    Promise.all(
      rails.map(async (rail) => {
        const { open, deadLettered, oldestDueAt, now } = await readState(rail);
        const values = {
          pesarail_callbacks_open: open,
          pesarail_callbacks_parked: deadLettered,
          pesarail_callbacks_oldest_due_seconds:
            oldestDueAt === null ? 0 : Math.max(0, now - oldestDueAt.getTime()) / 1000,
        };
        return { labels: toLabels(rail), values };
      }),
    ),
  );
  return (rail, attempt) => countAttempt({ ...toLabels(rail), outcome: attemptStatus(attempt) });
}

const toLabels = ({ environment, market }: Rail) => ({ environment, market });
