/** How payments end: the results themselves, success and every refusal, for each call that the listener hears of. */
import type { Product } from "../../../payments/products.ts";
import { notApplicable, notObservable, type CaseText, type Scenario } from "../case.ts";
import { bookable, isQuestion, operationOf, refusalsOf, undecided, type Payment } from "../payments.ts";
import { bookedOnce, bookedRight, endedUnpaid, notBooked } from "../records.ts";
import { inTurns, type Stage } from "../stage.ts";
import { notAcknowledged } from "./answered.ts";

const group = "Results";

/** The scenarios of one call; those of the first are called by what they do, the others by their call too. */
export function resultsOf(call: Product, first: boolean): Scenario[] {
  const named = (name: string): string => (first ? name : `${name}-${call}`);
  return [success(call, named("success")), refused(call, named("refusals"))];
}

function success(call: Product, name: string): Scenario {
  return {
    name,
    group,
    does: `Tells of a payment (${operationOf(call).title}) that went through.`,
    cases: {
      acknowledged: {
        harm: "message",
        expects: "A success is answered with 2xx.",
        otherwise:
          "A result that is not acknowledged is told again for two days, and then parked until a person looks; meanwhile the customer has paid and waits.",
        mend: "Answer 200 with the documented body as soon as the result is stored.",
      },
      booked: {
        harm: "money",
        expects: reserves(call)
          ? "A reservation is not booked: its money is held, and moves when it is committed."
          : "The payment is booked once.",
        otherwise: reserves(call)
          ? "Goods are given for money that returns to the customer when the reservation expires."
          : "The customer has paid and gets nothing, or gets it twice.",
        mend: reserves(call)
          ? "Book when the commit's result comes, not the reservation's."
          : "Find the payment by input_ThirdPartyConversationID, and book it under a key that is unique.",
      },
      ...(isBookable(call) ? { amount: amountText } : {}),
    },
    async play(stage) {
      const payment = await stage.begin("payment", { call });
      const delivery = await stage.tell(stage.success(payment));
      stage.acknowledged("acknowledged", [delivery]);
      if (reserves(call)) return stage.watch("booked", [payment], notBooked);
      if (!isBookable(call))
        return stage.report("booked", notApplicable("This call moves no money of its own."));
      await stage.watch("booked", [payment], bookedOnce);
      await stage.watch("amount", [payment], bookedRight);
      if (!payment.asked) await noteStrangers(stage, payment);
    },
  };
}

const amountText: CaseText = {
  harm: "money",
  expects: "The payment is booked with the amount that was asked for.",
  otherwise: "The customer pays for one thing and gets another.",
  mend: "Book the amount that you have stored with your reference: the callback carries none.",
};

const reserves = (call: Product): boolean => call === "c2bMultiStage";
const isBookable = (call: Product): boolean => (bookable as readonly Product[]).includes(call);

async function noteStrangers(stage: Stage, payment: Payment): Promise<void> {
  const record = await stage.record(payment);
  if (record !== null && record.bookings > 0) stage.run.booksStrangers = true;
}

function refused(call: Product, name: string): Scenario {
  return {
    name,
    group,
    does: `Tells of payments (${operationOf(call).title}) that were refused, one for each code that this call's callback may tell.`,
    cases: {
      acknowledged: {
        harm: "message",
        expects: "Each refusal is answered with 2xx.",
        otherwise:
          "A refusal that is not acknowledged is told again for two days, and hides others among what is parked.",
        mend: "A refusal is a result like others: store it and answer 200.",
      },
      "not-booked": {
        harm: "money",
        expects: "No refusal is booked, whatever its code.",
        otherwise: "Goods are given for money that never came.",
        mend: `Book on ${operationOf(call).success.code} and on nothing else; never on the mere arrival of a callback.`,
      },
      ended: {
        harm: "message",
        expects:
          "Each payment that was refused for good shows as failed. INS-1 and INS-9 do not say how it ended.",
        otherwise: "The order hangs: nobody tells the customer to try again.",
        mend: "Mark the payment as failed. After INS-1 and INS-9 ask queryTransactionStatus how it ended.",
      },
    },
    async play(stage) {
      const codes = [...refusalsOf(call)].sort(([a], [b]) => numberOf(a) - numberOf(b));
      const payments = await stage.beginAll(
        codes.map(([code]) => code),
        { call },
      );
      const told = payments.map((payment, i) => stage.refusal(payment, codes[i]?.[1] ?? "payment_failed"));
      const deliveries = await inTurns(told, 8, (message) => stage.tell(message));
      stage.acknowledged("acknowledged", deliveries);
      if (isQuestion(call)) {
        for (const name of ["not-booked", "ended"])
          stage.report(name, notApplicable("A question ends no payment."));
        return;
      }
      await stage.watch("not-booked", payments, notBooked);
      await stage.watch(
        "ended",
        payments.filter(({ label }) => !undecided.has(label)),
        endedUnpaid,
      );
    },
  };
}

const numberOf = (code: string): number => Number(code.replace(/\D+/, ""));

/** A result that comes although the acknowledgement of the request never did. */
export const lostAnswer: Scenario = {
  name: "lost-answer",
  group,
  does: "Tells of a payment whose request was never answered: the connection broke, and its ConversationID got lost.",
  cases: {
    booked: {
      harm: "money",
      expects: "The payment is found by its reference, and booked once.",
      otherwise:
        "A request times out while the customer types the PIN, the payment goes through, and its result belongs to nobody.",
      mend: "Store your reference before you call; match by input_ThirdPartyConversationID, and use the ConversationID where you have it.",
    },
  },
  async play(stage) {
    if (stage.settings.tools.begin === null) return stage.report("booked", asksForBegin);
    const payment = await stage.begin("payment", { unanswered: true });
    const delivery = await stage.tell(stage.success(payment));
    await stage.watch("booked", [payment], bookedOnce);
    notAcknowledged(stage, "booked", [delivery]);
  },
};

export const asksForBegin = notObservable(
  "Nobody in the listener's own system has asked for a payment.",
  "--begin-url or --begin-command",
);
