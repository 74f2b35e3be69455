/** Results that come in another order than things happened. */
import { notApplicable, type Scenario } from "../case.ts";
import { bookedOnce, bookedOrFlagged } from "../merchant-records.ts";
import { reportNotAcknowledged } from "./answered.ts";

const group = "Order";

export const outOfOrder: Scenario = {
  name: "out-of-order",
  group,
  description:
    "Tells of three payments in another order than they were asked for, and then of the first two again.",
  cases: {
    "booked-once": {
      severity: "money",
      expects: "Each payment is booked once, and each as its own.",
      consequence:
        "What is told of different payments has no order: a listener that counts on it books the wrong one, or one twice.",
      fix: 'Look at nothing but the message\'s own ids; keep no "last payment".',
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

export const refusalAfterSuccess: Scenario = {
  name: "refusal-after-success",
  group,
  description: "Tells of a success, and then of a refusal (INS-6) of the same payment.",
  cases: {
    kept: {
      severity: "money",
      expects: "What was booked stays booked. Telling a person is welcome.",
      consequence:
        "Pesarail never says both; M-Pesa promises nothing, and a retry may overtake. A listener that believes the last word takes away what was paid for.",
      fix: "A payment that is booked ends by a reversal and by nothing else. Acknowledge, and flag it for a person.",
    },
  },
  async run(runner) {
    const payment = await runner.begin("payment");
    const first = await runner.deliver(runner.successMessage(payment));
    await runner.deliver(runner.refusalMessage(payment, "payment_failed"));
    await runner.expectRecords("kept", [payment], bookedOnce);
    reportNotAcknowledged(runner, "kept", [first]);
  },
};

export const timeoutThenSuccess: Scenario = {
  name: "timeout-then-success",
  group,
  description: "Tells that a payment timed out (INS-9), and later that it went through after all.",
  cases: {
    noticed: {
      severity: "money",
      expects: "The success is booked, once, or a person is told to look (flagged).",
      consequence:
        "A timeout does not say how a payment ended. The customer has paid, and nobody ever knows.",
      fix: "Do not let an INS-9 or INS-1 use up the ConversationID: what is settled by it is that you have to ask. Book the success when it comes.",
    },
  },
  async run(runner) {
    const payment = await runner.begin("payment");
    await runner.deliver(runner.refusalMessage(payment, "timed_out"));
    const second = await runner.deliver(runner.successMessage(payment));
    await runner.expectRecords("noticed", [payment], bookedOrFlagged);
    reportNotAcknowledged(runner, "noticed", [second]);
  },
};

export const twoStepOutOfOrder: Scenario = {
  name: "two-step-out-of-order",
  group,
  description:
    "Tells how the commit of a two-step payment ended before it tells of the reservation, and then both again.",
  cases: {
    "booked-once": {
      severity: "money",
      expects: "The reserved payment is booked once, when its commit went through.",
      consequence:
        "The reservation's result, coming late, opens the payment again, or books it a second time.",
      fix: "Book by the commit's result; a reservation's result may only ever move a payment forward.",
    },
  },
  async run(runner) {
    const { calls } = runner.settings;
    if (!calls.includes("c2bMultiStage") || !calls.includes("updateTransactionStatus")) {
      return runner.report(
        "booked-once",
        notApplicable("The listener hears of no two-step payments (--call)."),
      );
    }
    const reserved = await runner.begin("reservation", { call: "c2bMultiStage" });
    const commit = await runner.begin("commit", {
      call: "updateTransactionStatus",
      committedTransactionId: reserved.transactionId,
    });
    const messages = [runner.successMessage(commit), runner.successMessage(reserved)];
    const deliveries = [];
    for (const message of [...messages, ...messages]) deliveries.push(await runner.deliver(message));
    await runner.expectRecords("booked-once", [reserved], bookedOnce);
    reportNotAcknowledged(runner, "booked-once", deliveries);
  },
};
