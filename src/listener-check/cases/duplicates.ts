/** The same result more than once, in every way in which that happens. */
import type { CallbackNames, ListenerChecks, ListenerMessage } from "../../protocols/listener-checks.ts";
import type { CaseText, Scenario } from "../case.ts";
import { describeExchange, type Delivery, type Exchange } from "../exchange.ts";
import { createRequestHold } from "../hold.ts";
import { getContent, replaceContent, toRawContent } from "../message-content.ts";
import { bookedOnce } from "../merchant-records.ts";
import type { ScenarioRunner } from "../scenario-runner.ts";

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
    "Delivers the same callback ten times concurrently, as two servers do when neither knows of the other's delivery. First measures whether the listener handles several callbacks at the same time.",
  cases: {
    acknowledged: acknowledgedText,
    "booked-once": bookedOnceText(
      `If you check first and book afterwards, two concurrent requests can both pass the check; a single worker hides that. ${inOneTransaction(names)}`,
    ),
  },
  async run(runner) {
    const parallelism = await runner.measureParallelism();
    const payment = await runner.begin("payment");
    const message = runner.successMessage(payment);
    const firsts = await sendTogether(runner, message, 10);
    const deliveries: Delivery[] = [];
    for (const first of firsts) deliveries.push(await runner.continueDelivery(message, [first]));
    runner.reportAcknowledged("acknowledged", deliveries);
    await runner.expectRecordsOfConcurrent("booked-once", [payment], bookedOnce, parallelism);
  },
});

/** Sends the same message several times. All bodies leave together, so that the listener can handle them together. */
async function sendTogether(
  runner: ScenarioRunner,
  message: ListenerMessage,
  count: number,
): Promise<Exchange[]> {
  const hold = createRequestHold(count);
  const request = {
    headers: await runner.buildHeaders(message),
    ...toRawContent(message),
    manner: "",
    beforeBody: () => hold.wait(),
  };
  const exchanges = Array.from({ length: count }, () => runner.sendRaw(message.payment.label, request));
  await Promise.race([hold.allWait, Promise.all(exchanges)]);
  hold.release();
  return Promise.all(exchanges);
}

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
    const reordered: ListenerMessage = replaceContent(message, reserialise(getContent(message)));
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
      ...toRawContent(message),
      manner: "connection closed before the response",
      closeEarly: true,
    });
    runner.note(describeExchange(exchange));
    await runner.wait(runner.settings.timeouts.stableMs);
    runner.reportAcknowledged("acknowledged", [await runner.deliver(message)]);
    await runner.expectRecords("booked-once", [payment], bookedOnce);
  },
};
