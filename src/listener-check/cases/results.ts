/** Results themselves: success and every refusal, for each call whose results the listener handles. */
import pMap from "p-map";
import type { CheckedPayment, ListenerChecks } from "../../protocols/listener-checks.ts";
import type { CaseText, Scenario } from "../case.ts";
import { notApplicable, notObservable } from "../finding.ts";
import { bookedOnce, bookedAmount, endedUnpaid, notBooked } from "../merchant-records.ts";
import { concurrency, type ScenarioRunner } from "../scenario-runner.ts";
import { reportNotAcknowledged } from "./answered.ts";

const group = "Results";

/** The scenarios of one operation. Only those of the first have a name without the operation. */
export function createResultScenarios(checks: ListenerChecks, call: string, isFirst: boolean): Scenario[] {
  const toName = (name: string): string => (isFirst ? name : `${name}-${call}`);
  return [createSuccess(checks, call, toName("success")), createRefusals(checks, call, toName("refusals"))];
}

function createSuccess(checks: ListenerChecks, call: string, name: string): Scenario {
  const isReservation = checks.twoStep?.reserve === call;
  const isBookable = checks.moneyCalls.includes(call);
  return {
    name,
    group,
    description: `Delivers a successful result (${checks.getTitle(call)}).`,
    cases: {
      acknowledged: {
        severity: "message",
        expects: "A success is acknowledged with 2xx.",
        consequence:
          "An unacknowledged result is retried for two days and then dead-lettered, while the customer has paid and waits.",
        fix: "Respond with 200 and the documented body as soon as the result is stored.",
      },
      booked: isReservation ? reservationText : createBookedText(checks),
      ...(isBookable ? { amount: amountText } : {}),
    },
    async run(runner) {
      const payment = await runner.begin("payment", { call });
      const delivery = await runner.deliver(runner.successMessage(payment));
      runner.reportAcknowledged("acknowledged", [delivery]);
      if (isReservation) return runner.expectRecords("booked", [payment], notBooked);
      if (!isBookable) return runner.report("booked", notApplicable("This operation moves no money."));
      await runner.expectRecords("booked", [payment], bookedOnce);
      await runner.expectRecords("amount", [payment], bookedAmount);
      if (!payment.requested) await noteUnrequestedBookings(runner, payment);
    },
  };
}

const reservationText: CaseText = {
  severity: "money",
  expects: "A reservation is not booked: its money is only held until the commit.",
  consequence: "Goods are handed over for money that returns to the customer when the reservation expires.",
  fix: "Book on the commit's result, not on the reservation's.",
};

const createBookedText = ({ names }: ListenerChecks): CaseText => ({
  severity: "money",
  expects: "The payment is booked once.",
  consequence: "The customer has paid and gets nothing, or gets it twice.",
  fix: `Find the payment by ${names.reference}, and book it under a unique key.`,
});

const amountText: CaseText = {
  severity: "money",
  expects: "The payment is booked with the requested amount.",
  consequence: "The customer pays for one thing and gets another.",
  fix: "Book the amount that you stored with your reference, because the callback contains none.",
};

async function noteUnrequestedBookings(runner: ScenarioRunner, payment: CheckedPayment): Promise<void> {
  const record = await runner.readRecord(payment);
  if (record !== null && record.bookings > 0) runner.session.booksUnrequested = true;
}

function createRefusals(checks: ListenerChecks, call: string, name: string): Scenario {
  return {
    name,
    group,
    description: `Delivers refused results (${checks.getTitle(call)}), one for each code that callbacks of this operation can have.`,
    cases: createRefusalTexts(checks, call),
    async run(runner) {
      const refusals = checks.listRefusals(call);
      const payments = await runner.beginAll(
        refusals.map(({ code }) => code),
        { call },
      );
      const messages = payments.map((payment, i) =>
        runner.refusalMessage(payment, refusals[i]?.refusal ?? "payment_failed"),
      );
      const deliveries = await pMap(messages, (message) => runner.deliver(message), { concurrency });
      runner.reportAcknowledged("acknowledged", deliveries);
      if (checks.isQuery(call)) {
        for (const caseName of ["not-booked", "ended"])
          runner.report(caseName, notApplicable("A query ends no payment."));
        return;
      }
      await runner.expectRecords("not-booked", payments, notBooked);
      await runner.expectRecords(
        "ended",
        payments.filter(({ label }) => !checks.inconclusiveCodes.includes(label)),
        endedUnpaid,
      );
    },
  };
}

function createRefusalTexts(checks: ListenerChecks, call: string): Readonly<Record<string, CaseText>> {
  const inconclusive = checks.inconclusiveCodes.join(" and ");
  return {
    acknowledged: {
      severity: "message",
      expects: "Each refusal is acknowledged with 2xx.",
      consequence:
        "An unacknowledged refusal is retried for two days, and hides others among the dead-lettered callbacks.",
      fix: "Handle a refusal like any other result: store it and respond with 200.",
    },
    "not-booked": {
      severity: "money",
      expects: "No refusal is booked, whatever its code.",
      consequence: "Goods are handed over for money that was never paid.",
      fix: `Book only on ${checks.getCode(call, null)}, never just because a callback arrived.`,
    },
    ended: {
      severity: "message",
      expects: `Each finally refused payment shows as failed. ${inconclusive} do not say how the payment ended.`,
      consequence: "The order stays open, and the customer does not learn that the payment failed.",
      fix: `Mark the payment as failed. After ${inconclusive}, call ${checks.names.statusQuery}.`,
    },
  };
}

/** A result whose request was never acknowledged. */
export const createLostResponse = ({ names, hasReference }: ListenerChecks): Scenario => ({
  name: "lost-answer",
  group,
  description: `Delivers the result of a payment whose request got no response: the connection broke, so its ${names.conversationIdTitle} is unknown.`,
  cases: {
    booked: {
      severity: "money",
      expects: "The payment is found by its reference and booked once.",
      consequence:
        "A request times out while the customer enters the PIN, the payment succeeds, and its result matches no order.",
      fix: `Store your reference before you send the request. Match results by ${names.reference}, and use the ${names.conversationIdTitle} if you have it.`,
    },
  },
  async run(runner) {
    if (hasReference?.(runner.settings.calls[0]) === false) return runner.report("booked", noReference);
    if (runner.settings.hooks.begin === null) return runner.report("booked", needsBegin);
    const payment = await runner.begin("payment", { unanswered: true });
    const delivery = await runner.deliver(runner.successMessage(payment));
    await runner.expectRecords("booked", [payment], bookedOnce);
    reportNotAcknowledged(runner, "booked", [delivery]);
  },
});

/** For a call whose results do not contain the caller's own id. */
export const noReference = notApplicable("The results of this operation do not contain your reference.");

export const needsBegin = notObservable(
  "No hook makes the merchant's system request a payment.",
  "--begin-url or --begin-command",
);
