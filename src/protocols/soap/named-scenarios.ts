/** The triggers by name, `<command>:<code>`. */
import type { NamedScenario } from "../scenario.ts";
import { lnmoScenarios } from "./lnmo/named-scenarios.ts";
import { soapMarket } from "./names.ts";
import type { SoapOperation } from "./operation.ts";
import { operations } from "./operations.ts";
import { responseTexts } from "./response-codes.ts";
import { resultTexts } from "./result-codes.ts";
import { formatSoapTrigger, triggerOutcomes, type SoapTrigger } from "./triggers.ts";

/** In the order of docs/scenarios.md. */
export const namedScenarios: readonly NamedScenario[] = [
  ...operations.flatMap((operation) =>
    triggerOutcomes.flatMap((outcome) => describeScenario(operation, outcome) ?? []),
  ),
  ...lnmoScenarios,
];

function describeScenario(operation: SoapOperation, outcome: SoapTrigger): NamedScenario | null {
  const { trigger, name, title } = operation;
  const value = formatSoapTrigger(trigger.scheme, outcome);
  if (value === null) return null;
  return {
    name: `${name}:${outcome}`,
    outcome,
    call: { name, title, markets: [soapMarket] },
    field: trigger.field,
    value,
    expected: { code: outcome === "fault" ? "100000004" : outcome, status: 200 },
    acknowledgement: { code: "0", status: 200 },
    description: describeOutcome(outcome),
  };
}

/** A sentence. */
export function describeOutcome(outcome: SoapTrigger): string {
  if (outcome === "silence") return "The request is accepted, and no result follows.";
  if (outcome === "timeout") return "The request is accepted, and the notice at the QueueTimeoutURL follows.";
  if (outcome === "fault") return `The request is not accepted: 100000004, ${responseTexts["100000004"]}.`;
  return resultTexts[outcome];
}
