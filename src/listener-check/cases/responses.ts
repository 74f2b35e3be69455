/** All responses of the listener together. */
import type { ListenerChecks } from "../../protocols/listener-checks.ts";
import type { Scenario } from "../case.ts";
import { notObservable, passed, warning } from "../finding.ts";
import type { Exchange } from "../exchange.ts";

export const createResponses = ({ acknowledgement }: ListenerChecks): Scenario => ({
  name: "answers",
  group: "Answers",
  description: "Checks the responses to all callbacks of this run.",
  cases: {
    form: {
      severity: "form",
      expects: acknowledgement.expects,
      consequence:
        "Pesarail closes the delivery on any 2xx and records a warning. M-Pesa documents the body and may treat another as a failure.",
      fix: acknowledgement.fix,
    },
    "in-time": {
      severity: "message",
      expects:
        "The slowest acknowledgement takes at most a third of the fifteen seconds that production allows.",
      consequence: "Under load it is too late, and every callback is delivered twice.",
      fix: "Store the result, respond, and do the work afterwards.",
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
    for (const exchange of withWarning.slice(0, 1)) runner.forCase("form").addExchange("first", exchange);

    const slowest = Math.max(...acknowledgements.map(({ tookMs }) => tookMs));
    const { responseMs } = runner.settings.timeouts;
    const message = `the slowest of ${all} took ${slowest} ms`;
    runner.report("in-time", slowest * 3 <= responseMs ? passed(message) : warning(message));
    return Promise.resolve();
  },
});
