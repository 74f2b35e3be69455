/** What a table of settings has of each. */
import type * as parsers from "./parsers.ts";

/** One row of the table. `default` is null if a missing value has a meaning of its own. */
export interface Setting<Result> {
  readonly default: string | null;
  readonly description: string;
  readonly rationale: string;
  readonly parse: parsers.Parser<Result>;
}
