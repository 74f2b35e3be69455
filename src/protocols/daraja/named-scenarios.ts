/** The triggers by name, `<call>:<code>`, made from the results of the operations. */
import type { NamedScenario } from "../scenario.ts";
import { families } from "./families.ts";
import { darajaMarket } from "./names.ts";
import { toResultText } from "./call-results.ts";
import { operations } from "./operations.ts";
import type { DarajaOperation } from "./operation.ts";
import type { ResultCode } from "./result-codes.ts";
import { formatTrigger, type TriggerOutcome } from "./triggers.ts";

/** In the order of docs/scenarios.md. */
export const namedScenarios: readonly NamedScenario[] = operations.flatMap((operation) =>
  listTriggerOutcomes(operation).flatMap((outcome) => describeScenario(operation, outcome) ?? []),
);

/** The documented results of a call that triggers can ask for, and silence. */
export function listTriggerOutcomes({
  trigger,
  results,
  notifications,
  exampleResult,
}: DarajaOperation): TriggerOutcome[] {
  if (trigger === undefined) return [];
  const hasTimeout = notifications.timeout !== undefined || exampleResult !== undefined;
  return [
    ...(Object.keys(results) as ResultCode[]),
    "silence",
    ...(hasTimeout ? (["timeout"] as const) : []),
    "fault",
  ];
}

function describeScenario(operation: DarajaOperation, outcome: TriggerOutcome): NamedScenario | null {
  const { trigger, name, shortName = name, title, immediateErrors = {} } = operation;
  const value = trigger === undefined ? null : formatTrigger(trigger.scheme, outcome);
  if (trigger === undefined || value === null) return null;
  const acknowledgement = { code: "0", status: 200 };
  return {
    name: `${shortName}:${outcome}`,
    outcome,
    call: { name, title, markets: [darajaMarket] },
    field: trigger.field,
    value,
    expected:
      outcome === "fault"
        ? families[operation.family].internalError
        : (immediateErrors[outcome as ResultCode] ?? { code: outcome, status: 200 }),
    acknowledgement,
    description: describeOutcome(operation, outcome),
  };
}

/** A sentence. */
export function describeOutcome(operation: DarajaOperation, outcome: TriggerOutcome): string {
  if (outcome === "silence") return "The request is accepted, and no notification follows.";
  if (outcome === "fault") {
    const { status, code, message } = families[operation.family].internalError;
    return `The request fails at once: HTTP ${status}, ${code} ${message.replace(/\.$/, "")}.`;
  }
  if (outcome === "timeout") return "The notice at the QueueTimeOutURL follows.";
  return toResultText(operation, outcome);
}
