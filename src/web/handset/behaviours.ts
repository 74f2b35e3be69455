/** The behaviours of a sandbox handset, with a title and a description for its pages. */
import type { HandsetState } from "../../handset/handset-api.ts";

export interface BehaviourOption {
  readonly behaviour: HandsetState["answer"];
  readonly title: string;
  readonly description: string;
}

export const behaviourOptions: readonly BehaviourOption[] = [
  { behaviour: "ask", title: "Ask me", description: "Shows each request here and waits for your answer." },
  {
    behaviour: "approve",
    title: "Always approve",
    description: "Approves each request at once, without asking.",
  },
  {
    behaviour: "decline",
    title: "Always decline",
    description: "Declines each request at once, without asking.",
  },
  {
    behaviour: "ignore",
    title: "Never answer",
    description: "Each request ends at once, as if it had expired.",
  },
  {
    behaviour: "off",
    title: "Switched off",
    description: "Requests fail at once. Messages wait until it is switched on.",
  },
  {
    behaviour: "no_signal",
    title: "No signal",
    description: "Nothing arrives until the signal returns, so requests expire unseen.",
  },
  {
    behaviour: "slow",
    title: "Slow",
    description: "Approves automatically after the number of seconds below.",
  },
  {
    behaviour: "late",
    title: "Too late",
    description: "Approves five seconds after the request has expired, without effect.",
  },
  {
    behaviour: "loses_signal",
    title: "Loses signal after the PIN",
    description: "Asks you. After you enter the PIN, the payment completes; its message waits for a signal.",
  },
];
