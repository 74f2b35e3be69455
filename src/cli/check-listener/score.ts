/** How a run is scored: by what could be seen, and by what a fault would cost. */
import { harms, type Finding, type Harm, type Verdict } from "./case.ts";

export interface Score {
  readonly counts: Readonly<Record<Verdict, number>>;
  /** Cases of which something could be seen. */
  readonly observable: number;
  /** 0 to 100, by weight; null when nothing could be seen. */
  readonly points: number | null;
  /** Null when too little could be seen for one: nobody gets an A for what was not looked at. */
  readonly grade: Grade | null;
  /** Why the grade is lower than the points are, or there is none; null if neither is so. */
  readonly because: string | null;
}

export type Grade = "A" | "B" | "C" | "D" | "F";

/** A warning is half a promise kept. */
const worth: Readonly<Record<Verdict, number | null>> = {
  passed: 1,
  warning: 0.5,
  failed: 0,
  "not observable": null,
  "not applicable": null,
};

/** `gone` is a listener that nobody could bring back. */
export function scoreOf(outcomes: readonly (Finding & { readonly harm: Harm })[], gone: boolean): Score {
  const counts = { passed: 0, warning: 0, failed: 0, "not observable": 0, "not applicable": 0 };
  let reached = 0;
  let seen = 0;
  let unseen = 0;
  for (const { verdict, harm } of outcomes) {
    counts[verdict] += 1;
    const { weight } = harms[harm];
    const part = worth[verdict];
    if (part !== null) {
      reached += part * weight;
      seen += weight;
    } else if (verdict === "not observable") unseen += weight;
  }
  const observable = counts.passed + counts.warning + counts.failed;
  if (observable === 0) return { counts, observable, points: null, grade: null, because: null };
  // Rounded down: a hundred means that nothing at all was wrong.
  const points = Math.floor((100 * reached) / seen);
  const grade = gradeOf(points, counts.failed);
  const losesMoney = outcomes.some(({ verdict, harm }) => verdict === "failed" && harm === "money");
  const graded = { counts, observable, points };
  if (grade >= "D") return { ...graded, grade, because: null };
  if (losesMoney) return { ...graded, grade: "D", because: "money is lost" };
  if (gone) return { ...graded, grade: "D", because: "it went down" };
  if (seen < unseen) return { ...graded, grade: null, because: "most of the weight was not observable" };
  return { ...graded, grade, because: null };
}

const gradeOf = (points: number, failed: number): Grade =>
  points >= 95 && failed === 0 ? "A" : points >= 85 ? "B" : points >= 70 ? "C" : points >= 50 ? "D" : "F";

export const scoreRules =
  "Weights: what loses money 10, a result 5, the listener 3, a form 1; a warning counts half. " +
  "What was not observable does not count, and there is no grade if that is more than half. A from 95 if nothing failed, B 85, C 70, D 50; no better than D if money is lost, or the listener goes down.";
