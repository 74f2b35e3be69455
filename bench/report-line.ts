import type { LoadResult } from "./result.ts";

/** One line of the table: a figure, what it is of, and how it compares with what we promise. */
export interface ReportLine {
  /** The row that measured it, the word that `--only` takes. */
  readonly row: string;
  readonly label: string;
  readonly value: number;
  readonly unit: Unit;
  /** Everything that the generator found, where the figure comes from a load. */
  readonly load?: LoadResult;
  readonly targets?: readonly TargetResult[];
}

export type Unit = "/s" | "s" | "ms" | "MiB" | "%" | "payments";

export interface TargetResult {
  /** What is promised, in words. */
  readonly target: string;
  readonly met: boolean;
  /** By how much it is missed, in percent of the bound; 0 when met. */
  readonly missedByPercent: number;
}

export function atLeast(target: string, value: number, bound: number): TargetResult {
  return compareTarget(target, value >= bound, value, bound);
}

export function below(target: string, value: number, bound: number): TargetResult {
  return compareTarget(target, value < bound, value, bound);
}

function compareTarget(target: string, met: boolean, value: number, bound: number): TargetResult {
  const missedByPercent = met ? 0 : Math.round((Math.abs(value - bound) / bound) * 1000) / 10;
  return { target, met, missedByPercent };
}
