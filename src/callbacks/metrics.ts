/** What Prometheus is told of callbacks. */
import type { Rail } from "../money.ts";
import type { AttemptRow } from "../store/delivery-attempts.ts";
import type { QueueState } from "../store/deliveries.ts";
import { outcomeWord } from "./schedule.ts";

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
export function countCallbacks(
  metrics: Metrics,
  rails: readonly Rail[],
  stateOf: (rail: Rail) => Promise<QueueState & { readonly now: number }>,
): (rail: Rail, attempt: AttemptRow) => void {
  const count = metrics.counter(
    "pesarail_callback_attempts_total",
    "Attempts to send a callback, by what came of them: told, flagged, failed or parked.",
    [...labels, "outcome"],
  );
  metrics.gauges(queueGauges, labels, () =>
    Promise.all(
      rails.map(async (rail) => {
        const { open, parked, oldestDueAt, now } = await stateOf(rail);
        const values = {
          pesarail_callbacks_open: open,
          pesarail_callbacks_parked: parked,
          pesarail_callbacks_oldest_due_seconds:
            oldestDueAt === null ? 0 : Math.max(0, now - oldestDueAt.getTime()) / 1000,
        };
        return { labels: labelsOf(rail), values };
      }),
    ),
  );
  return (rail, attempt) => count({ ...labelsOf(rail), outcome: outcomeWord(attempt) });
}

const labelsOf = ({ environment, market }: Rail) => ({ environment, market });
