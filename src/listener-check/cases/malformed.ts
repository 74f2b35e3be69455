/** Bodies that cannot be parsed or have invalid contents. */
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

/** What is sent instead of a success. */
interface Variant {
  readonly expects: string;
  readonly severity: Severity;
  /** `acceptable` must be accepted, `unreadable` must be refused, and `harmless` only needs a response. */
  readonly expectation: "acceptable" | "unreadable" | "harmless";
  readonly body: (body: string, fields: Fields) => string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether an open payment exists that this body must not book. */
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
    "A listener that crashes loses other results too; one that responds with 2xx closes a message that it could not read.",
  fix: "Catch parse errors, validate the parsed structure, and respond with 400.",
} as const;

const acceptable = {
  severity: "message",
  expectation: "acceptable",
  consequence: "When a field is added, no result is accepted any more.",
  fix: "Read the fields that you know and ignore the others.",
} as const;

const targeted = {
  severity: "money",
  expectation: "harmless",
  targetsPayment: true,
  consequence: "The sender of a message could choose which of your orders it pays.",
  fix: "Check that every field is a string of the documented format before you use it in a query, and bind it as a parameter.",
} as const;

const variants: Readonly<Record<string, Variant>> = {
  "not-json": {
    ...unreadable,
    expects: "Truncated JSON is refused.",
    body: (body) => body.slice(0, -20),
  },
  empty: { ...unreadable, expects: "An empty body is refused.", body: () => "" },
  array: {
    ...unreadable,
    expects: "An array instead of an object is refused.",
    body: (body) => `[${body}]`,
  },
  null: { ...unreadable, expects: "null, which is valid JSON, is refused.", body: () => "null" },
  "missing-reference": {
    ...unreadable,
    expects: "A result without input_ThirdPartyConversationID is refused.",
    body: without("input_ThirdPartyConversationID"),
  },
  "missing-code": {
    ...unreadable,
    severity: "money",
    targetsPayment: true,
    expects: "A result without a code is refused and not booked.",
    body: (_, fields) =>
      json(Object.fromEntries(Object.entries(fields).filter(([name]) => !name.endsWith("Code")))),
    consequence:
      "Without a code it is not a success: a listener that only checks for refusals books a payment that was never made.",
    fix: "Book only on the success code, not on every code that is not a known refusal.",
  },
  "unknown-code": {
    severity: "money",
    expectation: "harmless",
    targetsPayment: true,
    expects: "An unknown code (INS-4711) is not booked.",
    body: (_, fields) =>
      json(
        Object.fromEntries(
          Object.entries(fields).map(([name, value]) => [name, name.endsWith("Code") ? "INS-4711" : value]),
        ),
      ),
    consequence: "When M-Pesa adds a code, it would count as a success.",
    fix: "Book only on the success code, not on every code that is not a known refusal. Keep the message and alert a person.",
  },
  "wrong-types": {
    ...targeted,
    expects: 'An object where a reference is expected, { "$ne": null }, books nothing.',
    body: withFields({
      input_ThirdPartyConversationID: { $ne: null },
      input_OriginalConversationID: { $ne: null },
    }),
  },
  injection: {
    ...targeted,
    expects: "An SQL fragment as the reference books nothing.",
    body: withFields({
      input_ThirdPartyConversationID: "' OR '1'='1' --",
      input_OriginalConversationID: "' OR '1'='1' --",
    }),
  },
  "extra-fields": {
    ...acceptable,
    expects: "Undocumented fields are ignored, and the payment is booked.",
    body: withFields({ input_LoyaltyPoints: "12", input_Extra: { deep: [1, 2, 3] } }),
  },
  charset: {
    ...acceptable,
    expects: "application/json; charset=utf-8 is accepted as JSON.",
    headers: { "content-type": "application/json; charset=utf-8" },
    body: (body) => body,
    fix: "Compare only the media type, not the whole header.",
    consequence: "If a proxy adds a charset, no result is accepted any more.",
  },
  "content-type": {
    ...unreadable,
    expectation: "harmless",
    expects: "A body with the content type text/plain gets a response, 2xx or not.",
    headers: { "content-type": "text/plain" },
    body: (body) => body,
  },
  deep: {
    ...unreadable,
    expects: "Fifty thousand nested brackets are refused.",
    body: (_, fields) =>
      json(fields).replace(/}$/, `,"input_Deep":${"[".repeat(50_000)}${"]".repeat(50_000)}}`),
    expectation: "harmless",
  },
  huge: {
    ...unreadable,
    expects:
      "A body of two megabytes gets a response, or its connection is closed, and the listener keeps running.",
    body: withFields({ input_ResultDesc: "x".repeat(2_000_000) }),
    expectation: "harmless",
    fix: "Limit the body size: 64 KB is many times the size of a result.",
  },
};

export const malformed: Scenario = {
  name: "malformed",
  group: "Malformed",
  description: "Sends bodies that no sender should send, each followed by a valid one.",
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
        caseRunner.report(name, failed("The listener is down after it."));
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
    : failed(`It was not acknowledged: ${describeExchange(exchange)}`);

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
    return warning(`The listener responded with ${status}, which closes a message that it could not read.`);
  return passed(description);
}

/** Checks the records where they can show something. */
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
