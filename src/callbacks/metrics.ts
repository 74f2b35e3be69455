/** What Prometheus is told of callbacks. */
import type { Rail } from "../core/money.ts";
import type { AttemptRow } from "../store/rail/delivery-attempts.ts";
import type { QueueState } from "../store/rail/deliveries.ts";
import { attemptStatus } from "./schedule.ts";

/** What we need of `http/metrics.ts`. */
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
    "Callbacks that are still to be acknowledged, those that wait for a command to collect them among them; every server tells the same.",
  pesarail_callbacks_parked: "Callbacks that a person has to look at; every server tells the same.",
  pesarail_callbacks_oldest_due_seconds:
    "For how long the callback that is due longest has been due, but for those that wait for a command to collect them.",
};

/** Registers the metrics, and returns what counts an attempt. */
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
