/** Results that come after the developer's own system has made up its mind. */
import { notApplicable, notObservable, type Finding, type Scenario } from "../case.ts";
import { NotPaid } from "../in-sandbox.ts";
import type { Payment } from "../payments.ts";
import { bookedOnce, noticed } from "../records.ts";
import type { Stage } from "../stage.ts";
import { notAcknowledged } from "./answered.ts";
import { asksForBegin } from "./results.ts";

const group = "Late";

export const afterGivingUp: Scenario = {
  name: "after-giving-up",
  group,
  does: "Has the developer's system give up on a payment, and then tells that it went through. Freshly signed, as late attempts are.",
  cases: {
    noticed: {
      harm: "money",
      expects: "The success is booked, once, or a person is told to look (flagged).",
      otherwise:
        "A parked callback may come after two days. The customer has paid for an order that was cancelled, and nobody gives the money back.",
      mend: "A cancelled order is a state from which a success still leads somewhere: book it, or flag it for a refund.",
    },
  },
  async play(stage) {
    const { tools } = stage.settings;
    if (tools.giveUp === null)
      return stage.report(
        "noticed",
        notObservable(
          "What makes the listener's system give up on a payment is not known.",
          "--give-up-url or --give-up-command",
        ),
      );
    if (tools.begin === null) return stage.report("noticed", asksForBegin);
    const payment = await stage.begin("payment");
    await stage.run.have(tools.giveUp, payment);
    stage.note("The developer's system gave up on it.");
    await stage.record(payment);
    const delivery = await stage.tell(stage.success(payment));
    await stage.watch("noticed", [payment], noticed);
    notAcknowledged(stage, "noticed", [delivery]);
  },
};

export const afterOwnQuery: Scenario = {
  name: "after-query",
  group,
  does: "Has the developer's system ask a running sandbox how a payment ended, and then tells it the same by a callback.",
  cases: {
    settled: {
      harm: "message",
      expects: "The system's own query settles the payment.",
      otherwise: "When a callback is lost, asking is all that is left.",
      mend: "Ask queryTransactionStatus with your own reference, and book what it says.",
    },
    "booked-once": {
      harm: "money",
      expects: "The callback that comes after it does not book the payment again.",
      otherwise: "Whoever asks because a callback is late gets both answers: the payment is credited twice.",
      mend: "Query and callback book through the same function, under the same unique key: your reference.",
    },
  },
  async play(stage) {
    const { tools, sandbox } = stage.settings;
    const missing = whatIsMissing(stage);
    if (missing !== null || tools.query === null || sandbox === null) {
      for (const name of ["settled", "booked-once"]) stage.report(name, missing ?? needsSandbox);
      return;
    }
    // Its request's own answer got lost, as it did for whoever has to ask: it knows its reference alone.
    const begun = await stage.begin("payment", {
      call: "c2bSingle",
      msisdn: sandbox.msisdn,
      unanswered: true,
    });
    const made = await sandbox.pay(begun).catch((error: unknown) => {
      if (error instanceof NotPaid) return error;
      throw error;
    });
    if (made instanceof NotPaid) {
      for (const name of ["settled", "booked-once"]) stage.report(name, notObservable(made.message));
      return;
    }
    const payment: Payment = { ...begun, ...made };
    stage.note(`Paid in the sandbox under ${payment.reference}.`);
    await stage.run.have(tools.query, payment);
    stage.note("The developer's system asked for its status.");
    await stage.watchForNow("settled", [payment], bookedOnce);
    const delivery = await stage.tell(stage.success(payment));
    await stage.watch("booked-once", [payment], bookedOnce);
    notAcknowledged(stage, "booked-once", [delivery]);
  },
};

const needsSandbox = notObservable(
  "A query needs a gateway that knows the payment, and no sandbox is running.",
  "--sandbox-url",
);

function whatIsMissing({ settings: { tools, calls } }: Stage): Finding | null {
  if (!calls.includes("c2bSingle"))
    return notApplicable("The listener hears of no C2B payments (--call c2bSingle).");
  if (tools.query === null)
    return notObservable(
      "What makes the listener's system ask for a payment's status is not known.",
      "--query-url or --query-command",
    );
  return tools.begin === null ? asksForBegin : null;
}
