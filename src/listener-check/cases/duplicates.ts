/** The same result more than once, in every way in which it comes more than once. */
import type { CaseText, Scenario } from "../case.ts";
import { describeExchange } from "../exchange.ts";
import type { Message } from "../payments.ts";
import { bookedOnce } from "../merchant-records.ts";
import type { Delivery } from "../scenario-runner.ts";

const group = "Repeats";

const bookedOnceText = (fix: string): CaseText => ({
  severity: "money",
  expects: "The payment is booked once, however often it is told.",
  consequence:
    "One payment is credited twice: goods go out twice, or a balance grows by money that never came.",
  fix,
});

const acknowledgedText: CaseText = {
  severity: "message",
  expects: "A result that is known already is answered with 2xx as well.",
  consequence:
    "The same result comes again for two days, because an answer that got lost cannot be told from a refusal.",
  fix: "Answer 200 for what you have booked already, without booking it.",
};

const inOneTransaction =
  "Keep input_OriginalConversationID under a unique key, in the transaction that books, and let the key decide.";

export const duplicate: Scenario = {
  name: "duplicate",
  group,
  description: "Tells the same delivery twice, one after the other: the acknowledgement got lost on its way.",
  cases: { acknowledged: acknowledgedText, "booked-once": bookedOnceText(inOneTransaction) },
  async run(runner) {
    const payment = await runner.begin("payment");
    const message = runner.successMessage(payment);
    const first = await runner.deliver(message);
    const second = await runner.deliver(message);
    runner.reportAcknowledged("acknowledged", [first, second]);
    await runner.expectRecords("booked-once", [payment], bookedOnce);
  },
};

export const duplicateAtOnce: Scenario = {
  name: "duplicate-at-once",
  group,
  description:
    "Tells the same delivery ten times at the same moment, as two servers do that both believe it was not told.",
  cases: {
    acknowledged: acknowledgedText,
    "booked-once": bookedOnceText(
      `Looking first and booking then leaves a gap that two can pass. ${inOneTransaction}`,
    ),
  },
  async run(runner) {
    const payment = await runner.begin("payment");
    const message = runner.successMessage(payment);
    const firsts = await Promise.all(Array.from({ length: 10 }, () => runner.send(message)));
    const deliveries: Delivery[] = [];
    for (const first of firsts) deliveries.push(await runner.continueDelivery(message, [first]));
    runner.reportAcknowledged("acknowledged", deliveries);
    await runner.expectRecords("booked-once", [payment], bookedOnce);
  },
};

export const duplicateReworded: Scenario = {
  name: "duplicate-reworded",
  group,
  description:
    "Tells the same result once more, under another webhook-id, with its fields in another order and other spaces.",
  cases: {
    acknowledged: {
      ...acknowledgedText,
      expects: "The same result in other bytes is answered with 2xx.",
      fix: "Parse the JSON, in any order. Verify a signature over the bytes that came, never over JSON that you have written anew.",
    },
    "booked-once": bookedOnceText(
      "webhook-id and the bytes of a body name a delivery; M-Pesa itself sends no id at all. What names the result is input_OriginalConversationID.",
    ),
  },
  async run(runner) {
    const payment = await runner.begin("payment");
    const message = runner.successMessage(payment);
    const first = await runner.deliver(message);
    const reordered: Message = { ...message, body: reorderJson(message.body) };
    const otherId = runner.settings.random.bytes(`${payment.reference}/again`, 16).toString("hex");
    const second = await runner.continueDelivery(reordered, [
      await runner.send(reordered, runner.defaultSignature(), { id: otherId }),
    ]);
    runner.reportAcknowledged("acknowledged", [first, second]);
    await runner.expectRecords("booked-once", [payment], bookedOnce);
  },
};

function reorderJson(body: string): string {
  const fields = Object.entries(JSON.parse(body) as Record<string, string>);
  return JSON.stringify(Object.fromEntries(fields.toReversed()), null, 2);
}

export const closesEarly: Scenario = {
  name: "hang-up",
  group,
  description:
    "Sends a result and hangs up before the answer; then tells it again, as after every broken connection.",
  cases: {
    acknowledged: { ...acknowledgedText, expects: "The second attempt is answered with 2xx." },
    "booked-once": bookedOnceText(
      "Whoever called may be gone before you answer: book or do not book, but decide it in the transaction and not by whether the answer could be sent.",
    ),
  },
  async run(runner) {
    const payment = await runner.begin("payment");
    const message = runner.successMessage(payment);
    const headers = await runner.buildHeaders(message);
    const exchange = await runner.sendRaw(payment.label, {
      headers,
      body: message.body,
      manner: "hung up before the answer",
      closeEarly: true,
    });
    runner.note(describeExchange(exchange));
    await runner.wait(runner.settings.timeouts.stableMs);
    runner.reportAcknowledged("acknowledged", [await runner.deliver(message)]);
    await runner.expectRecords("booked-once", [payment], bookedOnce);
  },
};
