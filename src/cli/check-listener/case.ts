/**
 * What a case is: a promise that a listener keeps or breaks, and what may be said about it in the end.
 *
 * A scenario does something to the listener once, and several cases judge it: one by the listener's answers, another
 * by its records.
 */
import type { Stage } from "./stage.ts";

/** What a broken promise does, and how much it weighs in the score. */
export const harms = {
  money: { weight: 10, means: "loses money, or gives away goods" },
  message: { weight: 5, means: "loses a result, or leaves a payment hanging" },
  sturdiness: { weight: 3, means: "may take the listener down" },
  form: { weight: 1, means: "is not as documented" },
} as const;

export type Harm = keyof typeof harms;

/** A case in words. `expects` is the promise; `otherwise` what its breach does in production; `mend` what to do. */
export interface CaseText {
  readonly harm: Harm;
  readonly expects: string;
  readonly otherwise: string;
  readonly mend: string;
}

export interface Scenario {
  readonly name: string;
  readonly group: string;
  /** What is done, in a sentence. */
  readonly does: string;
  readonly cases: Readonly<Record<string, CaseText>>;
  /** Plays it, and says of each case what was found. A case that it leaves out counts as failed. */
  play(stage: Stage): Promise<void>;
}

export type Verdict = "passed" | "warning" | "failed" | "not observable" | "not applicable";

export interface Finding {
  readonly verdict: Verdict;
  /** What was seen, or why nothing could be. */
  readonly says: string;
  /** The option that would make it observable. */
  readonly wants?: string;
}

export const passed = (says: string): Finding => ({ verdict: "passed", says });
export const warning = (says: string): Finding => ({ verdict: "warning", says });
export const failed = (says: string): Finding => ({ verdict: "failed", says });
export const notApplicable = (says: string): Finding => ({ verdict: "not applicable", says });
export const notObservable = (says: string, wants?: string): Finding => ({
  verdict: "not observable",
  says,
  ...(wants === undefined ? {} : { wants }),
});

/** The worse of two findings about one case. */
export function worse(one: Finding, other: Finding): Finding {
  const order: readonly Verdict[] = ["not applicable", "passed", "not observable", "warning", "failed"];
  return order.indexOf(other.verdict) > order.indexOf(one.verdict) ? other : one;
}
