/** The listener's answers, all together. */
import { notObservable, passed, warning, type Scenario } from "../case.ts";
import type { Exchange } from "../exchange.ts";

export const responses: Scenario = {
  name: "answers",
  group: "Answers",
  description: "Looks at the answers to everything that was told before.",
  cases: {
    form: {
      severity: "form",
      expects:
        "Acknowledgements have the documented body: output_ResponseCode, and the output_OriginalConversationID they are about.",
      consequence:
        "Pesarail closes the delivery at any 2xx and flags it. M-Pesa documents the body, and may take another for a failure.",
      fix: 'Answer { "output_OriginalConversationID", "output_ResponseCode": "0", "output_ResponseDesc", "output_ThirdPartyConversationID" } with Content-Type: application/json.',
    },
    "in-time": {
      severity: "message",
      expects:
        "The slowest acknowledgement took no more than a third of the fifteen seconds that production waits.",
      consequence: "On a bad day it is too late, and everything is told twice.",
      fix: "Store and answer, and work afterwards.",
    },
  },
  run(runner) {
    const acknowledgements = runner.session.deliveries.flatMap(({ acknowledged, attempts }) =>
      acknowledged ? [attempts.at(-1) as Exchange] : [],
    );
    if (acknowledgements.length === 0) {
      for (const name of ["form", "in-time"]) runner.report(name, notObservable("Nothing was acknowledged."));
      return Promise.resolve();
    }
    const withWarning = acknowledgements.filter(({ warning: flag }) => flag !== null);
    const warnings = [...new Set(withWarning.map(({ warning: flag }) => flag))].join(" ");
    const all = `${acknowledgements.length} acknowledgements`;
    runner.report(
      "form",
      withWarning.length === 0
        ? passed(`${all}, as documented`)
        : warning(`${withWarning.length} of ${all}: ${warnings}`),
    );
    for (const exchange of withWarning.slice(0, 1))
      runner.forCase("form").addExchange("the first of them", exchange);

    const slowest = Math.max(...acknowledgements.map(({ tookMs }) => tookMs));
    const { responseMs } = runner.settings.timeouts;
    const message = `the slowest of ${all} took ${slowest} ms`;
    runner.report("in-time", slowest * 3 <= responseMs ? passed(message) : warning(message));
    return Promise.resolve();
  },
};
