/** Bodies that cannot be read, or say what nobody has ever said. */
import { failed, passed, warning, type CaseText, type Finding, type Harm, type Scenario } from "../case.ts";
import { inWords, type Exchange } from "../exchange.ts";
import type { Message, Payment } from "../payments.ts";
import { bookedOnce, notBooked } from "../records.ts";
import type { Stage } from "../stage.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What is sent in place of a success. */
interface Variant {
  readonly expects: string;
  readonly harm: Harm;
  /** Whether it can be understood and must be accepted; what cannot be is refused, and what may be either is answered. */
  readonly is: "acceptable" | "unreadable" | "harmless";
  readonly body: (body: string, fields: Fields) => string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A payment that waits for its result, and must not be booked by this. */
  readonly aims?: true;
  readonly otherwise: string;
  readonly mend: string;
}

const json = JSON.stringify;
const withFields = (change: object) => (_: string, fields: Fields) => json({ ...fields, ...change });
const without = (name: string) => (_: string, fields: Fields) => json({ ...fields, [name]: undefined });

const unreadable = {
  harm: "sturdiness",
  is: "unreadable",
  otherwise:
    "A listener that falls over takes every other result with it; one that answers 2xx closes a message that it could not read.",
  mend: "Catch what parsing throws, check the shape of what was parsed, and answer 400.",
} as const;

const acceptable = {
  harm: "message",
  is: "acceptable",
  otherwise: "The day a field is added, no result gets through any more.",
  mend: "Read the fields that you know and let the others be.",
} as const;

const aimed = {
  harm: "money",
  is: "harmless",
  aims: true,
  otherwise: "Whoever writes the message chooses which of your orders it pays.",
  mend: "Check that every field is text of the documented form before it reaches a query; bind it as a parameter.",
} as const;

const variants: Readonly<Record<string, Variant>> = {
  "not-json": {
    ...unreadable,
    expects: "JSON that breaks off is refused.",
    body: (body) => body.slice(0, -20),
  },
  empty: { ...unreadable, expects: "An empty body is refused.", body: () => "" },
  array: {
    ...unreadable,
    expects: "An array in place of an object is refused.",
    body: (body) => `[${body}]`,
  },
  null: { ...unreadable, expects: "A bare null, which is JSON as well, is refused.", body: () => "null" },
  "missing-reference": {
    ...unreadable,
    expects: "A result without input_ThirdPartyConversationID is refused.",
    body: without("input_ThirdPartyConversationID"),
  },
  "missing-code": {
    ...unreadable,
    harm: "money",
    aims: true,
    expects: "A result without a code is refused, and not booked.",
    body: (_, fields) =>
      json(Object.fromEntries(Object.entries(fields).filter(([name]) => !name.endsWith("Code")))),
    otherwise: "What is not a refusal is no success: a missing code books what was never paid.",
    mend: "Book when the code is the one of success, not when it is none of the others.",
  },
  "unknown-code": {
    harm: "money",
    is: "harmless",
    aims: true,
    expects: "A code that nobody has heard of (INS-4711) is not booked.",
    body: (_, fields) =>
      json(
        Object.fromEntries(
          Object.entries(fields).map(([name, value]) => [name, name.endsWith("Code") ? "INS-4711" : value]),
        ),
      ),
    otherwise: "M-Pesa adds codes, and each of them becomes a success.",
    mend: "Book when the code is the one of success, not when it is none of the others. Keep the message, and tell a person.",
  },
  "wrong-types": {
    ...aimed,
    expects: 'An object where a reference should be, { "$ne": null }, books nothing.',
    body: withFields({
      input_ThirdPartyConversationID: { $ne: null },
      input_OriginalConversationID: { $ne: null },
    }),
  },
  injection: {
    ...aimed,
    expects: "A reference that is a piece of SQL books nothing.",
    body: withFields({
      input_ThirdPartyConversationID: "' OR '1'='1' --",
      input_OriginalConversationID: "' OR '1'='1' --",
    }),
  },
  "extra-fields": {
    ...acceptable,
    expects: "Fields that are not documented are ignored, and the rest is booked.",
    body: withFields({ input_LoyaltyPoints: "12", input_Extra: { deep: [1, 2, 3] } }),
  },
  charset: {
    ...acceptable,
    expects: "application/json; charset=utf-8 is JSON as well.",
    headers: { "content-type": "application/json; charset=utf-8" },
    body: (body) => body,
    mend: "Look at the media type alone, not at the whole header.",
    otherwise: "A proxy in between adds a charset, and no result gets through any more.",
  },
  "content-type": {
    ...unreadable,
    is: "harmless",
    expects: "A body that is called text/plain is answered, with 2xx or without.",
    headers: { "content-type": "text/plain" },
    body: (body) => body,
  },
  deep: {
    ...unreadable,
    expects: "Fifty thousand brackets inside each other are refused.",
    body: (_, fields) =>
      json(fields).replace(/}$/, `,"input_Deep":${"[".repeat(50_000)}${"]".repeat(50_000)}}`),
    is: "harmless",
  },
  huge: {
    ...unreadable,
    expects: "A body of two megabytes is answered, or its connection closed, and the listener goes on.",
    body: withFields({ input_ResultDesc: "x".repeat(2_000_000) }),
    is: "harmless",
    mend: "Limit what you read of a body: 64 KB are many times what a result has.",
  },
};

export const malformed: Scenario = {
  name: "malformed",
  group: "Malformed",
  does: "Sends bodies that no sender should; after each of them a good one.",
  cases: Object.fromEntries(
    Object.entries(variants).map(([name, { harm, expects, otherwise, mend }]): [string, CaseText] => [
      name,
      { harm, expects, otherwise, mend },
    ]),
  ),
  async play(stage) {
    const bystander = await stage.begin("bystander");
    for (const [name, variant] of Object.entries(variants)) {
      const here = stage.for(name);
      const payment =
        variant.is === "acceptable" || variant.aims ? await here.begin(name) : here.stranger(name);
      const exchange = await send(here, payment, variant);
      here.report(name, variant.is === "acceptable" ? accepted(exchange) : answered(exchange, variant));
      await lookAtRecords(here, name, variant, payment, bystander);
      const down = await here.stillServes(`after ${name}`).catch((error: unknown) => {
        here.report(name, failed("Nobody listens any more after it."));
        throw error;
      });
      if (down !== null) here.report(name, down);
    }
  },
};

function send(stage: Stage, payment: Payment, variant: Variant): Promise<Exchange> {
  const good = stage.success(payment);
  const body = variant.body(good.body, JSON.parse(good.body) as Fields);
  const message: Message = { ...good, body, oddity: () => null };
  return stage.send(
    message,
    stage.signed(),
    variant.headers === undefined ? {} : { headers: variant.headers },
  );
}

const accepted = (exchange: Exchange): Finding =>
  exchange.failure === null ? passed(inWords(exchange)) : failed(`It was not accepted: ${inWords(exchange)}`);

function answered(exchange: Exchange, { is }: Variant): Finding {
  const { status, failure } = exchange;
  const says = inWords(exchange);
  if (status === null)
    return (failure ?? "").startsWith("No answer within")
      ? failed(says)
      : is === "harmless"
        ? passed(says)
        : warning(says);
  if (is === "unreadable" && status < 300)
    return warning(`It answered ${status}: the message is closed, though nobody could read it.`);
  return passed(says);
}

/** What the records show, where there is something to see in them. */
async function lookAtRecords(
  stage: Stage,
  name: string,
  variant: Variant,
  payment: Payment,
  bystander: Payment,
): Promise<void> {
  if (variant.is === "acceptable") {
    if (stage.sees(payment)) await stage.watch(name, [payment], bookedOnce);
  } else if (variant.aims) {
    await stage.watch(name, [payment, bystander], notBooked);
  }
}
