/** The sandbox's scenarios by name: `<call>:<ending>`, made from the protocol's triggers. */
import { refusals } from "../payments/refusals.ts";
import type { Code } from "../protocols/openapi-v2/codes.ts";
import type { Operation } from "../protocols/openapi-v2/operation.ts";
import { operations } from "../protocols/openapi-v2/operations.ts";
import { refusalAnswer } from "../protocols/openapi-v2/reply.ts";
import { triggers, type Trigger } from "../protocols/openapi-v2/scenarios.ts";
import { Misused } from "./command-error.ts";

export interface NamedScenario {
  /** Such as `c2b:timed_out`. */
  readonly name: string;
  readonly ending: string;
  readonly operation: Operation;
  readonly field: string;
  readonly value: string;
  readonly expected: { readonly code: Code; readonly status: number };
  /** In words. */
  readonly means: string;
}

/** What the first call is called when people speak of it. */
const callNames: Readonly<Record<string, string>> = { c2bSingle: "c2b" };

const callOf = ({ product }: Operation): string => callNames[product] ?? product;

/** In the order of docs/scenarios.md. An ending that a call has twice is asked for by the first value. */
export const scenarios: readonly NamedScenario[] = operations.flatMap((operation) => {
  const found = (triggers[operation.product] ?? []).flatMap((trigger) => valuesOf(trigger));
  const firsts = new Map(found.toReversed().map(([ending, field, value]) => [ending, { field, value }]));
  return [...new Set(found.map(([ending]) => ending))].flatMap((ending) => {
    const at = firsts.get(ending);
    return at === undefined ? [] : [{ ...at, ...endingIn(operation, ending) }];
  });
});

type Ending = Trigger["endings"][string];

function valuesOf({ field, lengths, endings, nines }: Trigger): [Ending, string, string][] {
  const length = lengths[0] ?? 0;
  return [
    ...Object.entries(endings).map(([digit, ending]): [Ending, string, string] => [
      ending,
      field,
      digit.padStart(length, "0"),
    ]),
    ...(nines === undefined ? [] : [[nines, field, "9".repeat(length)] as [Ending, string, string]]),
  ];
}

function endingIn(operation: Operation, ending: Ending): Omit<NamedScenario, "field" | "value"> {
  const about = { name: `${callOf(operation)}:${ending}`, ending, operation };
  if (ending === "accepted") return { ...about, expected: operation.success, means: "It succeeds." };
  const { code, status } = refusalAnswer(operation, ending);
  const means = refusals[ending].means.replace("; a sandbox scenario asked for it", "");
  return { ...about, expected: { code, status }, means };
}

/** A scenario by its whole name, or by its ending's: the first call that has it. Throws `Misused`. */
export function scenarioNamed(text: string): NamedScenario {
  const wanted = text.toLowerCase().replaceAll("-", "_");
  const found = scenarios.find(({ name, ending, operation }) =>
    [name, ending, `${operation.product}:${ending}`].some((known) => known.toLowerCase() === wanted),
  );
  if (found !== undefined) return found;
  const [call = "", ending] = wanted.split(":");
  const likely = scenarios.filter(
    (each) =>
      each.name.toLowerCase().startsWith(`${call}:`) || (ending !== undefined && each.ending === ending),
  );
  const hint =
    likely.length === 0
      ? "trigger --list has them all"
      : `there is ${likely.map(({ name }) => name).join(", ")}`;
  throw new Misused(`There is no scenario ${text}: ${hint}.`);
}
