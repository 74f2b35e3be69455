/** Reads values of callbacks. Types differ by product, so numbers and texts are both accepted. */
import { explainResult, getResultOutcome } from "../codes.ts";
import { formatAmount, readText } from "../wire-response.ts";

export type CallbackFields = Readonly<Record<string, unknown>>;

/** Values of a result, by key. A key without a value is null. */
export type Parameters = Readonly<Record<string, string | null>>;

/** What a code means. */
export interface Meaning {
  /**
   * `accepted`: the request was completed. `refused`: no money moved. `unknown`: the platform does not know the outcome,
   * or an earlier request has it; query it.
   */
  readonly outcome: "accepted" | "refused" | "unknown";
  /** The result's code as a text, such as `0`, `1032` or `SFC_IC0003`. */
  readonly code: string;
  /** The reason in one sentence. */
  readonly reason: string;
  /** What to do next. */
  readonly advice: string;
}

export const interpretCode = (code: string, description: string): Meaning => ({
  outcome: getResultOutcome(code),
  code,
  ...explainResult(code, description),
});

/** A text or number as a text; null if it is absent, empty or something else. */
export const findText = (fields: unknown, path: string): string | null => readText(fields, path) || null;

/** An amount with two decimals. */
export const findAmount = (fields: unknown, path: string): string | null =>
  formatAmount(readText(fields, path));

/** Whether a text is an identifier: short, and without control characters. */
export const isIdentifier = (text: string): boolean => /^[\x21-\x7e]{1,128}$/.test(text);

export const isCode = (text: string): boolean => /^[\w.-]{1,32}$/.test(text);

export const missing = (name: string): string =>
  `${name} is missing, or does not have the documented format.`;
