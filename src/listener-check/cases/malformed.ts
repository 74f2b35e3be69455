/** Bodies that cannot be parsed or have invalid contents. */
import type {
  CheckedPayment,
  ListenerChecks,
  ListenerMessage,
  MalformedBody,
} from "../../protocols/listener-checks.ts";
import type { CaseText, Scenario } from "../case.ts";
import { failed, passed, warning, type Finding } from "../finding.ts";
import { describeExchange, type Exchange } from "../exchange.ts";
import { getContent, replaceContent } from "../message-content.ts";
import { bookedOnce, notBooked } from "../merchant-records.ts";
import type { ScenarioRunner } from "../scenario-runner.ts";

export const createMalformed = ({ malformedBodies }: ListenerChecks): Scenario => ({
  name: "malformed",
  group: "Malformed",
  description: "Sends bodies that no sender should send, each followed by a valid one.",
  cases: Object.fromEntries(
    Object.entries(malformedBodies).map(
      ([name, { severity, expects, consequence, fix }]): [string, CaseText] => [
        name,
        { severity, expects, consequence, fix },
      ],
    ),
  ),
  async run(runner) {
    const otherPayment = await runner.begin("bystander");
    for (const [name, variant] of Object.entries(malformedBodies)) {
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
});

function send(runner: ScenarioRunner, payment: CheckedPayment, variant: MalformedBody): Promise<Exchange> {
  const validMessage = runner.successMessage(payment);
  const content = variant.body(getContent(validMessage));
  const message: ListenerMessage = {
    ...replaceContent(validMessage, content),
    checkAcknowledgement: () => null,
  };
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

function toResponseFinding(exchange: Exchange, { expectation }: MalformedBody): Finding {
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
  variant: MalformedBody,
  payment: CheckedPayment,
  otherPayment: CheckedPayment,
): Promise<void> {
  if (variant.expectation === "acceptable") {
    if (runner.canObserve(payment)) await runner.expectRecords(name, [payment], bookedOnce);
  } else if (variant.targetsPayment) {
    await runner.expectRecords(name, [payment, otherPayment], notBooked);
  }
}
