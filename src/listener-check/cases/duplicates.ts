/** The same result more than once, in every way in which that happens. */
import type { CallbackNames, ListenerChecks, ListenerMessage } from "../../protocols/listener-checks.ts";
import type { CaseText, Scenario } from "../case.ts";
import { describeExchange, type Delivery } from "../exchange.ts";
import { bookedOnce } from "../merchant-records.ts";

const group = "Repeats";

const bookedOnceText = (fix: string): CaseText => ({
  severity: "money",
  expects: "The payment is booked once, however often its result arrives.",
  consequence: "One payment is credited twice: goods are sent twice, or a balance grows without money.",
  fix,
});

const acknowledgedText: CaseText = {
  severity: "message",
  expects: "A result that was already processed is acknowledged with 2xx again.",
  consequence:
    "The same result is retried for two days, because the server cannot distinguish a lost acknowledgement from a refusal.",
  fix: "Respond with 200 to a result that you have already booked, and do not book it again.",
};

const inOneTransaction = ({ conversationId }: CallbackNames): string =>
  `Store ${conversationId} under a unique key, in the same transaction as the booking, and let the key detect duplicates.`;

export const createDuplicate = ({ names }: ListenerChecks): Scenario => ({
  name: "duplicate",
  group,
  description: "Delivers the same callback twice in sequence, as after a lost acknowledgement.",
  cases: { acknowledged: acknowledgedText, "booked-once": bookedOnceText(inOneTransaction(names)) },
  async run(runner) {
    const payment = await runner.begin("payment");
    const message = runner.successMessage(payment);
    const first = await runner.deliver(message);
    const second = await runner.deliver(message);
    runner.reportAcknowledged("acknowledged", [first, second]);
    await runner.expectRecords("booked-once", [payment], bookedOnce);
  },
});

export const createDuplicateAtOnce = ({ names }: ListenerChecks): Scenario => ({
  name: "duplicate-at-once",
  group,
  description:
    "Delivers the same callback ten times concurrently, as two servers do when neither knows of the other's delivery.",
  cases: {
    acknowledged: acknowledgedText,
    "booked-once": bookedOnceText(
      `If you check first and book afterwards, two concurrent requests can both pass the check. ${inOneTransaction(names)}`,
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
});

export const createDuplicateReworded = ({ names, reserialise }: ListenerChecks): Scenario => ({
  name: "duplicate-reworded",
  group,
  description:
    "Delivers the same result again with another webhook-id, another order of fields and other whitespace.",
  cases: {
    acknowledged: {
      ...acknowledgedText,
      expects: "The same result with a different serialisation is acknowledged with 2xx.",
      fix: "Parse the JSON without relying on the order of fields. Verify the signature over the received bytes, never over JSON that you serialised again.",
    },
    "booked-once": bookedOnceText(
      `webhook-id and the body's bytes identify a delivery, and M-Pesa itself sends no webhook-id. Identify the result by ${names.conversationId}.`,
    ),
  },
  async run(runner) {
    const payment = await runner.begin("payment");
    const message = runner.successMessage(payment);
    const first = await runner.deliver(message);
    const reordered: ListenerMessage = { ...message, body: reserialise(message.body) };
    const otherId = runner.settings.random.bytes(`${payment.reference}/again`, 16).toString("hex");
    const second = await runner.continueDelivery(reordered, [
      await runner.send(reordered, runner.defaultSignature(), { id: otherId }),
    ]);
    runner.reportAcknowledged("acknowledged", [first, second]);
    await runner.expectRecords("booked-once", [payment], bookedOnce);
  },
});

export const closesEarly: Scenario = {
  name: "hang-up",
  group,
  description:
    "Sends a result and closes the connection before the response; then delivers it again, as after any broken connection.",
  cases: {
    acknowledged: { ...acknowledgedText, expects: "The second attempt is acknowledged with 2xx." },
    "booked-once": bookedOnceText(
      "The caller may be gone before you respond. Decide in the transaction whether the payment is booked, not by whether the response could be sent.",
    ),
  },
  async run(runner) {
    const payment = await runner.begin("payment");
    const message = runner.successMessage(payment);
    const headers = await runner.buildHeaders(message);
    const exchange = await runner.sendRaw(payment.label, {
      headers,
      body: message.body,
      manner: "connection closed before the response",
      closeEarly: true,
    });
    runner.note(describeExchange(exchange));
    await runner.wait(runner.settings.timeouts.stableMs);
    runner.reportAcknowledged("acknowledged", [await runner.deliver(message)]);
    await runner.expectRecords("booked-once", [payment], bookedOnce);
  },
};
