/** Score and grade of a run. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Severity } from "../protocols/listener-checks.ts";
import type { Verdict } from "./finding.ts";
import { calculateScore } from "./score.ts";

const cases = (verdict: Verdict, severity: Severity, count = 1) =>
  Array.from({ length: count }, () => ({ verdict, severity, message: "" }));

test("the grade depends on observable cases and is at most D if money is lost", () => {
  const good = cases("passed", "money", 20);
  const table: [ReturnType<typeof cases>, boolean, number | null, string | null, string | null][] = [
    [good, false, 100, "A", null],
    [[...good, ...cases("warning", "form")], false, 99, "A", null],
    [[...good, ...cases("failed", "form")], false, 99, "B", null],
    [[...good, ...cases("failed", "money")], false, 95, "D", "money is lost"],
    [[...good, ...cases("failed", "sturdiness")], true, 98, "D", "the listener went down"],
    [[...good, ...cases("failed", "money", 60)], false, 25, "F", null],
    [[...good, ...cases("not applicable", "money", 90)], false, 100, "A", null],
    [[...good, ...cases("not observable", "money", 20)], false, 100, "A", null],
    [
      [...good, ...cases("not observable", "money", 21)],
      false,
      100,
      null,
      "most of the weight was not observable",
    ],
    [cases("not observable", "money"), false, null, null, null],
    [[], false, null, null, null],
  ];
  for (const [outcomes, gone, points, grade, reason] of table) {
    const score = calculateScore(outcomes, { isGone: gone, isSequential: false });
    assert.deepEqual([score.points, score.grade, score.reason], [points, grade, reason]);
  }
});

test("a listener that was not seen to handle several callbacks at the same time gets no A, and the reason says so", () => {
  const sequential = { isGone: false, isSequential: true };
  const { points, grade, reason } = calculateScore(cases("passed", "money", 20), sequential);
  assert.deepEqual([points, grade], [100, "B"]);
  assert.equal(
    reason,
    "the listener was not seen to handle several callbacks at the same time, which hides races",
  );
  const failing = calculateScore([...cases("passed", "money", 20), ...cases("failed", "money")], sequential);
  assert.deepEqual([failing.grade, failing.reason], ["D", "money is lost"]);
});
