/** `pesarail scenarios`: lists a protocol's scenarios; and how one is found by what a person types. */
import type { Command } from "commander";
import type { Protocol } from "../../../protocols/protocol.ts";
import type { NamedScenario } from "../../../protocols/scenario.ts";
import { UsageError } from "../../terminal/exit-codes.ts";
import { printResult } from "../../terminal/print-result.ts";
import { createProtocolOption, type ProtocolOptions } from "../../terminal/protocol-option.ts";
import { columnsLeft, indent, renderTable } from "../../terminal/table.ts";
import { style } from "../../terminal/styles.ts";
import { addHelp } from "../../terminal/usage.ts";

interface Options extends ProtocolOptions {
  readonly json?: true;
}

const helpText = `Needs no server. A scenario is a field value that makes a call of the sandbox end in a chosen way: \`trigger\` sends it,
and so can your own program. See docs/scenarios.md.`;

export function addScenarios(program: Command): void {
  const command = program
    .command("scenarios")
    .description("list the outcomes that trigger can cause")
    .addOption(createProtocolOption())
    .option("--json", "print JSON only")
    .action((options: Options) => printScenarios(options));
  addHelp(command, helpText, "scenarios", "scenarios --json");
}

/** Prints the scenarios of a protocol, a table for each call. */
export function printScenarios(options: Options): void {
  const { scenarios } = options.protocol;
  const data = scenarios.map(({ name, call, expected, field, value, description }) => ({
    name,
    call: call.name,
    ...expected,
    field,
    value,
    means: description,
  }));
  const byCall = Map.groupBy(scenarios, ({ call }) => call.name);
  printResult(options, data, [...byCall.values()].map(formatCall).join("\n\n"));
}

function formatCall(callScenarios: readonly NamedScenario[]): string {
  const rows = callScenarios.map(({ name, expected, value, description }) => [
    style("hint", name),
    String(expected.status),
    expected.code,
    value,
    description,
  ]);
  const columns = [{}, {}, {}, {}, { minWidth: 24, wraps: true } as const].map((column) => ({
    head: "",
    ...column,
  }));
  const [, ...lines] = renderTable(columns, rows, columnsLeft(2)).split("\n");
  const { call, field } = callScenarios[0] ?? { call: { title: "" }, field: "" };
  return [`${style("strong", call.title)}  ${style("quiet", `by ${field}`)}`, indent(lines.join("\n"))].join(
    "\n",
  );
}

/**
 * Finds a scenario by its full name, or by its outcome: the first call that has it. Throws `UsageError`.
 */
export function findScenario({ scenarios }: Pick<Protocol, "scenarios">, text: string): NamedScenario {
  const wanted = text.toLowerCase().replaceAll("-", "_");
  const match = scenarios.find(({ name, outcome, call }) =>
    [name, outcome, `${call.name}:${outcome}`].some((known) => known.toLowerCase() === wanted),
  );
  if (match !== undefined) return match;
  const [callName = "", outcome] = wanted.split(":");
  const suggestions = scenarios.filter(
    (scenario) =>
      scenario.name.toLowerCase().startsWith(`${callName}:`) ||
      (outcome !== undefined && scenario.outcome === outcome),
  );
  const hint =
    suggestions.length === 0
      ? "List them with `trigger --list`"
      : `Did you mean ${suggestions.map(({ name }) => name).join(", ")}`;
  throw new UsageError(`There is no scenario ${text}. ${hint}.`);
}
