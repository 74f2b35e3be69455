/** What a case found out about the listener. */
export type Verdict = "passed" | "warning" | "failed" | "not observable" | "not applicable";

export interface Finding {
  readonly verdict: Verdict;
  /** What was observed, or why nothing could be. */
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

/** Returns the worse of two findings about one case. */
export function pickWorse(one: Finding, other: Finding): Finding {
  const order: readonly Verdict[] = ["not applicable", "passed", "not observable", "warning", "failed"];
  return order.indexOf(other.verdict) > order.indexOf(one.verdict) ? other : one;
}
