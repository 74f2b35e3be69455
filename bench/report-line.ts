import type { LoadResult } from "./result.ts";

/** One line of the report: a value, its label, and its targets. */
export interface ReportLine {
  /** The benchmark that measured it, a value of `--only`. */
  readonly row: string;
  readonly label: string;
  readonly value: number;
  readonly unit: Unit;
  /** The load generator's result, if the value comes from a load. */
  readonly load?: LoadResult;
  readonly targets?: readonly TargetResult[];
}

export type Unit = "/s" | "s" | "ms" | "µs" | "MiB" | "%" | "payments";

export interface TargetResult {
  /** The target as text. */
  readonly target: string;
  readonly met: boolean;
  /** The difference to the bound in percent; 0 if met. */
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
