/** Results that arrive after the merchant's system has closed the payment. */
import type { CheckedPayment, ListenerChecks } from "../../protocols/listener-checks.ts";
import type { Scenario } from "../case.ts";
import { notApplicable, notObservable, type Finding } from "../finding.ts";
import { SandboxPaymentFailed } from "../sandbox-payments.ts";
import { bookedOnce, bookedOrFlagged } from "../merchant-records.ts";
import type { ScenarioRunner } from "../scenario-runner.ts";
import { reportNotAcknowledged } from "./answered.ts";
import { needsBegin } from "./results.ts";

const group = "Late";

export const afterGivingUp: Scenario = {
  name: "after-giving-up",
  group,
  description:
    "Makes the merchant's system give up on a payment, and then delivers its success with a fresh signature, as late attempts have.",
  cases: {
    noticed: {
      severity: "money",
      expects: "The success is booked once, or flagged for manual review.",
      consequence:
        "A dead-lettered callback may arrive after two days. The customer has paid for a cancelled order and gets no refund.",
      fix: "Allow the transition from cancelled to paid: book the success, or flag it for a refund.",
    },
  },
  async run(runner) {
    const { hooks } = runner.settings;
    if (hooks.giveUp === null)
      return runner.report(
        "noticed",
        notObservable(
          "There is no hook that makes the merchant's system give up on a payment.",
          "--give-up-url or --give-up-command",
        ),
      );
    if (hooks.begin === null) return runner.report("noticed", needsBegin);
    const payment = await runner.begin("payment");
    await runner.session.runHook(hooks.giveUp, payment);
    runner.note("The merchant's system gave up on the payment.");
    await runner.readRecord(payment);
    const delivery = await runner.deliver(runner.successMessage(payment));
    await runner.expectRecords("noticed", [payment], bookedOrFlagged);
    reportNotAcknowledged(runner, "noticed", [delivery]);
  },
};

export const createAfterOwnQuery = ({ names, mainCall }: ListenerChecks): Scenario => ({
  name: "after-query",
  group,
  description:
    "Makes the merchant's system query a running sandbox for the status of a payment, and then delivers the same result by callback.",
  cases: {
    settled: {
      severity: "message",
      expects: "The system's own query settles the payment.",
      consequence: "When a callback is lost, a query is the only way to learn the result.",
      fix: `Call ${names.statusQuery} with your own reference, and book the result.`,
    },
    "booked-once": {
      severity: "money",
      expects: "The callback that follows the query does not book the payment again.",
      consequence:
        "A system that queries because a callback is late gets the result twice, and credits the payment twice.",
      fix: "Use the same function and the same unique key, your reference, for results of queries and callbacks.",
    },
  },
  async run(runner) {
    const { hooks, sandbox } = runner.settings;
    const missing = findMissing(runner, mainCall);
    if (missing !== null || hooks.query === null || sandbox === null) {
      for (const name of ["settled", "booked-once"]) runner.report(name, missing ?? needsSandbox);
      return;
    }
    // The response to the request is withheld, as for a system that has to query: it knows only its own
    // reference.
    const requested = await runner.begin("payment", {
      call: mainCall,
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
    const payment: CheckedPayment = { ...requested, ...sandboxResult };
    runner.note(`Paid in the sandbox under ${payment.reference}.`);
    await runner.session.runHook(hooks.query, payment);
    runner.note("The merchant's system queried the status.");
    await runner.expectRecordsNow("settled", [payment], bookedOnce);
    const delivery = await runner.deliver(runner.successMessage(payment));
    await runner.expectRecords("booked-once", [payment], bookedOnce);
    reportNotAcknowledged(runner, "booked-once", [delivery]);
  },
});

const needsSandbox = notObservable(
  "A query needs a gateway that knows the payment, and no sandbox is running.",
  "--sandbox-url",
);

function findMissing({ settings: { hooks, calls } }: ScenarioRunner, mainCall: string): Finding | null {
  if (!calls.includes(mainCall))
    return notApplicable(`The listener handles no C2B payments (--call ${mainCall}).`);
  if (hooks.query === null)
    return notObservable(
      "There is no hook that makes the merchant's system query a payment's status.",
      "--query-url or --query-command",
    );
  return hooks.begin === null ? needsBegin : null;
}
