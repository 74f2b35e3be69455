/** What the real M-Pesa does, and what this server does: the rows of the fidelity table (`docs/protocols/README.md`). */

/**
 * How the behaviour of the real service is known. `official page`: its operator wrote it. `observed`: a published
 * response has it. `believed`: several clients expect it, or it follows from the rest. `not known`: no source.
 */
export type Evidence = "official page" | "observed" | "believed" | "not known";

export interface FidelityRow {
  /** The calls that it is about, by their names; none: every call. */
  readonly calls: readonly string[];
  readonly behaviour: string;
  readonly real: string;
  readonly evidence: Evidence;
  /** What this server does; null: the same. */
  readonly here: string | null;
  /** Why it is different; present only if it is so on purpose. */
  readonly reason?: string;
}
