/** A listener that cannot book for a while, responds with an error, and gets the callback again. */
import type { Scenario } from "../case.ts";
import { failed, notObservable, passed, type Finding } from "../finding.ts";
import { describeExchange, type Delivery } from "../exchange.ts";
import { bookedOnce } from "../merchant-records.ts";
import type { ScenarioRunner } from "../scenario-runner.ts";
import { runHook, type Hook } from "../merchant-hooks.ts";
import { reportNotAcknowledged } from "./answered.ts";

export const respondsWith503: Scenario = {
  name: "own-503",
  group: "Recovery",
  description:
    "Breaks what the listener needs (--break-…), delivers a success, repairs it (--mend-…), and delivers the success again.",
  cases: {
    "not-acknowledged": {
      severity: "money",
      expects: "While it cannot book, it does not acknowledge; or it books later what it acknowledged.",
      consequence: "A 2xx closes the message, so a payment that was not booked then never is.",
      fix: "Respond with 503 when the transaction fails, with Retry-After if you know when a retry may succeed. Acknowledge after the commit.",
    },
    "booked-once": {
      severity: "money",
      expects: "The callback is booked once when it is retried after a 503.",
      consequence: "A first attempt that failed halfway was either marked as processed or already booked.",
      fix: "Mark the message as processed and book it in one transaction.",
    },
  },
  async run(runner) {
    const { break: breakHook, fix: fixHook } = runner.settings.hooks;
    if (breakHook === null || fixHook === null) return checkSpontaneousFailures(runner);
    const payment = await runner.begin("payment");
    const message = runner.successMessage(payment);
    const first = await whileBroken(runner, breakHook, fixHook, () => runner.send(message));
    if ((await runner.session.measureDowntime()) === null) {
      for (const name of ["not-acknowledged", "booked-once"])
        runner.report(name, failed("The listener is still down after the repair."));
      return;
    }
    const delivery = await runner.continueDelivery(message, [first]);
    await runner.expectRecords("booked-once", [payment], bookedOnce);
    runner.report("not-acknowledged", toAcknowledgedFinding(runner, first.failure, describeExchange(first)));
    reportNotAcknowledged(runner, "booked-once", [delivery]);
  },
};

function toAcknowledgedFinding(runner: ScenarioRunner, failure: string | null, description: string): Finding {
  if (failure !== null) return passed(description);
  const booked = runner.findings.get("booked-once") as Finding;
  if (booked.verdict === "passed")
    return passed("It acknowledged while it was broken, and booked the payment later.");
  if (booked.verdict === "failed")
    return failed(`It acknowledged (${description}) but did not book the payment.`);
  return {
    ...booked,
    message: `It acknowledged (${description}); whether it booked the payment later is not observable.`,
  };
}

/** Repairs what was broken in every case, also after an interruption. */
async function whileBroken<T>(
  runner: ScenarioRunner,
  breakHook: Hook,
  fixHook: Hook,
  action: () => Promise<T>,
): Promise<T> {
  try {
    await runHook(breakHook, {}, runner.settings.signal);
    runner.note("Broken with --break-….");
    return await action();
  } finally {
    await runHook(fixHook, {}, null);
    runner.note("Repaired with --mend-….");
  }
}

const neededOptions = "--break-command and --mend-command";

/** Without hooks to break the listener, this uses failures that happened during the run. */
async function checkSpontaneousFailures(runner: ScenarioRunner): Promise<void> {
  const recovered = runner.session.deliveries.filter(hasRecovered);
  runner.report(
    "not-acknowledged",
    notObservable("There are no hooks that break and repair the listener.", neededOptions),
  );
  if (recovered.length === 0) {
    const reason =
      "The listener never responded with 5xx to a valid message, and there is no hook to cause that.";
    return runner.report("booked-once", notObservable(reason, neededOptions));
  }
  runner.note(`${recovered.length} messages got 5xx at first and were acknowledged when retried.`);
  await runner.expectRecords(
    "booked-once",
    recovered.map(({ message }) => message.payment),
    bookedOnce,
  );
}

const hasRecovered = ({ message, attempts, acknowledged }: Delivery): boolean =>
  acknowledged && (attempts[0].status ?? 0) >= 500 && message.succeeded;
