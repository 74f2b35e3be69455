/** The same result more than once, in every way in which it comes more than once. */
import type { CaseText, Scenario } from "../case.ts";
import { inWords } from "../exchange.ts";
import type { Message } from "../payments.ts";
import { bookedOnce } from "../records.ts";
import type { Delivery } from "../stage.ts";

const group = "Repeats";

const bookedOnceText = (mend: string): CaseText => ({
  harm: "money",
  expects: "The payment is booked once, however often it is told.",
  otherwise:
    "One payment is credited twice: goods go out twice, or a balance grows by money that never came.",
  mend,
});

const acknowledgedText: CaseText = {
  harm: "message",
  expects: "A result that is known already is answered with 2xx as well.",
  otherwise:
    "The same result comes again for two days, because an answer that got lost cannot be told from a refusal.",
  mend: "Answer 200 for what you have booked already, without booking it.",
};

const inOneTransaction =
  "Keep input_OriginalConversationID under a unique key, in the transaction that books, and let the key decide.";

export const duplicate: Scenario = {
  name: "duplicate",
  group,
  does: "Tells the same delivery twice, one after the other: the acknowledgement got lost on its way.",
  cases: { acknowledged: acknowledgedText, "booked-once": bookedOnceText(inOneTransaction) },
  async play(stage) {
    const payment = await stage.begin("payment");
    const message = stage.success(payment);
    const first = await stage.tell(message);
    const second = await stage.tell(message);
    stage.acknowledged("acknowledged", [first, second]);
    await stage.watch("booked-once", [payment], bookedOnce);
  },
};

export const duplicateAtOnce: Scenario = {
  name: "duplicate-at-once",
  group,
  does: "Tells the same delivery ten times at the same moment, as two servers do that both believe it was not told.",
  cases: {
    acknowledged: acknowledgedText,
    "booked-once": bookedOnceText(
      `Looking first and booking then leaves a gap that two can pass. ${inOneTransaction}`,
    ),
  },
  async play(stage) {
    const payment = await stage.begin("payment");
    const message = stage.success(payment);
    const firsts = await Promise.all(Array.from({ length: 10 }, () => stage.send(message)));
    const deliveries: Delivery[] = [];
    for (const first of firsts) deliveries.push(await stage.goOn(message, [first]));
    stage.acknowledged("acknowledged", deliveries);
    await stage.watch("booked-once", [payment], bookedOnce);
  },
};

export const duplicateReworded: Scenario = {
  name: "duplicate-reworded",
  group,
  does: "Tells the same result once more, under another webhook-id, with its fields in another order and other spaces.",
  cases: {
    acknowledged: {
      ...acknowledgedText,
      expects: "The same result in other bytes is answered with 2xx.",
      mend: "Parse the JSON, in any order. Verify a signature over the bytes that came, never over JSON that you have written anew.",
    },
    "booked-once": bookedOnceText(
      "webhook-id and the bytes of a body name a delivery; M-Pesa itself sends no id at all. What names the result is input_OriginalConversationID.",
    ),
  },
  async play(stage) {
    const payment = await stage.begin("payment");
    const message = stage.success(payment);
    const first = await stage.tell(message);
    const again: Message = { ...message, body: inOtherWords(message.body) };
    const otherId = stage.settings.chance.bytes(`${payment.reference}/again`, 16).toString("hex");
    const second = await stage.goOn(again, [await stage.send(again, stage.signed(), { id: otherId })]);
    stage.acknowledged("acknowledged", [first, second]);
    await stage.watch("booked-once", [payment], bookedOnce);
  },
};

function inOtherWords(body: string): string {
  const fields = Object.entries(JSON.parse(body) as Record<string, string>);
  return JSON.stringify(Object.fromEntries(fields.toReversed()), null, 2);
}

export const hangUp: Scenario = {
  name: "hang-up",
  group,
  does: "Sends a result and hangs up before the answer; then tells it again, as after every broken connection.",
  cases: {
    acknowledged: { ...acknowledgedText, expects: "The second attempt is answered with 2xx." },
    "booked-once": bookedOnceText(
      "Whoever called may be gone before you answer: book or do not book, but decide it in the transaction and not by whether the answer could be sent.",
    ),
  },
  async play(stage) {
    const payment = await stage.begin("payment");
    const message = stage.success(payment);
    const headers = await stage.headers(message);
    const lost = await stage.sendOddly(payment.label, {
      headers,
      body: message.body,
      manner: "hung up before the answer",
      hangUp: true,
    });
    stage.note(inWords(lost));
    await stage.wait(stage.settings.patience.quietMs);
    stage.acknowledged("acknowledged", [await stage.tell(message)]);
    await stage.watch("booked-once", [payment], bookedOnce);
  },
};
