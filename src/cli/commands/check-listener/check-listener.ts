/**
 * `pesarail check-listener URL`: tests a developer's callback listener against duplicates, forgeries, delays
 * and other things that happen in production.
 *
 * It needs no server: it renders callbacks with the server's own code. What only the merchant's records can
 * show is read through hooks, if given, and is otherwise reported as not observable.
 */
import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { addHelp } from "../../terminal/usage.ts";
import type { ListenerChecks } from "../../../protocols/listener-checks.ts";
import { listScenarios } from "../../../listener-check/cases/all.ts";
import { severities } from "../../../listener-check/case.ts";
import { addOptions, selectCalls, selectCaseSet, toSettings, type Options } from "./options.ts";
import {
  listCaseNames,
  checkListener,
  type Report,
  type OnScenarioStart,
} from "../../../listener-check/run-checks.ts";
import { toJsonReport } from "./report-json.ts";
import { toJunitReport } from "./report-junit.ts";
import { toTextReport } from "./report-text.ts";
import { InvalidListenerUrl, ListenerCheckError } from "../../../listener-check/errors.ts";
import type { CheckSettings } from "../../../listener-check/settings.ts";
import { exitCodes, UsageError, CommandFailed } from "../../terminal/exit-codes.ts";
import { printResult } from "../../terminal/print-result.ts";
import { Interrupted, abortController } from "../../context.ts";
import { formatJson, renderTable } from "../../terminal/table.ts";
import { style } from "../../terminal/styles.ts";

const helpText = `It sends test callbacks, including duplicates and forgeries, to a listener on this machine or in a private network.
No money moves. The exit code is 0 if no observable case failed, and 1 otherwise.`;

export function addCheckListener(program: Command): void {
  const command = addOptions(
    program
      .command("check-listener")
      .description("test your callback listener against duplicates, forgeries and delays")
      .argument("[url]", "your listener's URL, such as http://localhost:3000/callback"),
  ).action((url: string | undefined, options: Options) =>
    options.list === true ? listCases(options) : runCheck(url, options),
  );
  addHelp(
    command,
    helpText,
    "check-listener http://localhost:3000/callback",
    "check-listener http://localhost:3000/callback --state-url 'http://localhost:3000/state/{reference}' --junit report.xml",
    "check-listener http://localhost:3000/callback --only duplicate,signature --verbose",
    "check-listener --list",
  );
}

async function runCheck(url: string | undefined, options: Options): Promise<void> {
  if (url === undefined)
    throw new UsageError("Give the URL of the listener, such as http://localhost:3000/callback.");
  const checks = selectCaseSet(await options.protocol.loadListenerChecks(), options);
  const only = parseOnly(checks, options);
  try {
    const settings = await toSettings(url, checks, options);
    const report = await checkListener(settings, only, createProgressLine(options));
    printReport(settings, report, options);
  } catch (error) {
    throw abortController.signal.aborted ? new Interrupted("", { cause: error }) : toCommandError(error);
  } finally {
    clearProgress();
  }
}

/** The engine knows no exit codes: this is where its errors get theirs. */
function toCommandError(error: unknown): unknown {
  if (error instanceof InvalidListenerUrl) return new UsageError(error.message, { cause: error });
  if (error instanceof ListenerCheckError) return new CommandFailed(error.message, { cause: error });
  return error;
}

/** Throws `UsageError` for an unknown name. */
function parseOnly(checks: ListenerChecks, options: Options): readonly string[] | null {
  if (options.only === undefined) return null;
  const scenarios = listScenarios(checks, selectCalls(checks, options));
  const known = [...scenarios.map(({ name }) => name), ...listCaseNames(scenarios)];
  for (const name of options.only) {
    if (!known.includes(name))
      throw new UsageError(`--only ${name}: there is no such case or scenario. --list shows them.`);
  }
  return options.only;
}

function printReport(settings: CheckSettings, report: Report, options: Options): void {
  const { json: asJson, junit, strict = false, verbose = false } = options;
  if (junit !== undefined) writeJunit(junit, toJunitReport(settings, report, strict));
  clearProgress();
  const width = process.stdout.isTTY ? process.stdout.columns : Infinity;
  const text =
    asJson === true
      ? formatJson(toJsonReport(settings, report))
      : toTextReport(settings, report, { verbose, width });
  process.stdout.write(`${text}\n`);
  const { failed, warning } = report.score.counts;
  const succeeded = failed === 0 && !(strict && warning > 0);
  process.exitCode = succeeded ? exitCodes.success : exitCodes.failed;
}

function writeJunit(file: string, xml: string): void {
  try {
    writeFileSync(file, xml);
  } catch (error) {
    throw new CommandFailed(`Cannot write ${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** A progress line on a terminal. It is cleared before the report is printed. */
function createProgressLine(options: Options): OnScenarioStart {
  const { stderr } = process;
  if (!stderr.isTTY || options.json === true) return () => {};
  return ({ name }, number, of) => {
    stderr.write(`\r\u001b[2K${style("quiet", `${number} of ${of}  ${name} …`, stderr)}`);
  };
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[2K");
}

async function listCases(options: Options): Promise<void> {
  const checks = selectCaseSet(await options.protocol.loadListenerChecks(), options);
  const scenarios = listScenarios(checks, selectCalls(checks, options));
  const cases = scenarios.flatMap(({ name: scenario, group, description, cases }) =>
    Object.entries(cases).map(([name, { severity, expects }]) => ({
      name: `${scenario}/${name}`,
      group,
      harm: severity,
      weight: severities[severity].weight,
      does: description,
      expects,
    })),
  );
  const rows = cases.map(({ name, harm: severity, expects }) => [
    style("hint", name),
    style("quiet", severity),
    expects,
  ]);
  const columns = [
    { head: "case" },
    { head: "severity" },
    { head: "expected", minWidth: 24, wraps: true } as const,
  ];
  printResult(options, cases, renderTable(columns, rows));
}
