/** Results that belong to nobody, or to somebody else. */
import { failed, notApplicable, notObservable, passed, type Scenario } from "../case.ts";
import { describeExchange } from "../exchange.ts";
import type { Message } from "../payments.ts";
import { bookedOnce, notBooked } from "../merchant-records.ts";
import { notVisible } from "../scenario-runner.ts";

const group = "Strangers";

export const unknownReference: Scenario = {
  name: "unknown-reference",
  group,
  description: "Tells of a success whose reference nobody has ever used.",
  cases: {
    answered: {
      severity: "sturdiness",
      expects:
        "It is answered. 2xx closes it; anything else has it told again, and parked in two days, where a person sees it.",
      consequence: "What nobody expects brings down what everybody needs.",
      fix: "Handle a reference that is not found as an ordinary outcome: store the message aside, answer, tell a person.",
    },
    "not-booked": {
      severity: "money",
      expects: "A payment that nobody asked for is not booked.",
      consequence: "Whoever can reach the listener makes up a reference, and with it an order that is paid.",
      fix: "Book what your own system has asked for, and nothing else.",
    },
  },
  async run(runner) {
    const payment = runner.createUnrequestedPayment("stranger");
    const exchange = await runner.send(runner.successMessage(payment));
    runner.report(
      "answered",
      exchange.status === null ? failed(describeExchange(exchange)) : passed(describeExchange(exchange)),
    );
    const { hooks, timeouts } = runner.settings;
    if (hooks.state === null) return runner.report("not-booked", notVisible);
    await runner.wait(timeouts.stableMs);
    const record = await runner.readRecord(payment);
    // That nobody asked for it is the very point here, so it is observed without --begin-… as well.
    if (record !== null) runner.report("not-booked", notBooked(payment, record));
  },
};

export const anotherPayment: Scenario = {
  name: "another-payment",
  group,
  description:
    "Tells of a success with the ConversationID of one payment and the reference of another; then of each as it should be.",
  cases: {
    "not-booked": {
      severity: "money",
      expects: "Neither is booked by a message in which the two do not belong together.",
      consequence: "One customer pays, and another one's order is delivered.",
      fix: "Compare input_OriginalConversationID with the one that the acknowledgement of your request gave; if they differ, flag it and do not book.",
    },
    "booked-after-all": {
      severity: "money",
      expects: "The true results that follow are booked, once each.",
      consequence: "A wrong message that is remembered as handled shuts out the true one.",
      fix: "Remember as handled only what you have booked, in the same transaction.",
    },
  },
  async run(runner) {
    const [first, second] = await runner.beginAll(["payment 1", "payment 2"]);
    if (first === undefined || second === undefined) return;
    if (!first.requested) {
      const finding = notObservable(
        "The listener's own system knows neither payment, so nothing tells it that they do not belong together.",
        "--begin-url or --begin-command",
      );
      for (const name of ["not-booked", "booked-after-all"]) runner.report(name, finding);
      return;
    }
    const mixed: Message = runner.successMessage({
      ...second,
      label: "mixed",
      conversationId: first.conversationId,
    });
    await runner.send(mixed);
    await runner.expectRecordsNow("not-booked", [first, second], notBooked);
    for (const payment of [first, second]) await runner.deliver(runner.successMessage(payment));
    await runner.expectRecords("booked-after-all", [first, second], bookedOnce);
  },
};

export const wrongAmount: Scenario = {
  name: "wrong-amount",
  group,
  description: "Nothing: an amount that differs from what was asked for cannot be told.",
  cases: {
    "not-booked": {
      severity: "money",
      expects: "A success over another amount is not booked as if it were the right one.",
      consequence: "A shilling buys a fridge.",
      fix: "Compare amounts where a protocol carries one.",
    },
  },
  run(runner) {
    runner.report("not-booked", notApplicable("This protocol's callback carries no amount."));
    return Promise.resolve();
  },
};
