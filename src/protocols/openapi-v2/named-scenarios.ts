/** The scenarios by name, `<call>:<outcome>`, made from the triggers. */
import { getRefusalInfo } from "../../payments/refusals.ts";
import type { NamedScenario } from "../scenario.ts";
import type { Operation } from "./operation.ts";
import { getOperationInfo, operations } from "./operations.ts";
import { findRefusalCode } from "./response.ts";
import { triggers, type Trigger } from "./scenarios.ts";

/** Short names for operations. */
const callNames: Readonly<Record<string, string>> = { c2bSingle: "c2b" };

const getCallName = ({ product }: Operation): string => callNames[product] ?? product;

/** In the order of docs/scenarios.md. If several values trigger the same outcome, the first is used. */
export const namedScenarios: readonly NamedScenario[] = operations.flatMap((operation) => {
  const triggerValues = (triggers[operation.product] ?? []).flatMap((trigger) => listTriggerValues(trigger));
  const firstValues = new Map(
    triggerValues.toReversed().map(([outcome, field, value]) => [outcome, { field, value }]),
  );
  return [...new Set(triggerValues.map(([outcome]) => outcome))].flatMap((outcome) => {
    const first = firstValues.get(outcome);
    return first === undefined ? [] : [{ ...first, ...describeOutcome(operation, outcome) }];
  });
});

type Outcome = Trigger["outcomes"][string];

function listTriggerValues({ field, lengths, outcomes, allNines }: Trigger): [Outcome, string, string][] {
  const length = lengths[0] ?? 0;
  return [
    ...Object.entries(outcomes).map(([digit, outcome]): [Outcome, string, string] => [
      outcome,
      field,
      digit.padStart(length, "0"),
    ]),
    ...(allNines === undefined ? [] : [[allNines, field, "9".repeat(length)] as [Outcome, string, string]]),
  ];
}

function describeOutcome(operation: Operation, outcome: Outcome): Omit<NamedScenario, "field" | "value"> {
  const base = {
    name: `${getCallName(operation)}:${outcome}`,
    outcome,
    call: getOperationInfo(operation),
    acknowledgement: operation.success,
  };
  if (outcome === "accepted") return { ...base, expected: operation.success, description: "It succeeds." };
  const { code, status } = findRefusalCode(operation, outcome);
  const description = getRefusalInfo(outcome).description.replace("; a sandbox scenario asked for it", "");
  return { ...base, expected: { code, status }, description };
}
