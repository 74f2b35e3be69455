/**
 * A scenario sends something to the listener once. Several cases judge it: one by the listener's responses,
 * another by the merchant's records.
 */
import type { ScenarioRunner } from "./scenario-runner.ts";

/** The effect of a failed case, and its weight in the score. */
export const severities = {
  money: { weight: 10, description: "loses money, or gives away goods" },
  message: { weight: 5, description: "loses a result, or leaves a payment open" },
  sturdiness: { weight: 3, description: "may take the listener down" },
  form: { weight: 1, description: "deviates from the documentation" },
} as const;

export type Severity = keyof typeof severities;

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
  /** Runs the scenario and reports a finding for each case. A case without a finding counts as failed. */
  run(runner: ScenarioRunner): Promise<void>;
}

export type Verdict = "passed" | "warning" | "failed" | "not observable" | "not applicable";

export interface Finding {
  readonly verdict: Verdict;
  /** What was observed, or why nothing could be. */
  readonly message: string;
  /** The option that would make it observable. */
  readonly neededOption?: string;
}

export const passed = (message: string): Finding => ({ verdict: "passed", message });
export const warning = (message: string): Finding => ({ verdict: "warning", message });
export const failed = (message: string): Finding => ({ verdict: "failed", message });
export const notApplicable = (message: string): Finding => ({ verdict: "not applicable", message });
export const notObservable = (message: string, neededOption?: string): Finding => ({
  verdict: "not observable",
  message,
  ...(neededOption === undefined ? {} : { neededOption }),
});

/** Returns the worse of two findings about one case. */
export function pickWorse(one: Finding, other: Finding): Finding {
  const order: readonly Verdict[] = ["not applicable", "passed", "not observable", "warning", "failed"];
  return order.indexOf(other.verdict) > order.indexOf(one.verdict) ? other : one;
}
