/** Bodies that cannot be read, or say what nobody has ever said. */
import {
  failed,
  passed,
  warning,
  type CaseText,
  type Finding,
  type Severity,
  type Scenario,
} from "../case.ts";
import { describeExchange, type Exchange } from "../exchange.ts";
import type { Message, Payment } from "../payments.ts";
import { bookedOnce, notBooked } from "../merchant-records.ts";
import type { ScenarioRunner } from "../scenario-runner.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What is sent in place of a success. */
interface Variant {
  readonly expects: string;
  readonly severity: Severity;
  /** Whether it can be understood and must be accepted; what cannot be is refused, and what may be either is answered. */
  readonly expectation: "acceptable" | "unreadable" | "harmless";
  readonly body: (body: string, fields: Fields) => string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A payment that waits for its result, and must not be booked by this. */
  readonly targetsPayment?: true;
  readonly consequence: string;
  readonly fix: string;
}

const json = JSON.stringify;
const withFields = (change: object) => (_: string, fields: Fields) => json({ ...fields, ...change });
const without = (name: string) => (_: string, fields: Fields) => json({ ...fields, [name]: undefined });

const unreadable = {
  severity: "sturdiness",
  expectation: "unreadable",
  consequence:
    "A listener that falls over takes every other result with it; one that answers 2xx closes a message that it could not read.",
  fix: "Catch what parsing throws, check the shape of what was parsed, and answer 400.",
} as const;

const acceptable = {
  severity: "message",
  expectation: "acceptable",
  consequence: "The day a field is added, no result gets through any more.",
  fix: "Read the fields that you know and let the others be.",
} as const;

const targeted = {
  severity: "money",
  expectation: "harmless",
  targetsPayment: true,
  consequence: "Whoever writes the message chooses which of your orders it pays.",
  fix: "Check that every field is text of the documented form before it reaches a query; bind it as a parameter.",
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
    severity: "money",
    targetsPayment: true,
    expects: "A result without a code is refused, and not booked.",
    body: (_, fields) =>
      json(Object.fromEntries(Object.entries(fields).filter(([name]) => !name.endsWith("Code")))),
    consequence: "What is not a refusal is no success: a missing code books what was never paid.",
    fix: "Book when the code is the one of success, not when it is none of the others.",
  },
  "unknown-code": {
    severity: "money",
    expectation: "harmless",
    targetsPayment: true,
    expects: "A code that nobody has heard of (INS-4711) is not booked.",
    body: (_, fields) =>
      json(
        Object.fromEntries(
          Object.entries(fields).map(([name, value]) => [name, name.endsWith("Code") ? "INS-4711" : value]),
        ),
      ),
    consequence: "M-Pesa adds codes, and each of them becomes a success.",
    fix: "Book when the code is the one of success, not when it is none of the others. Keep the message, and tell a person.",
  },
  "wrong-types": {
    ...targeted,
    expects: 'An object where a reference should be, { "$ne": null }, books nothing.',
    body: withFields({
      input_ThirdPartyConversationID: { $ne: null },
      input_OriginalConversationID: { $ne: null },
    }),
  },
  injection: {
    ...targeted,
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
    fix: "Look at the media type alone, not at the whole header.",
    consequence: "A proxy in between adds a charset, and no result gets through any more.",
  },
  "content-type": {
    ...unreadable,
    expectation: "harmless",
    expects: "A body that is called text/plain is answered, with 2xx or without.",
    headers: { "content-type": "text/plain" },
    body: (body) => body,
  },
  deep: {
    ...unreadable,
    expects: "Fifty thousand brackets inside each other are refused.",
    body: (_, fields) =>
      json(fields).replace(/}$/, `,"input_Deep":${"[".repeat(50_000)}${"]".repeat(50_000)}}`),
    expectation: "harmless",
  },
  huge: {
    ...unreadable,
    expects: "A body of two megabytes is answered, or its connection closed, and the listener goes on.",
    body: withFields({ input_ResultDesc: "x".repeat(2_000_000) }),
    expectation: "harmless",
    fix: "Limit what you read of a body: 64 KB are many times what a result has.",
  },
};

export const malformed: Scenario = {
  name: "malformed",
  group: "Malformed",
  description: "Sends bodies that no sender should; after each of them a good one.",
  cases: Object.fromEntries(
    Object.entries(variants).map(([name, { severity, expects, consequence, fix }]): [string, CaseText] => [
      name,
      { severity, expects, consequence, fix },
    ]),
  ),
  async run(runner) {
    const otherPayment = await runner.begin("bystander");
    for (const [name, variant] of Object.entries(variants)) {
      const caseRunner = runner.forCase(name);
      const payment =
        variant.expectation === "acceptable" || variant.targetsPayment
          ? await caseRunner.begin(name)
          : caseRunner.createUnrequestedPayment(name);
      const exchange = await send(caseRunner, payment, variant);
      caseRunner.report(
        name,
        variant.expectation === "acceptable"
          ? toAcceptedFinding(exchange)
          : toResponseFinding(exchange, variant),
      );
      await checkVariantRecords(caseRunner, name, variant, payment, otherPayment);
      const down = await caseRunner.checkStillServes(`after ${name}`).catch((error: unknown) => {
        caseRunner.report(name, failed("Nobody listens any more after it."));
        throw error;
      });
      if (down !== null) caseRunner.report(name, down);
    }
  },
};

function send(runner: ScenarioRunner, payment: Payment, variant: Variant): Promise<Exchange> {
  const validMessage = runner.successMessage(payment);
  const body = variant.body(validMessage.body, JSON.parse(validMessage.body) as Fields);
  const message: Message = { ...validMessage, body, checkAcknowledgement: () => null };
  return runner.send(
    message,
    runner.defaultSignature(),
    variant.headers === undefined ? {} : { headers: variant.headers },
  );
}

const toAcceptedFinding = (exchange: Exchange): Finding =>
  exchange.failure === null
    ? passed(describeExchange(exchange))
    : failed(`It was not accepted: ${describeExchange(exchange)}`);

function toResponseFinding(exchange: Exchange, { expectation }: Variant): Finding {
  const { status, failure } = exchange;
  const description = describeExchange(exchange);
  if (status === null)
    return (failure ?? "").startsWith("No answer within")
      ? failed(description)
      : expectation === "harmless"
        ? passed(description)
        : warning(description);
  if (expectation === "unreadable" && status < 300)
    return warning(`It answered ${status}: the message is closed, though nobody could read it.`);
  return passed(description);
}

/** What the records show, where there is something to see in them. */
async function checkVariantRecords(
  runner: ScenarioRunner,
  name: string,
  variant: Variant,
  payment: Payment,
  otherPayment: Payment,
): Promise<void> {
  if (variant.expectation === "acceptable") {
    if (runner.canObserve(payment)) await runner.expectRecords(name, [payment], bookedOnce);
  } else if (variant.targetsPayment) {
    await runner.expectRecords(name, [payment, otherPayment], notBooked);
  }
}
