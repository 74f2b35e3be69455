/** The listener's answers, all together. */
import { notObservable, passed, warning, type Scenario } from "../case.ts";
import type { Exchange } from "../exchange.ts";

export const answers: Scenario = {
  name: "answers",
  group: "Answers",
  does: "Looks at the answers to everything that was told before.",
  cases: {
    form: {
      harm: "form",
      expects:
        "Acknowledgements have the documented body: output_ResponseCode, and the output_OriginalConversationID they are about.",
      otherwise:
        "Pesarail closes the delivery at any 2xx and flags it. M-Pesa documents the body, and may take another for a failure.",
      mend: 'Answer { "output_OriginalConversationID", "output_ResponseCode": "0", "output_ResponseDesc", "output_ThirdPartyConversationID" } with Content-Type: application/json.',
    },
    "in-time": {
      harm: "message",
      expects:
        "The slowest acknowledgement took no more than a third of the fifteen seconds that production waits.",
      otherwise: "On a bad day it is too late, and everything is told twice.",
      mend: "Store and answer, and work afterwards.",
    },
  },
  play(stage) {
    const given = stage.run.deliveries.flatMap(({ acknowledged, attempts }) =>
      acknowledged ? [attempts.at(-1) as Exchange] : [],
    );
    if (given.length === 0) {
      for (const name of ["form", "in-time"]) stage.report(name, notObservable("Nothing was acknowledged."));
      return Promise.resolve();
    }
    const odd = given.filter(({ flag }) => flag !== null);
    const kinds = [...new Set(odd.map(({ flag }) => flag))].join(" ");
    const all = `${given.length} acknowledgements`;
    stage.report(
      "form",
      odd.length === 0 ? passed(`${all}, as documented`) : warning(`${odd.length} of ${all}: ${kinds}`),
    );
    for (const exchange of odd.slice(0, 1)) stage.for("form").show("the first of them", exchange);

    const slowest = Math.max(...given.map(({ tookMs }) => tookMs));
    const { withinMs } = stage.settings.patience;
    const says = `the slowest of ${all} took ${slowest} ms`;
    stage.report("in-time", slowest * 3 <= withinMs ? passed(says) : warning(says));
    return Promise.resolve();
  },
};
