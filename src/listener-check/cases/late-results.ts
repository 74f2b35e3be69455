/** Results that come after the developer's own system has made up its mind. */
import { notApplicable, notObservable, type Finding, type Scenario } from "../case.ts";
import { SandboxPaymentFailed } from "../sandbox-payments.ts";
import type { Payment } from "../payments.ts";
import { bookedOnce, bookedOrFlagged } from "../merchant-records.ts";
import type { ScenarioRunner } from "../scenario-runner.ts";
import { reportNotAcknowledged } from "./answered.ts";
import { needsBegin } from "./results.ts";

const group = "Late";

export const afterGivingUp: Scenario = {
  name: "after-giving-up",
  group,
  description:
    "Has the developer's system give up on a payment, and then tells that it went through. Freshly signed, as late attempts are.",
  cases: {
    noticed: {
      severity: "money",
      expects: "The success is booked, once, or a person is told to look (flagged).",
      consequence:
        "A parked callback may come after two days. The customer has paid for an order that was cancelled, and nobody gives the money back.",
      fix: "A cancelled order is a state from which a success still leads somewhere: book it, or flag it for a refund.",
    },
  },
  async run(runner) {
    const { hooks } = runner.settings;
    if (hooks.giveUp === null)
      return runner.report(
        "noticed",
        notObservable(
          "What makes the listener's system give up on a payment is not known.",
          "--give-up-url or --give-up-command",
        ),
      );
    if (hooks.begin === null) return runner.report("noticed", needsBegin);
    const payment = await runner.begin("payment");
    await runner.session.runHook(hooks.giveUp, payment);
    runner.note("The developer's system gave up on it.");
    await runner.readRecord(payment);
    const delivery = await runner.deliver(runner.successMessage(payment));
    await runner.expectRecords("noticed", [payment], bookedOrFlagged);
    reportNotAcknowledged(runner, "noticed", [delivery]);
  },
};

export const afterOwnQuery: Scenario = {
  name: "after-query",
  group,
  description:
    "Has the developer's system ask a running sandbox how a payment ended, and then tells it the same by a callback.",
  cases: {
    settled: {
      severity: "message",
      expects: "The system's own query settles the payment.",
      consequence: "When a callback is lost, asking is all that is left.",
      fix: "Ask queryTransactionStatus with your own reference, and book what it says.",
    },
    "booked-once": {
      severity: "money",
      expects: "The callback that comes after it does not book the payment again.",
      consequence:
        "Whoever asks because a callback is late gets both answers: the payment is credited twice.",
      fix: "Query and callback book through the same function, under the same unique key: your reference.",
    },
  },
  async run(runner) {
    const { hooks, sandbox } = runner.settings;
    const missing = findMissing(runner);
    if (missing !== null || hooks.query === null || sandbox === null) {
      for (const name of ["settled", "booked-once"]) runner.report(name, missing ?? needsSandbox);
      return;
    }
    // Its request's own answer got lost, as it did for whoever has to ask: it knows its reference alone.
    const requested = await runner.begin("payment", {
      call: "c2bSingle",
      msisdn: sandbox.msisdn,
      unanswered: true,
    });
    const sandboxResult = await sandbox.pay(requested).catch((error: unknown) => {
      if (error instanceof SandboxPaymentFailed) return error;
      throw error;
    });
    if (sandboxResult instanceof SandboxPaymentFailed) {
      for (const name of ["settled", "booked-once"])
        runner.report(name, notObservable(sandboxResult.message));
      return;
    }
    const payment: Payment = { ...requested, ...sandboxResult };
    runner.note(`Paid in the sandbox under ${payment.reference}.`);
    await runner.session.runHook(hooks.query, payment);
    runner.note("The developer's system asked for its status.");
    await runner.expectRecordsNow("settled", [payment], bookedOnce);
    const delivery = await runner.deliver(runner.successMessage(payment));
    await runner.expectRecords("booked-once", [payment], bookedOnce);
    reportNotAcknowledged(runner, "booked-once", [delivery]);
  },
};

const needsSandbox = notObservable(
  "A query needs a gateway that knows the payment, and no sandbox is running.",
  "--sandbox-url",
);

function findMissing({ settings: { hooks, calls } }: ScenarioRunner): Finding | null {
  if (!calls.includes("c2bSingle"))
    return notApplicable("The listener hears of no C2B payments (--call c2bSingle).");
  if (hooks.query === null)
    return notObservable(
      "What makes the listener's system ask for a payment's status is not known.",
      "--query-url or --query-command",
    );
  return hooks.begin === null ? needsBegin : null;
}
