/** Results of payments that the merchant's system does not know, or that belong to another payment. */
import type { ListenerChecks, ListenerMessage } from "../../protocols/listener-checks.ts";
import type { Scenario } from "../case.ts";
import { failed, notApplicable, notObservable, passed } from "../finding.ts";
import { describeExchange } from "../exchange.ts";
import { bookedOnce, formatRecord, notBooked, type RecordCheck } from "../merchant-records.ts";
import { notVisible } from "../scenario-runner.ts";
import { noReference } from "./results.ts";

const group = "Strangers";

export const unknownReference: Scenario = {
  name: "unknown-reference",
  group,
  description: "Delivers a success with a reference that does not exist.",
  cases: {
    answered: {
      severity: "sturdiness",
      expects:
        "It gets a response. 2xx closes it; anything else is retried and dead-lettered after two days, where a person sees it.",
      consequence: "An unexpected message takes down the listener for all payments.",
      fix: "Treat an unknown reference as an ordinary case: store the message separately, respond, and alert a person.",
    },
    "not-booked": {
      severity: "money",
      expects: "A payment that was never requested is not booked.",
      consequence: "Anyone who can reach the listener can invent a reference and thereby a paid order.",
      fix: "Book only what your own system has requested.",
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
    // Needs no --begin-…, because the payment must be unknown here.
    if (record !== null) runner.report("not-booked", notBooked(payment, record));
  },
};

export const createAnotherPayment = ({ names, hasReference }: ListenerChecks): Scenario => ({
  name: "another-payment",
  group,
  description: `Delivers a success with the ${names.conversationIdTitle} of one payment and the reference of another; then the correct result of each.`,
  cases: {
    "not-booked": {
      severity: "money",
      expects: "A message in which the two do not match books neither payment.",
      consequence: "One customer pays, and another customer's order is delivered.",
      fix: `Compare ${names.conversationId} with the id in the response to your request. If they differ, flag the payment and do not book it.`,
    },
    "booked-after-all": {
      severity: "money",
      expects: "The correct results that follow are booked, once each.",
      consequence: "If a wrong message is marked as processed, the correct one is ignored.",
      fix: "Mark as processed only what you have booked, in the same transaction.",
    },
  },
  async run(runner) {
    if (hasReference?.(runner.settings.calls[0]) === false) {
      for (const name of ["not-booked", "booked-after-all"]) runner.report(name, noReference);
      return;
    }
    const [first, second] = await runner.beginAll(["payment 1", "payment 2"]);
    if (first === undefined || second === undefined) return;
    if (!first.requested) {
      const finding = notObservable(
        "The merchant's system knows neither payment, so it cannot see that they do not match.",
        "--begin-url or --begin-command",
      );
      for (const name of ["not-booked", "booked-after-all"]) runner.report(name, finding);
      return;
    }
    const mixed: ListenerMessage = runner.successMessage({
      ...second,
      label: "mixed",
      conversationId: first.conversationId,
    });
    await runner.send(mixed);
    await runner.expectRecordsNow("not-booked", [first, second], notBooked);
    for (const payment of [first, second]) await runner.deliver(runner.successMessage(payment));
    await runner.expectRecords("booked-after-all", [first, second], bookedOnce);
  },
});

export const createWrongAmount = ({ hasAmount, mainCall }: ListenerChecks): Scenario => ({
  name: "wrong-amount",
  group,
  description:
    hasAmount?.(mainCall) === true
      ? "Delivers a success with another amount than the requested one."
      : "Sends nothing: callbacks of this protocol cannot contain a wrong amount.",
  cases: {
    "not-booked": {
      severity: "money",
      expects: "A success with another amount is not booked as if the amount were right.",
      consequence: "A customer could pay a small amount for an expensive order.",
      fix: "Compare the amount if the protocol has one.",
    },
  },
  async run(runner) {
    if (hasAmount?.(runner.settings.calls[0]) !== true)
      return runner.report("not-booked", notApplicable("The callbacks of this protocol contain no amount."));
    const payment = await runner.begin("payment");
    if (!payment.requested)
      return runner.report(
        "not-booked",
        notObservable(
          "The merchant's system did not request the payment, so it cannot know its amount.",
          "--begin-url or --begin-command",
        ),
      );
    await runner.send(runner.successMessage({ ...payment, amount: "1.00" }));
    await runner.expectRecords("not-booked", [payment], notBookedUnflagged);
  },
});

/** Another amount: not booked, flagged for manual review, or booked as what was paid. */
const notBookedUnflagged: RecordCheck = (payment, record) =>
  record.flagged || Number(record.amount) === 1 ? passed(formatRecord(record)) : notBooked(payment, record);
