/** Runs the scenarios in sequence, and checks the records once more at the end. */
import type { CaseText, Scenario } from "./case.ts";
import { ListenerCheckError } from "./errors.ts";
import { failed, notObservable, pickWorse, type Finding } from "./finding.ts";
import { listScenarios } from "./cases/all.ts";
import { ListenerGone, CheckSession } from "./session.ts";
import { calculateScore, type Score } from "./score.ts";
import type { CheckSettings } from "./settings.ts";
import { ScenarioRunner, type Step } from "./scenario-runner.ts";
import { HookFailed } from "./merchant-hooks.ts";

/** The result of a case. */
export interface CaseOutcome extends CaseText, Finding {
  /** `duplicate/booked-once`. */
  readonly name: string;
  readonly scenario: string;
  readonly group: string;
  /** What the scenario did, in a sentence. */
  readonly description: string;
  readonly evidence: readonly Step[];
}

export interface Report {
  readonly startedAt: Date;
  readonly tookMs: number;
  readonly outcomes: readonly CaseOutcome[];
  readonly score: Score;
}

/** Names of cases or scenarios; null selects all. */
export type CaseFilter = readonly string[] | null;

const toCaseName = (scenario: string, name: string): string => `${scenario}/${name}`;

export const listCaseNames = (scenarios: readonly Scenario[]): string[] =>
  scenarios.flatMap(({ name, cases }) => Object.keys(cases).map((caseName) => toCaseName(name, caseName)));

function isSelected(filter: CaseFilter, scenario: string, name: string): boolean {
  return filter === null || filter.includes(scenario) || filter.includes(toCaseName(scenario, name));
}

export interface OnScenarioStart {
  /** Called before each scenario. */
  (scenario: Scenario, number: number, of: number): void;
}

/**
 * Runs the selected scenarios. Throws `ListenerCheckError` if the run cannot start: the listener is down, or a hook
 * does not work.
 */
export async function checkListener(
  settings: CheckSettings,
  filter: CaseFilter = null,
  onScenarioStart?: OnScenarioStart,
): Promise<Report> {
  const startedAt = new Date();
  const began = performance.now();
  await using session = new CheckSession(settings);
  await assertReady(session);
  const scenarios = listScenarios(settings.checks, settings.calls).filter(({ name, cases }) =>
    Object.keys(cases).some((caseName) => isSelected(filter, name, caseName)),
  );
  const completed: CompletedScenario[] = [];
  let stopReason: StopReason | null = null;
  for (const [i, scenario] of scenarios.entries()) {
    onScenarioStart?.(scenario, i + 1, scenarios.length);
    if (scenario.isLast === true) await recheckRecords(session, stopReason?.listenerGone ?? false);
    const runner = new ScenarioRunner(session, scenario.name);
    stopReason ??= await runScenario(scenario, runner);
    fillMissingFindings(scenario, runner, stopReason);
    completed.push({ scenario, runner });
  }
  await recheckRecords(session, stopReason?.listenerGone ?? false);
  const outcomes = completed
    .flatMap(toOutcomes)
    .filter(({ scenario, name }) => isSelected(filter, scenario, name.slice(scenario.length + 1)));
  return {
    startedAt,
    tookMs: Math.round(performance.now() - began),
    outcomes,
    score: calculateScore(outcomes, {
      isGone: stopReason?.listenerGone ?? false,
      isSequential: (await session.parallelism)?.isParallel === false,
    }),
  };
}

interface CompletedScenario {
  readonly scenario: Scenario;
  readonly runner: ScenarioRunner;
}

/** Detects problems that would make every case fail. */
async function assertReady(session: CheckSession): Promise<void> {
  const { url, addresses } = session.settings;
  if ((await session.measureDowntime()) === null) {
    const where = addresses.map(({ address }) => address).join(", ");
    throw new ListenerCheckError(`No listener responds at ${url} (${where}). Start the listener first.`);
  }
  const probe = new ScenarioRunner(session, "before").createUnrequestedPayment("probe");
  try {
    const record = await session.readRecord(probe);
    if (record === null || (record.status !== "paid" && record.bookings === 0)) return;
  } catch (error) {
    if (error instanceof HookFailed)
      throw new ListenerCheckError(`${error.message} See docs/check-listener.md for the contract.`);
    throw error;
  }
  throw new ListenerCheckError(
    `The records show ${probe.reference} as booked, but this reference was never used. Make sure that --state-… uses {reference}.`,
  );
}

/** Why no more scenarios run. */
interface StopReason {
  readonly reason: string;
  /** The listener is down. */
  readonly listenerGone: boolean;
}

const listenerGoneAfter = ({ name }: Scenario): StopReason => ({
  reason: `The listener is down since ${name}.`,
  listenerGone: true,
});

/** Returns why no more scenarios can run, or null. */
async function runScenario(scenario: Scenario, runner: ScenarioRunner): Promise<StopReason | null> {
  try {
    await scenario.run(runner);
  } catch (error) {
    runner.settings.signal.throwIfAborted();
    if (error instanceof ListenerGone) return listenerGoneAfter(scenario);
    if (!(error instanceof HookFailed)) throw error;
    if ((await runner.session.measureDowntime()) === null) return listenerGoneAfter(scenario);
    for (const name of Object.keys(scenario.cases))
      if (!runner.findings.has(name))
        runner.report(name, failed(`The case could not be checked. ${error.message}`));
    return null;
  }
  if ((await runner.session.measureDowntime()) === null) {
    for (const name of Object.keys(scenario.cases)) {
      const { verdict } = runner.findings.get(name) ?? {};
      if (verdict === "passed") runner.report(name, failed("The listener is down after it."));
    }
    return listenerGoneAfter(scenario);
  }
  const reason = findBlocker(scenario, runner);
  return reason === null ? null : { reason, listenerGone: false };
}

/** Without an acknowledged and booked success, all other cases would fail for the same reason. */
function findBlocker(scenario: Scenario, runner: ScenarioRunner): string | null {
  if (scenario.name !== "success") return null;
  const acknowledged = runner.findings.get("acknowledged");
  if (acknowledged?.verdict === "failed") {
    runner.findings.set("acknowledged", {
      ...acknowledged,
      message: acknowledged.message + getSignatureHint(runner),
    });
    return "The listener does not acknowledge a success. Fix success/acknowledged first.";
  }
  const neverBooked = runner.findings.get("booked")?.message.includes("not booked") === true;
  return neverBooked ? "The listener does not book a success. Fix success/booked first." : null;
}

function getSignatureHint({ steps, settings }: ScenarioRunner): string {
  const refused = steps.some(
    (step) => step.kind === "exchange" && [401, 403].includes(step.exchange.status ?? 0),
  );
  if (!refused) return "";
  return settings.webhook === null
    ? " If it requires a signature, add --secret."
    : " Check that --secret is the listener's secret.";
}

/** Adds a finding to each case that has none. */
function fillMissingFindings(
  { cases }: Scenario,
  runner: ScenarioRunner,
  stopReason: StopReason | null,
): void {
  for (const name of Object.keys(cases)) {
    if (!runner.findings.has(name))
      runner.report(name, stopReason === null ? failed(noFindingText) : notObservable(stopReason.reason));
  }
}

const noFindingText = "The scenario reported nothing for this case.";

/** A payment that was booked once when it was checked may have been booked again since, or lost. */
async function recheckRecords(
  { expectations, settings }: CheckSession,
  listenerGone: boolean,
): Promise<void> {
  for (const { name, findings, recheck } of expectations.splice(0)) {
    const before = findings.get(name);
    if (before === undefined || before.verdict === "failed") continue;
    let finding: Finding;
    try {
      finding = await recheck();
    } catch (error) {
      settings.signal.throwIfAborted();
      if (!(error instanceof HookFailed)) throw error;
      // Without a listener, its records may be out of reach; with one, they could have changed.
      if (!listenerGone)
        findings.set(name, pickWorse(before, notObservable(`At the end of the run: ${error.message}`)));
      continue;
    }
    const message = `${finding.message}, at the end of the run`;
    if (finding.verdict === "failed") findings.set(name, pickWorse(before, { ...finding, message }));
    // The system does not know a payment any more that it had booked.
    else if (finding.verdict === "not observable" && before.verdict === "passed")
      findings.set(name, failed("The records no longer contain it at the end of the run."));
  }
}

function toOutcomes({ scenario, runner }: CompletedScenario): CaseOutcome[] {
  return Object.entries(scenario.cases).map(([name, text]) => ({
    ...text,
    ...(runner.findings.get(name) ?? failed(noFindingText)),
    name: toCaseName(scenario.name, name),
    scenario: scenario.name,
    group: scenario.group,
    description: scenario.description,
    evidence: filterEvidence(runner.steps, name),
  }));
}

/** The steps of the case, and those that belong to the whole scenario. */
const filterEvidence = (steps: readonly Step[], name: string): Step[] =>
  steps.filter(({ caseName }) => caseName === null || caseName === name);
