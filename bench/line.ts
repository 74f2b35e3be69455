import type { Result } from "./result.ts";

/** One line of the table: a figure, what it is of, and how it compares with what we promise. */
export interface Line {
  /** The row that measured it, the word that `--only` takes. */
  readonly row: string;
  readonly what: string;
  readonly value: number;
  readonly unit: Unit;
  /** Everything that the generator found, where the figure comes from a load. */
  readonly load?: Result;
  readonly targets?: readonly Verdict[];
}

export type Unit = "/s" | "s" | "ms" | "MiB" | "%" | "payments";

export interface Verdict {
  /** What is promised, in words. */
  readonly asks: string;
  readonly met: boolean;
  /** By how much it is missed, in percent of the bound; 0 when met. */
  readonly missedByPercent: number;
}

export function atLeast(asks: string, value: number, bound: number): Verdict {
  return verdict(asks, value >= bound, value, bound);
}

export function below(asks: string, value: number, bound: number): Verdict {
  return verdict(asks, value < bound, value, bound);
}

function verdict(asks: string, met: boolean, value: number, bound: number): Verdict {
  const missedByPercent = met ? 0 : Math.round((Math.abs(value - bound) / bound) * 1000) / 10;
  return { asks, met, missedByPercent };
}
