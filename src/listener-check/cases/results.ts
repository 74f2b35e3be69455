/** The results of payments: the success and every refusal, for each operation that the listener handles. */
import type { Product } from "../../protocols/openapi-v2/products.ts";
import { notApplicable, notObservable, type CaseText, type Scenario } from "../case.ts";
import {
  moneyCalls,
  isQuery,
  findOperation,
  listCallbackRefusals,
  inconclusiveCodes,
  type Payment,
} from "../payments.ts";
import { bookedOnce, bookedAmount, endedUnpaid, notBooked } from "../merchant-records.ts";
import { mapConcurrently, type ScenarioRunner } from "../scenario-runner.ts";
import { reportNotAcknowledged } from "./answered.ts";

const group = "Results";

/** The scenarios of one operation. Only those of the first have a name without the operation. */
export function createResultScenarios(call: Product, first: boolean): Scenario[] {
  const toName = (name: string): string => (first ? name : `${name}-${call}`);
  return [createSuccess(call, toName("success")), createRefusals(call, toName("refusals"))];
}

function createSuccess(call: Product, name: string): Scenario {
  return {
    name,
    group,
    description: `Delivers a successful result (${findOperation(call).title}).`,
    cases: {
      acknowledged: {
        severity: "message",
        expects: "A success is acknowledged with 2xx.",
        consequence:
          "An unacknowledged result is retried for two days and then dead-lettered, while the customer has paid and waits.",
        fix: "Respond with 200 and the documented body as soon as the result is stored.",
      },
      booked: {
        severity: "money",
        expects: isReservation(call)
          ? "A reservation is not booked: its money is only held until the commit."
          : "The payment is booked once.",
        consequence: isReservation(call)
          ? "Goods are handed over for money that returns to the customer when the reservation expires."
          : "The customer has paid and gets nothing, or gets it twice.",
        fix: isReservation(call)
          ? "Book on the commit's result, not on the reservation's."
          : "Find the payment by input_ThirdPartyConversationID, and book it under a unique key.",
      },
      ...(isBookable(call) ? { amount: amountText } : {}),
    },
    async run(runner) {
      const payment = await runner.begin("payment", { call });
      const delivery = await runner.deliver(runner.successMessage(payment));
      runner.reportAcknowledged("acknowledged", [delivery]);
      if (isReservation(call)) return runner.expectRecords("booked", [payment], notBooked);
      if (!isBookable(call)) return runner.report("booked", notApplicable("This operation moves no money."));
      await runner.expectRecords("booked", [payment], bookedOnce);
      await runner.expectRecords("amount", [payment], bookedAmount);
      if (!payment.requested) await noteUnrequestedBookings(runner, payment);
    },
  };
}

const amountText: CaseText = {
  severity: "money",
  expects: "The payment is booked with the requested amount.",
  consequence: "The customer pays for one thing and gets another.",
  fix: "Book the amount that you stored with your reference, because the callback contains none.",
};

const isReservation = (call: Product): boolean => call === "c2bMultiStage";
const isBookable = (call: Product): boolean => (moneyCalls as readonly Product[]).includes(call);

async function noteUnrequestedBookings(runner: ScenarioRunner, payment: Payment): Promise<void> {
  const record = await runner.readRecord(payment);
  if (record !== null && record.bookings > 0) runner.session.booksUnrequested = true;
}

function createRefusals(call: Product, name: string): Scenario {
  return {
    name,
    group,
    description: `Delivers refused results (${findOperation(call).title}), one for each code that callbacks of this operation can have.`,
    cases: {
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
        fix: `Book only on ${findOperation(call).success.code}, never just because a callback arrived.`,
      },
      ended: {
        severity: "message",
        expects:
          "Each finally refused payment shows as failed. INS-1 and INS-9 do not say how the payment ended.",
        consequence: "The order stays open, and the customer does not learn that the payment failed.",
        fix: "Mark the payment as failed. After INS-1 and INS-9, call queryTransactionStatus.",
      },
    },
    async run(runner) {
      const codes = [...listCallbackRefusals(call)].sort(([a], [b]) => toNumber(a) - toNumber(b));
      const payments = await runner.beginAll(
        codes.map(([code]) => code),
        { call },
      );
      const messages = payments.map((payment, i) =>
        runner.refusalMessage(payment, codes[i]?.[1] ?? "payment_failed"),
      );
      const deliveries = await mapConcurrently(messages, 8, (message) => runner.deliver(message));
      runner.reportAcknowledged("acknowledged", deliveries);
      if (isQuery(call)) {
        for (const name of ["not-booked", "ended"])
          runner.report(name, notApplicable("A query ends no payment."));
        return;
      }
      await runner.expectRecords("not-booked", payments, notBooked);
      await runner.expectRecords(
        "ended",
        payments.filter(({ label }) => !inconclusiveCodes.has(label)),
        endedUnpaid,
      );
    },
  };
}

const toNumber = (code: string): number => Number(code.replace(/\D+/, ""));

/** A result whose request was never acknowledged. */
export const lostResponse: Scenario = {
  name: "lost-answer",
  group,
  description:
    "Delivers the result of a payment whose request got no response: the connection broke, so its ConversationID is unknown.",
  cases: {
    booked: {
      severity: "money",
      expects: "The payment is found by its reference and booked once.",
      consequence:
        "A request times out while the customer enters the PIN, the payment succeeds, and its result matches no order.",
      fix: "Store your reference before you send the request. Match results by input_ThirdPartyConversationID, and use the ConversationID if you have it.",
    },
  },
  async run(runner) {
    if (runner.settings.hooks.begin === null) return runner.report("booked", needsBegin);
    const payment = await runner.begin("payment", { unanswered: true });
    const delivery = await runner.deliver(runner.successMessage(payment));
    await runner.expectRecords("booked", [payment], bookedOnce);
    reportNotAcknowledged(runner, "booked", [delivery]);
  },
};

export const needsBegin = notObservable(
  "No hook makes the merchant's system request a payment.",
  "--begin-url or --begin-command",
);
