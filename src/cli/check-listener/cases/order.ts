/** Results that come in another order than things happened. */
import { notApplicable, type Scenario } from "../case.ts";
import { bookedOnce, noticed } from "../records.ts";
import { notAcknowledged } from "./answered.ts";

const group = "Order";

export const outOfOrder: Scenario = {
  name: "out-of-order",
  group,
  does: "Tells of three payments in another order than they were asked for, and then of the first two again.",
  cases: {
    "booked-once": {
      harm: "money",
      expects: "Each payment is booked once, and each as its own.",
      otherwise:
        "What is told of different payments has no order: a listener that counts on it books the wrong one, or one twice.",
      mend: 'Look at nothing but the message\'s own ids; keep no "last payment".',
    },
  },
  async play(stage) {
    const payments = await stage.beginAll(["payment 1", "payment 2", "payment 3"]);
    const [one, two, three] = payments.map((payment) => stage.success(payment));
    const deliveries = [];
    for (const message of [three, one, two, one, three]) {
      if (message !== undefined) deliveries.push(await stage.tell(message));
    }
    await stage.watch("booked-once", payments, bookedOnce);
    notAcknowledged(stage, "booked-once", deliveries);
  },
};

export const refusalAfterSuccess: Scenario = {
  name: "refusal-after-success",
  group,
  does: "Tells of a success, and then of a refusal (INS-6) of the same payment.",
  cases: {
    kept: {
      harm: "money",
      expects: "What was booked stays booked. Telling a person is welcome.",
      otherwise:
        "Pesarail never says both; M-Pesa promises nothing, and a retry may overtake. A listener that believes the last word takes away what was paid for.",
      mend: "A payment that is booked ends by a reversal and by nothing else. Acknowledge, and flag it for a person.",
    },
  },
  async play(stage) {
    const payment = await stage.begin("payment");
    const first = await stage.tell(stage.success(payment));
    await stage.tell(stage.refusal(payment, "payment_failed"));
    await stage.watch("kept", [payment], bookedOnce);
    notAcknowledged(stage, "kept", [first]);
  },
};

export const timeoutThenSuccess: Scenario = {
  name: "timeout-then-success",
  group,
  does: "Tells that a payment timed out (INS-9), and later that it went through after all.",
  cases: {
    noticed: {
      harm: "money",
      expects: "The success is booked, once, or a person is told to look (flagged).",
      otherwise: "A timeout does not say how a payment ended. The customer has paid, and nobody ever knows.",
      mend: "Do not let an INS-9 or INS-1 use up the ConversationID: what is settled by it is that you have to ask. Book the success when it comes.",
    },
  },
  async play(stage) {
    const payment = await stage.begin("payment");
    await stage.tell(stage.refusal(payment, "timed_out"));
    const second = await stage.tell(stage.success(payment));
    await stage.watch("noticed", [payment], noticed);
    notAcknowledged(stage, "noticed", [second]);
  },
};

export const twoStepOutOfOrder: Scenario = {
  name: "two-step-out-of-order",
  group,
  does: "Tells how the commit of a two-step payment ended before it tells of the reservation, and then both again.",
  cases: {
    "booked-once": {
      harm: "money",
      expects: "The reserved payment is booked once, when its commit went through.",
      otherwise: "The reservation's result, coming late, opens the payment again, or books it a second time.",
      mend: "Book by the commit's result; a reservation's result may only ever move a payment forward.",
    },
  },
  async play(stage) {
    const { calls } = stage.settings;
    if (!calls.includes("c2bMultiStage") || !calls.includes("updateTransactionStatus")) {
      return stage.report(
        "booked-once",
        notApplicable("The listener hears of no two-step payments (--call)."),
      );
    }
    const reserved = await stage.begin("reservation", { call: "c2bMultiStage" });
    const commit = await stage.begin("commit", {
      call: "updateTransactionStatus",
      commits: reserved.transactionId,
    });
    const told = [stage.success(commit), stage.success(reserved)];
    const deliveries = [];
    for (const message of [...told, ...told]) deliveries.push(await stage.tell(message));
    await stage.watch("booked-once", [reserved], bookedOnce);
    notAcknowledged(stage, "booked-once", deliveries);
  },
};
