/**
 * A scenario sends something to the listener once. Several cases judge it: one by the listener's responses,
 * another by the merchant's records.
 */
import type { Severity } from "../protocols/listener-checks.ts";
import type { ScenarioRunner } from "./scenario-runner.ts";

/** The effect of a failed case, and its weight in the score. */
export const severities = {
  money: { weight: 10, description: "loses money, or gives away goods" },
  message: { weight: 5, description: "loses a result, or leaves a payment open" },
  sturdiness: { weight: 3, description: "may take the listener down" },
  form: { weight: 1, description: "deviates from the documentation" },
} as const satisfies Record<Severity, { readonly weight: number; readonly description: string }>;

/**
 * The texts of a case. `expects` is the expected behaviour, `consequence` the effect of a failure in
 * production, `fix` what to change.
 */
export interface CaseText {
  readonly severity: Severity;
  readonly expects: string;
  readonly consequence: string;
  readonly fix: string;
}

export interface Scenario {
  readonly name: string;
  readonly group: string;
  /** What the scenario does, in a sentence. */
  readonly description: string;
  readonly cases: Readonly<Record<string, CaseText>>;
  /** Runs after the records of all earlier scenarios were read once more, because it may change them. */
  readonly isLast?: true;
  /** Runs the scenario and reports a finding for each case. A case without a finding counts as failed. */
  run(runner: ScenarioRunner): Promise<void>;
}
