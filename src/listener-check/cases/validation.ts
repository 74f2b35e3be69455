/** The question before a payment: the listener must answer it in time, and book nothing. */
import type { ListenerChecks, ValidationCheck } from "../../protocols/listener-checks.ts";
import type { CaseText, Scenario } from "../case.ts";
import { describeExchange, type Exchange } from "../exchange.ts";
import { failed, notObservable, passed, type Finding } from "../finding.ts";
import { notBooked } from "../merchant-records.ts";
import { notVisible } from "../scenario-runner.ts";

export const createValidation = ({ validation }: ListenerChecks): Scenario[] =>
  validation === undefined ? [] : [createScenario(validation)];

const createScenario = (validation: ValidationCheck): Scenario => ({
  name: "validation",
  group: "Validation",
  description: "Asks whether a payment is accepted, and then sends a question that cannot be read.",
  cases: createTexts(validation),
  async run(runner) {
    const { validationUrl: url, hooks, random, timeouts } = runner.settings;
    if (url === null) {
      const finding = notObservable("The URL that is asked is not known.", "--validation-url");
      for (const name of Object.keys(createTexts(validation))) runner.report(name, finding);
      return;
    }
    const payment = runner.createUnrequestedPayment("question");
    const message = validation.buildMessage(random, payment);
    const exchange = await runner.send(message, runner.defaultSignature(), { url });
    runner.report("answered", toFinding(validation, exchange));
    const unreadable = { ...message, body: message.body.slice(0, -20) };
    const broken = await runner.send(unreadable, runner.defaultSignature(), { url });
    const problem = toFinding(validation, broken);
    // A refusal by status is an answer, too: the platform then does what was registered.
    runner.report(
      "unreadable",
      broken.status === null
        ? failed(describeExchange(broken))
        : problem.verdict === "passed" && accepts(broken)
          ? failed("It was accepted.")
          : passed(describeExchange(broken)),
    );
    if (hooks.state === null) return runner.report("not-booked", notVisible);
    await runner.wait(timeouts.stableMs);
    const record = await runner.readRecord(payment);
    if (record !== null) runner.report("not-booked", notBooked(payment, record));
  },
});

function toFinding({ timeoutMs, findProblem }: ValidationCheck, exchange: Exchange): Finding {
  const { status, responseBody, tookMs } = exchange;
  const description = describeExchange(exchange);
  if (status === null) return failed(description);
  if (tookMs > timeoutMs) return failed(`It answered after ${tookMs} ms; M-Pesa waits ${timeoutMs} ms.`);
  const problem = findProblem({ status, body: responseBody ?? "" });
  return problem === null ? passed(description) : failed(problem);
}

const accepts = ({ responseBody }: Exchange): boolean =>
  /"ResultCode"\s*:\s*"?0"?\s*[,}]/.test(responseBody ?? "");

const createTexts = ({ timeoutMs, acceptance }: ValidationCheck): Readonly<Record<string, CaseText>> => ({
  answered: {
    severity: "money",
    expects: `The question is answered within ${timeoutMs / 1000} s with a ResultCode.`,
    consequence:
      "A slow, silent or meaningless answer is none: the registered ResponseType decides, so that wrong accounts are paid or right ones refused.",
    fix: `Answer ${acceptance}, or a code of a rejection, as JSON. Look up only what you need, and do nothing else before the answer.`,
  },
  unreadable: {
    severity: "sturdiness",
    expects: "A question that cannot be read gets a response that does not accept it.",
    consequence: "A listener that accepts by default accepts payments to any account.",
    fix: "Accept only what you have read and checked.",
  },
  "not-booked": {
    severity: "money",
    expects: "A question books nothing: the money has not moved, and may never move.",
    consequence: "Goods are handed over for a payment that was cancelled after the question.",
    fix: "Book on the confirmation, not on the validation.",
  },
});
