/**
 * What a case is: a promise that a listener keeps or breaks, and what may be said about it in the end.
 *
 * A scenario does something to the listener once, and several cases judge it: one by the listener's answers, another
 * by its records.
 */
import type { ScenarioRunner } from "./scenario-runner.ts";

/** What a broken promise does, and how much it weighs in the score. */
export const severities = {
  money: { weight: 10, description: "loses money, or gives away goods" },
  message: { weight: 5, description: "loses a result, or leaves a payment hanging" },
  sturdiness: { weight: 3, description: "may take the listener down" },
  form: { weight: 1, description: "is not as documented" },
} as const;

export type Severity = keyof typeof severities;

/** A case in words. `expects` is the promise; `otherwise` what its breach does in production; `mend` what to do. */
export interface CaseText {
  readonly severity: Severity;
  readonly expects: string;
  readonly consequence: string;
  readonly fix: string;
}

export interface Scenario {
  readonly name: string;
  readonly group: string;
  /** What is done, in a sentence. */
  readonly description: string;
  readonly cases: Readonly<Record<string, CaseText>>;
  /** Plays it, and says of each case what was found. A case that it leaves out counts as failed. */
  run(runner: ScenarioRunner): Promise<void>;
}

export type Verdict = "passed" | "warning" | "failed" | "not observable" | "not applicable";

export interface Finding {
  readonly verdict: Verdict;
  /** What was seen, or why nothing could be. */
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

/** The worse of two findings about one case. */
export function pickWorse(one: Finding, other: Finding): Finding {
  const order: readonly Verdict[] = ["not applicable", "passed", "not observable", "warning", "failed"];
  return order.indexOf(other.verdict) > order.indexOf(one.verdict) ? other : one;
}
