/**
 * `pesarail check-listener URL`: does to a developer's own listener what production will do to it, and says what it made
 * of that.
 *
 * It needs no server: it writes callbacks with the server's own code. What only the listener's own records can show is
 * read from them, if it is told how, and otherwise reported as not observable.
 */
import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { explain } from "./called.ts";
import { scenariosFor } from "./check-listener/cases/all.ts";
import { harms } from "./check-listener/case.ts";
import { addOptions, callsOf, settingsOf, type Options } from "./check-listener/options.ts";
import { caseNames, checkListener, type Report, type Watcher } from "./check-listener/play.ts";
import { reportAsJson } from "./check-listener/report-json.ts";
import { reportAsJunit } from "./check-listener/report-junit.ts";
import { reportAsText } from "./check-listener/report-text.ts";
import type { Settings } from "./check-listener/settings.ts";
import { exitCodes, Misused, Refused } from "./command-error.ts";
import { answer } from "./desk.ts";
import { Interrupted, interruption } from "./run.ts";
import { json, listing } from "./table.ts";
import { paint } from "./terminal.ts";

const says = `It sends made-up callbacks, duplicates and forgeries among them, to a listener on this machine or a private network.
No money moves. The exit code is 0 when nothing that could be observed failed, 1 when something did.`;

export function addCheckListener(program: Command): void {
  const command = addOptions(
    program
      .command("check-listener")
      .description("do to your listener what production will do to it, and score what it makes of that")
      .argument("[url]", "where your listener is, such as http://localhost:3000/callback"),
  ).action((url: string | undefined, options: Options) =>
    options.list === true ? list(options) : check(url, options),
  );
  explain(
    command,
    says,
    "check-listener http://localhost:3000/callback",
    "check-listener http://localhost:3000/callback --state-url 'http://localhost:3000/state/{reference}' --junit report.xml",
    "check-listener http://localhost:3000/callback --only duplicate,signature --verbose",
    "check-listener --list",
  );
}

async function check(url: string | undefined, options: Options): Promise<void> {
  if (url === undefined) throw new Misused("Where is the listener? Give its URL.");
  const only = onlyOf(options);
  try {
    const settings = await settingsOf(url, options);
    const report = await checkListener(settings, only, watcherFor(options));
    publish(settings, report, options);
  } catch (error) {
    if (interruption.signal.aborted) throw new Interrupted();
    throw error;
  } finally {
    clearProgress();
  }
}

/** The names that were asked for. Throws for one that is none. */
function onlyOf(options: Options): readonly string[] | null {
  if (options.only === undefined) return null;
  const scenarios = scenariosFor(callsOf(options));
  const known = [...scenarios.map(({ name }) => name), ...caseNames(scenarios)];
  for (const name of options.only) {
    if (!known.includes(name)) throw new Misused(`--only ${name}: there is no such case; --list lists them.`);
  }
  return options.only;
}

function publish(settings: Settings, report: Report, options: Options): void {
  const { json: asJson, junit, strict = false, verbose = false } = options;
  if (junit !== undefined) writeJunit(junit, reportAsJunit(settings, report, strict));
  clearProgress();
  const width = process.stdout.isTTY ? process.stdout.columns : Infinity;
  const text =
    asJson === true
      ? json(reportAsJson(settings, report))
      : reportAsText(settings, report, { verbose, width });
  process.stdout.write(`${text}\n`);
  const { failed, warning } = report.score.counts;
  const good = failed === 0 && !(strict && warning > 0);
  process.exitCode = good ? exitCodes.fine : exitCodes.refused;
}

function writeJunit(file: string, xml: string): void {
  try {
    writeFileSync(file, xml);
  } catch (error) {
    throw new Refused(`${file} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}

/** One line on a terminal that says how far it is; beside the answer, and gone when it is there. */
function watcherFor(options: Options): Watcher {
  const { stderr } = process;
  if (!stderr.isTTY || options.json === true) return () => {};
  return ({ name }, number, of) => {
    stderr.write(`\r\u001b[2K${paint("quiet", `${number} of ${of}  ${name} …`, stderr)}`);
  };
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[2K");
}

function list(options: Options): void {
  const scenarios = scenariosFor(callsOf(options));
  const cases = scenarios.flatMap(({ name: scenario, group, does, cases }) =>
    Object.entries(cases).map(([name, { harm, expects }]) => ({
      name: `${scenario}/${name}`,
      group,
      harm,
      weight: harms[harm].weight,
      does,
      expects,
    })),
  );
  const rows = cases.map(({ name, harm, expects }) => [paint("hint", name), paint("quiet", harm), expects]);
  const columns = [{ head: "case" }, { head: "harm" }, { head: "promise", least: 24, wraps: true } as const];
  answer(options, cases, listing(columns, rows));
}
