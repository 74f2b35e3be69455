/** The score of a run: observable cases, weighted by the severity of a failure. */
import type { Severity } from "../protocols/listener-checks.ts";
import { severities } from "./case.ts";
import type { Finding, Verdict } from "./finding.ts";

export interface Score {
  readonly counts: Readonly<Record<Verdict, number>>;
  /** The number of observable cases. */
  readonly observable: number;
  /** 0 to 100, by weight; null if nothing was observable. */
  readonly points: number | null;
  /** Null if too little was observable for a grade. */
  readonly grade: Grade | null;
  /** Why the grade is lower than the points allow, or missing; otherwise null. */
  readonly reason: string | null;
}

export type Grade = "A" | "B" | "C" | "D" | "F";

/** A warning counts half. */
const verdictWorth: Readonly<Record<Verdict, number | null>> = {
  passed: 1,
  warning: 0.5,
  failed: 0,
  "not observable": null,
  "not applicable": null,
};

export interface ListenerState {
  /** The listener went down and stayed down. */
  readonly isGone: boolean;
  /** Callbacks that were sent together were handled one after another, so races could not be seen. */
  readonly isSequential: boolean;
}

export function calculateScore(
  outcomes: readonly (Finding & { readonly severity: Severity })[],
  { isGone, isSequential }: ListenerState,
): Score {
  const counts = { passed: 0, warning: 0, failed: 0, "not observable": 0, "not applicable": 0 };
  let earned = 0;
  let observableWeight = 0;
  let unobservableWeight = 0;
  for (const { verdict, severity } of outcomes) {
    counts[verdict] += 1;
    const { weight } = severities[severity];
    const share = verdictWorth[verdict];
    if (share !== null) {
      earned += share * weight;
      observableWeight += weight;
    } else if (verdict === "not observable") unobservableWeight += weight;
  }
  const observable = counts.passed + counts.warning + counts.failed;
  if (observable === 0) return { counts, observable, points: null, grade: null, reason: null };
  // Rounded down, so that 100 means that nothing was wrong.
  const points = Math.floor((100 * earned) / observableWeight);
  const grade = toGrade(points, counts.failed);
  const losesMoney = outcomes.some(({ verdict, severity }) => verdict === "failed" && severity === "money");
  const base = { counts, observable, points };
  if (grade >= "D") return { ...base, grade, reason: null };
  if (losesMoney) return { ...base, grade: "D", reason: "money is lost" };
  if (isGone) return { ...base, grade: "D", reason: "the listener went down" };
  if (observableWeight < unobservableWeight)
    return { ...base, grade: null, reason: "most of the weight was not observable" };
  if (isSequential && grade === "A") return { ...base, grade: "B", reason: sequentialReason };
  return { ...base, grade, reason: isSequential ? sequentialReason : null };
}

const sequentialReason =
  "the listener was not seen to handle several callbacks at the same time, which hides races";

const toGrade = (points: number, failed: number): Grade =>
  points >= 95 && failed === 0 ? "A" : points >= 85 ? "B" : points >= 70 ? "C" : points >= 50 ? "D" : "F";

export const scoreRules =
  "Weights: loss of money 10, loss of a result 5, a listener that goes down 3, form 1; a warning counts half. " +
  "Cases that were not observable do not count; there is no grade if they are more than half of the weight. A from 95 without failures, B 85, C 70, D 50; at most D if money is lost or the listener goes down, and at most B if it was not seen to handle several callbacks at the same time.";
