/** How a run is scored: by what could be seen, and by what a fault would cost. */
import { severities, type Finding, type Severity, type Verdict } from "./case.ts";

export interface Score {
  readonly counts: Readonly<Record<Verdict, number>>;
  /** Cases of which something could be seen. */
  readonly observable: number;
  /** 0 to 100, by weight; null when nothing could be seen. */
  readonly points: number | null;
  /** Null when too little could be seen for one: nobody gets an A for what was not looked at. */
  readonly grade: Grade | null;
  /** Why the grade is lower than the points are, or there is none; null if neither is so. */
  readonly reason: string | null;
}

export type Grade = "A" | "B" | "C" | "D" | "F";

/** A warning is half a promise kept. */
const verdictWorth: Readonly<Record<Verdict, number | null>> = {
  passed: 1,
  warning: 0.5,
  failed: 0,
  "not observable": null,
  "not applicable": null,
};

/** `gone` is a listener that nobody could bring back. */
export function calculateScore(
  outcomes: readonly (Finding & { readonly severity: Severity })[],
  listenerGone: boolean,
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
  // Rounded down: a hundred means that nothing at all was wrong.
  const points = Math.floor((100 * earned) / observableWeight);
  const grade = toGrade(points, counts.failed);
  const losesMoney = outcomes.some(({ verdict, severity }) => verdict === "failed" && severity === "money");
  const base = { counts, observable, points };
  if (grade >= "D") return { ...base, grade, reason: null };
  if (losesMoney) return { ...base, grade: "D", reason: "money is lost" };
  if (listenerGone) return { ...base, grade: "D", reason: "it went down" };
  if (observableWeight < unobservableWeight)
    return { ...base, grade: null, reason: "most of the weight was not observable" };
  return { ...base, grade, reason: null };
}

const toGrade = (points: number, failed: number): Grade =>
  points >= 95 && failed === 0 ? "A" : points >= 85 ? "B" : points >= 70 ? "C" : points >= 50 ? "D" : "F";

export const scoreRules =
  "Weights: what loses money 10, a result 5, the listener 3, a form 1; a warning counts half. " +
  "What was not observable does not count, and there is no grade if that is more than half. A from 95 if nothing failed, B 85, C 70, D 50; no better than D if money is lost, or the listener goes down.";
