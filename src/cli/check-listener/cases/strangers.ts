/** Results that belong to nobody, or to somebody else. */
import { failed, notApplicable, notObservable, passed, type Scenario } from "../case.ts";
import { inWords } from "../exchange.ts";
import type { Message } from "../payments.ts";
import { bookedOnce, notBooked } from "../records.ts";
import { unseen } from "../stage.ts";

const group = "Strangers";

export const unknownReference: Scenario = {
  name: "unknown-reference",
  group,
  does: "Tells of a success whose reference nobody has ever used.",
  cases: {
    answered: {
      harm: "sturdiness",
      expects:
        "It is answered. 2xx closes it; anything else has it told again, and parked in two days, where a person sees it.",
      otherwise: "What nobody expects brings down what everybody needs.",
      mend: "Handle a reference that is not found as an ordinary outcome: store the message aside, answer, tell a person.",
    },
    "not-booked": {
      harm: "money",
      expects: "A payment that nobody asked for is not booked.",
      otherwise: "Whoever can reach the listener makes up a reference, and with it an order that is paid.",
      mend: "Book what your own system has asked for, and nothing else.",
    },
  },
  async play(stage) {
    const stranger = stage.stranger("stranger");
    const exchange = await stage.send(stage.success(stranger));
    stage.report(
      "answered",
      exchange.status === null ? failed(inWords(exchange)) : passed(inWords(exchange)),
    );
    const { tools, patience } = stage.settings;
    if (tools.state === null) return stage.report("not-booked", unseen);
    await stage.wait(patience.quietMs);
    const record = await stage.record(stranger);
    // That nobody asked for it is the very point here, so it is observed without --begin-… as well.
    if (record !== null) stage.report("not-booked", notBooked(stranger, record));
  },
};

export const anotherPayment: Scenario = {
  name: "another-payment",
  group,
  does: "Tells of a success with the ConversationID of one payment and the reference of another; then of each as it should be.",
  cases: {
    "not-booked": {
      harm: "money",
      expects: "Neither is booked by a message in which the two do not belong together.",
      otherwise: "One customer pays, and another one's order is delivered.",
      mend: "Compare input_OriginalConversationID with the one that the acknowledgement of your request gave; if they differ, flag it and do not book.",
    },
    "booked-after-all": {
      harm: "money",
      expects: "The true results that follow are booked, once each.",
      otherwise: "A wrong message that is remembered as handled shuts out the true one.",
      mend: "Remember as handled only what you have booked, in the same transaction.",
    },
  },
  async play(stage) {
    const [one, other] = await stage.beginAll(["payment 1", "payment 2"]);
    if (one === undefined || other === undefined) return;
    if (!one.asked) {
      const finding = notObservable(
        "The listener's own system knows neither payment, so nothing tells it that they do not belong together.",
        "--begin-url or --begin-command",
      );
      for (const name of ["not-booked", "booked-after-all"]) stage.report(name, finding);
      return;
    }
    const mixed: Message = stage.success({ ...other, label: "mixed", conversationId: one.conversationId });
    await stage.send(mixed);
    await stage.watchForNow("not-booked", [one, other], notBooked);
    for (const payment of [one, other]) await stage.tell(stage.success(payment));
    await stage.watch("booked-after-all", [one, other], bookedOnce);
  },
};

export const wrongAmount: Scenario = {
  name: "wrong-amount",
  group,
  does: "Nothing: an amount that differs from what was asked for cannot be told.",
  cases: {
    "not-booked": {
      harm: "money",
      expects: "A success over another amount is not booked as if it were the right one.",
      otherwise: "A shilling buys a fridge.",
      mend: "Compare amounts where a protocol carries one.",
    },
  },
  play(stage) {
    stage.report("not-booked", notApplicable("This protocol's callback carries no amount."));
    return Promise.resolve();
  },
};
