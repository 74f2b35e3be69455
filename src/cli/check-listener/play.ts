/** Plays the scenarios one after the other, and looks into the records once more when all is over. */
import { Refused } from "../command-error.ts";
import { failed, notObservable, worse, type CaseText, type Finding, type Scenario } from "./case.ts";
import { scenariosFor } from "./cases/all.ts";
import { ListenerGone, Run } from "./run.ts";
import { scoreOf, type Score } from "./score.ts";
import type { Settings } from "./settings.ts";
import { Stage, type Step } from "./stage.ts";
import { ToolFailed } from "./tools.ts";

/** What became of a case. */
export interface Outcome extends CaseText, Finding {
  /** `duplicate/booked-once`. */
  readonly name: string;
  readonly scenario: string;
  readonly group: string;
  /** What was done, in a sentence. */
  readonly does: string;
  readonly evidence: readonly Step[];
}

export interface Report {
  readonly startedAt: Date;
  readonly tookMs: number;
  readonly outcomes: readonly Outcome[];
  readonly score: Score;
}

/** Cases by their names, or by their scenario's; all of them if nothing is said. */
export type Only = readonly string[] | null;

const fullName = (scenario: string, name: string): string => `${scenario}/${name}`;

export const caseNames = (scenarios: readonly Scenario[]): string[] =>
  scenarios.flatMap(({ name, cases }) => Object.keys(cases).map((each) => fullName(name, each)));

function isWanted(only: Only, scenario: string, name: string): boolean {
  return only === null || only.includes(scenario) || only.includes(fullName(scenario, name));
}

export interface Watcher {
  /** Called before each scenario. */
  (scenario: Scenario, number: number, of: number): void;
}

/**
 * Plays what is wanted. Throws `Refused` where it cannot begin: nobody listens, or the developer's own tools do not do
 * what they are for.
 */
export async function checkListener(
  settings: Settings,
  only: Only = null,
  watcher?: Watcher,
): Promise<Report> {
  const startedAt = new Date();
  const began = performance.now();
  await using run = new Run(settings);
  await before(run);
  const scenarios = scenariosFor(settings.calls).filter(({ name, cases }) =>
    Object.keys(cases).some((each) => isWanted(only, name, each)),
  );
  const played: Played[] = [];
  let over: Over | null = null;
  for (const [i, scenario] of scenarios.entries()) {
    watcher?.(scenario, i + 1, scenarios.length);
    const stage = new Stage(run, scenario.name);
    over ??= await playOne(scenario, stage);
    complete(scenario, stage, over);
    played.push({ scenario, stage });
  }
  await lookOnceMore(run);
  const outcomes = played
    .flatMap(outcomesOf)
    .filter(({ scenario, name }) => isWanted(only, scenario, name.slice(scenario.length + 1)));
  return {
    startedAt,
    tookMs: Math.round(performance.now() - began),
    outcomes,
    score: scoreOf(outcomes, over?.gone ?? false),
  };
}

interface Played {
  readonly scenario: Scenario;
  readonly stage: Stage;
}

/** What would spoil every case is better said once, before any of them. */
async function before(run: Run): Promise<void> {
  const { url, addresses } = run.settings;
  if ((await run.downFor()) === null) {
    const where = addresses.map(({ address }) => address).join(", ");
    throw new Refused(`Nobody listens at ${url} (${where}): start the listener first.`);
  }
  const nobody = new Stage(run, "before").stranger("nobody");
  try {
    const record = await run.record(nobody);
    if (record === null || (record.status !== "paid" && record.bookings === 0)) return;
  } catch (error) {
    if (error instanceof ToolFailed)
      throw new Refused(`${error.message} docs/check-listener.md says what it should.`);
    throw error;
  }
  throw new Refused(
    `The records call ${nobody.reference} booked, which nobody has ever used: does --state-… pass {reference} on?`,
  );
}

/** Why nothing more is played. */
interface Over {
  readonly why: string;
  /** Nobody listens any more. */
  readonly gone: boolean;
}

const gone = ({ name }: Scenario): Over => ({ why: `Nobody listens any more, since ${name}.`, gone: true });

/** Returns why nothing can be played any more, or null to go on. */
async function playOne(scenario: Scenario, stage: Stage): Promise<Over | null> {
  try {
    await scenario.play(stage);
  } catch (error) {
    stage.settings.signal.throwIfAborted();
    if (error instanceof ListenerGone) return gone(scenario);
    if (!(error instanceof ToolFailed)) throw error;
    if ((await stage.run.downFor()) === null) return gone(scenario);
    for (const name of Object.keys(scenario.cases))
      if (!stage.findings.has(name)) stage.report(name, failed(`It could not be checked. ${error.message}`));
    return null;
  }
  if ((await stage.run.downFor()) === null) {
    for (const name of Object.keys(scenario.cases)) {
      const { verdict } = stage.findings.get(name) ?? {};
      if (verdict === "passed") stage.report(name, failed("Nobody listens any more after it."));
    }
    return gone(scenario);
  }
  const why = gate(scenario, stage);
  return why === null ? null : { why, gone: false };
}

/** Without a success that is acknowledged and booked all else would fail for the same reason. */
function gate(scenario: Scenario, stage: Stage): string | null {
  if (scenario.name !== "success") return null;
  const acknowledged = stage.findings.get("acknowledged");
  if (acknowledged?.verdict === "failed") {
    stage.findings.set("acknowledged", { ...acknowledged, says: acknowledged.says + signatureHint(stage) });
    return "It acknowledges no success yet: mend success/acknowledged first.";
  }
  const neverBooked = stage.findings.get("booked")?.says.includes("not booked") === true;
  return neverBooked ? "It books no success yet: mend success/booked first." : null;
}

function signatureHint({ steps, settings }: Stage): string {
  const refused = steps.some(
    (step) => step.kind === "exchange" && [401, 403].includes(step.exchange.status ?? 0),
  );
  if (!refused) return "";
  return settings.webhook === null
    ? " Does it want a signature? Give --secret."
    : " Is --secret the one that the listener has?";
}

/** Every case of a scenario has a finding. */
function complete({ cases }: Scenario, stage: Stage, over: Over | null): void {
  for (const name of Object.keys(cases)) {
    if (!stage.findings.has(name))
      stage.report(name, over === null ? failed(nothingFound) : notObservable(over.why));
  }
}

const nothingFound = "Nothing was found out about it.";

/** What was booked once when we looked may have been booked twice since. */
async function lookOnceMore(run: Run): Promise<void> {
  for (const { stage, name, payments, judge } of run.expectations) {
    if (stage.findings.get(name)?.verdict !== "passed") continue;
    let finding: Finding;
    try {
      finding = await stage.lookAgain(payments, judge);
    } catch (error) {
      run.settings.signal.throwIfAborted();
      if (error instanceof ToolFailed) continue;
      throw error;
    }
    if (finding.verdict !== "failed") continue;
    const before = stage.findings.get(name) ?? finding;
    stage.findings.set(name, worse(before, { ...finding, says: `${finding.says}, at the end of the run` }));
  }
}

function outcomesOf({ scenario, stage }: Played): Outcome[] {
  return Object.entries(scenario.cases).map(([name, text]) => ({
    ...text,
    ...(stage.findings.get(name) ?? failed(nothingFound)),
    name: fullName(scenario.name, name),
    scenario: scenario.name,
    group: scenario.group,
    does: scenario.does,
    evidence: evidenceOf(stage.steps, name),
  }));
}

/** What matters to a case: its own steps, and those that belong to all of its scenario's. */
const evidenceOf = (steps: readonly Step[], name: string): Step[] =>
  steps.filter(({ about }) => about === null || about === name);
