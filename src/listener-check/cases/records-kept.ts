/** Records must outlast the next callback, and the whole run. */
import type { CheckedPayment, ListenerChecks, ListenerMessage } from "../../protocols/listener-checks.ts";
import type { Scenario } from "../case.ts";
import { notApplicable } from "../finding.ts";
import { bookedOnce } from "../merchant-records.ts";
import type { ScenarioRunner } from "../scenario-runner.ts";

const group = "Repeats";

export const recordsKept: Scenario = {
  name: "records-kept",
  group,
  description:
    "Delivers the success of one payment, then that of another, then the first again, and reads the records each time.",
  cases: {
    kept: {
      severity: "money",
      expects: "A booked payment stays in the records when other callbacks arrive.",
      consequence:
        "A listener that forgets a booking, such as in a restart, books the same payment again when its callback is repeated.",
      fix: "Store bookings in a database, not in the memory of a process, and do not delete them.",
    },
  },
  async run(runner) {
    const [first, second] = await runner.beginAll(["first", "second"]);
    if (first === undefined || second === undefined) return;
    const message = runner.successMessage(first);
    await runner.deliver(message);
    await runner.expectRecordsNow("kept", [first], bookedOnce);
    await runner.deliver(runner.successMessage(second));
    await runner.expectRecordsNow("kept", [first, second], bookedOnce);
    await runner.deliver(message);
    await runner.expectRecords("kept", [first, second], bookedOnce);
  },
};

export const createFirstAgain = (checks: ListenerChecks): Scenario => ({
  name: "first-again",
  group,
  description: "Delivers the first success of the run once more, after everything else.",
  isLast: true,
  cases: {
    acknowledged: {
      severity: "message",
      expects: "It is acknowledged with 2xx again.",
      consequence: "A result that was processed long ago is retried for two days.",
      fix: "Respond with 200 to a result that you have already booked, however long ago.",
    },
    "booked-once": {
      severity: "money",
      expects: "The payment is still booked once.",
      consequence:
        "A callback may be repeated after two days, or sent again by a person much later. A listener that remembers only recent callbacks then books the payment again.",
      fix: "Let a unique key of the booking itself detect duplicates, not a cache of recent callbacks.",
    },
  },
  async run(runner) {
    const message = findFirstSuccess(runner, checks) ?? (await deliverOne(runner, checks));
    if (message === null) {
      for (const name of ["acknowledged", "booked-once"])
        runner.report(name, notApplicable("The listener handles no results that are booked."));
      return;
    }
    const { payment } = message;
    await runner.expectRecordsNow("booked-once", [payment], bookedOnce);
    runner.reportAcknowledged("acknowledged", [await runner.deliver(message)]);
    await runner.expectRecords("booked-once", [payment], bookedOnce);
  },
});

const isBooked = ({ moneyCalls, twoStep }: ListenerChecks, { call }: Pick<CheckedPayment, "call">): boolean =>
  moneyCalls.includes(call) && call !== twoStep?.reserve;

function findFirstSuccess({ session }: ScenarioRunner, checks: ListenerChecks): ListenerMessage | null {
  const first = session.deliveries.find(
    ({ acknowledged, message }) => acknowledged && message.succeeded && isBooked(checks, message.payment),
  );
  return first?.message ?? null;
}

/** For a run of this scenario alone. */
async function deliverOne(runner: ScenarioRunner, checks: ListenerChecks): Promise<ListenerMessage | null> {
  const call = runner.settings.calls.find((each) => isBooked(checks, { call: each }));
  if (call === undefined) return null;
  const message = runner.successMessage(await runner.begin("payment", { call }));
  await runner.deliver(message);
  return message;
}
