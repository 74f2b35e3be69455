/** A listener that cannot book for a while, says so, and is told again. */
import { failed, notObservable, passed, type Finding, type Scenario } from "../case.ts";
import { describeExchange } from "../exchange.ts";
import { bookedOnce } from "../merchant-records.ts";
import type { Delivery, ScenarioRunner } from "../scenario-runner.ts";
import { runHook, type Hook } from "../merchant-hooks.ts";
import { reportNotAcknowledged } from "./answered.ts";

export const respondsWith503: Scenario = {
  name: "own-503",
  group: "Recovery",
  description:
    "Breaks what the listener needs (--break-…), tells of a success, mends it (--mend-…), and tells it again.",
  cases: {
    "not-acknowledged": {
      severity: "money",
      expects: "While it cannot book, it does not acknowledge; or what it acknowledged is booked after all.",
      consequence: "A 2xx closes the message: what was not booked then never will be.",
      fix: "Answer 503 when the transaction fails, with Retry-After if you know when it may help. Acknowledge after the commit.",
    },
    "booked-once": {
      severity: "money",
      expects: "What is told again after its own 503 is booked, once.",
      consequence:
        "A first attempt that failed halfway has either used up the message, or booked it already.",
      fix: "Put what remembers the message and what books it into one transaction.",
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
        runner.report(name, failed("It is still broken after it was mended."));
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
    return passed("It acknowledged while it was broken, and booked it after all.");
  if (booked.verdict === "failed") return failed(`It acknowledged (${description}) what it had not booked.`);
  return {
    ...booked,
    message: `It acknowledged (${description}); whether it booked it later is not to be seen.`,
  };
}

/** What was broken is mended, whatever happens in between; an interruption too. */
async function whileBroken<T>(
  runner: ScenarioRunner,
  breakHook: Hook,
  fixHook: Hook,
  action: () => Promise<T>,
): Promise<T> {
  try {
    await runHook(breakHook, {}, runner.settings.signal);
    runner.note("Broken by --break-….");
    return await action();
  } finally {
    await runHook(fixHook, {}, null);
    runner.note("Mended by --mend-….");
  }
}

const neededOptions = "--break-command and --mend-command";

/** Nobody can make it fail; but if it failed by itself in the course of the run, that is seen. */
async function checkSpontaneousFailures(runner: ScenarioRunner): Promise<void> {
  const recovered = runner.session.deliveries.filter(hasRecovered);
  runner.report(
    "not-acknowledged",
    notObservable("What breaks the listener, and mends it again, is not known.", neededOptions),
  );
  if (recovered.length === 0) {
    const reason = "The listener never answered 5xx to a good message, and nothing was given that makes it.";
    return runner.report("booked-once", notObservable(reason, neededOptions));
  }
  runner.note(
    `${recovered.length} messages were answered 5xx at first, and acknowledged when they were told again.`,
  );
  await runner.expectRecords(
    "booked-once",
    recovered.map(({ message }) => message.payment),
    bookedOnce,
  );
}

const hasRecovered = ({ message, attempts, acknowledged }: Delivery): boolean =>
  acknowledged && (attempts[0].status ?? 0) >= 500 && message.code.endsWith("-0");
