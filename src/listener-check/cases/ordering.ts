/** Results that arrive in another order than the events. */
import type { ListenerChecks } from "../../protocols/listener-checks.ts";
import type { Scenario } from "../case.ts";
import { notApplicable } from "../finding.ts";
import { bookedOnce, bookedOrFlagged } from "../merchant-records.ts";
import { reportNotAcknowledged } from "./answered.ts";

const group = "Order";

export const outOfOrder: Scenario = {
  name: "out-of-order",
  group,
  description: "Delivers three results in another order than their requests, and then repeats two of them.",
  cases: {
    "booked-once": {
      severity: "money",
      expects: "Each payment is booked once, under its own reference.",
      consequence:
        "Results of different payments arrive in any order: a listener that relies on an order books the wrong payment, or one twice.",
      fix: 'Use only the message\'s own ids; do not keep a "last payment".',
    },
  },
  async run(runner) {
    const payments = await runner.beginAll(["payment 1", "payment 2", "payment 3"]);
    const [one, two, three] = payments.map((payment) => runner.successMessage(payment));
    const deliveries = [];
    for (const message of [three, one, two, one, three]) {
      if (message !== undefined) deliveries.push(await runner.deliver(message));
    }
    await runner.expectRecords("booked-once", payments, bookedOnce);
    reportNotAcknowledged(runner, "booked-once", deliveries);
  },
};

export const createRefusalAfterSuccess = ({ mainCall, getCode }: ListenerChecks): Scenario => ({
  name: "refusal-after-success",
  group,
  description: `Delivers a success and then a refusal (${getCode(mainCall, "payment_failed")}) of the same payment.`,
  cases: {
    kept: {
      severity: "money",
      expects: "A booked payment stays booked. Flagging it for manual review is welcome.",
      consequence:
        "Pesarail never sends both, but M-Pesa does not guarantee that, and a retry may arrive late. A listener that applies the last message reverses a payment that was made.",
      fix: "Only a reversal ends a booked payment. Acknowledge the message, and flag the payment for manual review.",
    },
  },
  async run(runner) {
    const payment = await runner.begin("payment");
    const first = await runner.deliver(runner.successMessage(payment));
    await runner.deliver(runner.refusalMessage(payment, "payment_failed"));
    await runner.expectRecords("kept", [payment], bookedOnce);
    reportNotAcknowledged(runner, "kept", [first]);
  },
});

export const createTimeoutThenSuccess = ({
  mainCall,
  getCode,
  names,
  inconclusiveCodes,
}: ListenerChecks): Scenario => ({
  name: "timeout-then-success",
  group,
  description: `Delivers a timeout (${getCode(mainCall, "timed_out")}) and later the success of the same payment.`,
  cases: {
    noticed: {
      severity: "money",
      expects: "The success is booked once, or flagged for manual review.",
      consequence:
        "A timeout does not say how a payment ended. The customer has paid, and the payment is never booked.",
      fix: `Do not mark the ${names.conversationIdTitle} as processed on ${inconclusiveCodes.toReversed().join(" or ")}: query the status instead, and book the success when it arrives.`,
    },
  },
  async run(runner) {
    const payment = await runner.begin("payment");
    await runner.deliver(runner.refusalMessage(payment, "timed_out"));
    const second = await runner.deliver(runner.successMessage(payment));
    await runner.expectRecords("noticed", [payment], bookedOrFlagged);
    reportNotAcknowledged(runner, "noticed", [second]);
  },
});

export const createTwoStepOutOfOrder = ({ twoStep }: ListenerChecks): Scenario => ({
  name: "two-step-out-of-order",
  group,
  description:
    "Delivers the result of a two-step payment's commit before the result of its reservation, and then both again.",
  cases: {
    "booked-once": {
      severity: "money",
      expects: "The reserved payment is booked once, when its commit succeeded.",
      consequence: "A late reservation result reopens the payment, or books it a second time.",
      fix: "Book on the commit's result. A reservation's result must never move a payment back to an earlier state.",
    },
  },
  async run(runner) {
    const { calls } = runner.settings;
    if (twoStep === null || !calls.includes(twoStep.reserve) || !calls.includes(twoStep.commit)) {
      return runner.report(
        "booked-once",
        notApplicable("The listener handles no two-step payments (--call)."),
      );
    }
    const reserved = await runner.begin("reservation", { call: twoStep.reserve });
    const commit = await runner.begin("commit", {
      call: twoStep.commit,
      committedTransactionId: reserved.transactionId,
    });
    const messages = [runner.successMessage(commit), runner.successMessage(reserved)];
    const deliveries = [];
    for (const message of [...messages, ...messages]) deliveries.push(await runner.deliver(message));
    await runner.expectRecords("booked-once", [reserved], bookedOnce);
    reportNotAcknowledged(runner, "booked-once", deliveries);
  },
});
