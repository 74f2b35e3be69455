/** The behaviours of a sandbox handset, in the order of its page. `words` has a title and a description of each. */
import type { HandsetState } from "../../handset/handset-api.ts";

export const behaviours = [
  "ask",
  "approve",
  "decline",
  "ignore",
  "off",
  "no_signal",
  "slow",
  "late",
  "loses_signal",
] as const satisfies readonly HandsetState["answer"][];
