/** How payments end: the results themselves, success and every refusal, for each call that the listener hears of. */
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

/** The scenarios of one call; those of the first are called by what they do, the others by their call too. */
export function createResultScenarios(call: Product, first: boolean): Scenario[] {
  const toName = (name: string): string => (first ? name : `${name}-${call}`);
  return [createSuccess(call, toName("success")), createRefusals(call, toName("refusals"))];
}

function createSuccess(call: Product, name: string): Scenario {
  return {
    name,
    group,
    description: `Tells of a payment (${findOperation(call).title}) that went through.`,
    cases: {
      acknowledged: {
        severity: "message",
        expects: "A success is answered with 2xx.",
        consequence:
          "A result that is not acknowledged is told again for two days, and then parked until a person looks; meanwhile the customer has paid and waits.",
        fix: "Answer 200 with the documented body as soon as the result is stored.",
      },
      booked: {
        severity: "money",
        expects: isReservation(call)
          ? "A reservation is not booked: its money is held, and moves when it is committed."
          : "The payment is booked once.",
        consequence: isReservation(call)
          ? "Goods are given for money that returns to the customer when the reservation expires."
          : "The customer has paid and gets nothing, or gets it twice.",
        fix: isReservation(call)
          ? "Book when the commit's result comes, not the reservation's."
          : "Find the payment by input_ThirdPartyConversationID, and book it under a key that is unique.",
      },
      ...(isBookable(call) ? { amount: amountText } : {}),
    },
    async run(runner) {
      const payment = await runner.begin("payment", { call });
      const delivery = await runner.deliver(runner.successMessage(payment));
      runner.reportAcknowledged("acknowledged", [delivery]);
      if (isReservation(call)) return runner.expectRecords("booked", [payment], notBooked);
      if (!isBookable(call))
        return runner.report("booked", notApplicable("This call moves no money of its own."));
      await runner.expectRecords("booked", [payment], bookedOnce);
      await runner.expectRecords("amount", [payment], bookedAmount);
      if (!payment.requested) await noteUnrequestedBookings(runner, payment);
    },
  };
}

const amountText: CaseText = {
  severity: "money",
  expects: "The payment is booked with the amount that was asked for.",
  consequence: "The customer pays for one thing and gets another.",
  fix: "Book the amount that you have stored with your reference: the callback carries none.",
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
    description: `Tells of payments (${findOperation(call).title}) that were refused, one for each code that this call's callback may tell.`,
    cases: {
      acknowledged: {
        severity: "message",
        expects: "Each refusal is answered with 2xx.",
        consequence:
          "A refusal that is not acknowledged is told again for two days, and hides others among what is parked.",
        fix: "A refusal is a result like others: store it and answer 200.",
      },
      "not-booked": {
        severity: "money",
        expects: "No refusal is booked, whatever its code.",
        consequence: "Goods are given for money that never came.",
        fix: `Book on ${findOperation(call).success.code} and on nothing else; never on the mere arrival of a callback.`,
      },
      ended: {
        severity: "message",
        expects:
          "Each payment that was refused for good shows as failed. INS-1 and INS-9 do not say how it ended.",
        consequence: "The order hangs: nobody tells the customer to try again.",
        fix: "Mark the payment as failed. After INS-1 and INS-9 ask queryTransactionStatus how it ended.",
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
          runner.report(name, notApplicable("A question ends no payment."));
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

/** A result that comes although the acknowledgement of the request never did. */
export const lostResponse: Scenario = {
  name: "lost-answer",
  group,
  description:
    "Tells of a payment whose request was never answered: the connection broke, and its ConversationID got lost.",
  cases: {
    booked: {
      severity: "money",
      expects: "The payment is found by its reference, and booked once.",
      consequence:
        "A request times out while the customer types the PIN, the payment goes through, and its result belongs to nobody.",
      fix: "Store your reference before you call; match by input_ThirdPartyConversationID, and use the ConversationID where you have it.",
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
  "Nobody in the listener's own system has asked for a payment.",
  "--begin-url or --begin-command",
);
