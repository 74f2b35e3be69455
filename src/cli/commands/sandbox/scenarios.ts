/** The sandbox scenarios by name, `<call>:<outcome>`, generated from the protocol's triggers. */
import { getRefusalInfo } from "../../../payments/refusals.ts";
import type { Code } from "../../../protocols/openapi-v2/codes.ts";
import type { Operation } from "../../../protocols/openapi-v2/operation.ts";
import { operations } from "../../../protocols/openapi-v2/operations.ts";
import { findRefusalCode } from "../../../protocols/openapi-v2/response.ts";
import { triggers, type Trigger } from "../../../protocols/openapi-v2/scenarios.ts";
import { UsageError } from "../../terminal/exit-codes.ts";

export interface NamedScenario {
  /** Such as `c2b:timed_out`. */
  readonly name: string;
  readonly outcome: string;
  readonly operation: Operation;
  readonly field: string;
  readonly value: string;
  readonly expected: { readonly code: Code; readonly status: number };
  /** A sentence. */
  readonly description: string;
}

/** Short names for operations. */
const callNames: Readonly<Record<string, string>> = { c2bSingle: "c2b" };

const getCallName = ({ product }: Operation): string => callNames[product] ?? product;

/** In the order of docs/scenarios.md. If several values trigger the same outcome, the first is used. */
export const scenarios: readonly NamedScenario[] = operations.flatMap((operation) => {
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

function listTriggerValues({
  field,
  lengths,
  outcomes,
  allNines: nines,
}: Trigger): [Outcome, string, string][] {
  const length = lengths[0] ?? 0;
  return [
    ...Object.entries(outcomes).map(([digit, outcome]): [Outcome, string, string] => [
      outcome,
      field,
      digit.padStart(length, "0"),
    ]),
    ...(nines === undefined ? [] : [[nines, field, "9".repeat(length)] as [Outcome, string, string]]),
  ];
}

function describeOutcome(operation: Operation, outcome: Outcome): Omit<NamedScenario, "field" | "value"> {
  const base = { name: `${getCallName(operation)}:${outcome}`, outcome, operation };
  if (outcome === "accepted") return { ...base, expected: operation.success, description: "It succeeds." };
  const { code, status } = findRefusalCode(operation, outcome);
  const description = getRefusalInfo(outcome).description.replace("; a sandbox scenario asked for it", "");
  return { ...base, expected: { code, status }, description };
}

/**
 * Finds a scenario by its full name, or by its outcome: the first operation that has it. Throws `UsageError`.
 */
export function findScenario(text: string): NamedScenario {
  const wanted = text.toLowerCase().replaceAll("-", "_");
  const match = scenarios.find(({ name, outcome, operation }) =>
    [name, outcome, `${operation.product}:${outcome}`].some((known) => known.toLowerCase() === wanted),
  );
  if (match !== undefined) return match;
  const [call = "", outcome] = wanted.split(":");
  const suggestions = scenarios.filter(
    (scenario) =>
      scenario.name.toLowerCase().startsWith(`${call}:`) ||
      (outcome !== undefined && scenario.outcome === outcome),
  );
  const hint =
    suggestions.length === 0
      ? "List them with `trigger --list`"
      : `Did you mean ${suggestions.map(({ name }) => name).join(", ")}`;
  throw new UsageError(`There is no scenario ${text}. ${hint}.`);
}
