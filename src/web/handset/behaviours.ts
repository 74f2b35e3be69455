/** How a sandbox's handset can be told to behave, in a sentence each: the sheet on the phone and the list. */
import type { HandsetState } from "../../handset/handset-api.ts";

export interface BehaviourOption {
  readonly behaviour: HandsetState["answer"];
  readonly title: string;
  readonly description: string;
}

export const behaviourOptions: readonly BehaviourOption[] = [
  { behaviour: "ask", title: "Ask me", description: "Shows each request here and waits for you." },
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
    description: "Each request ends at once, as if nobody had answered.",
  },
  {
    behaviour: "off",
    title: "Switched off",
    description: "Requests fail at once; messages wait until it is on.",
  },
  {
    behaviour: "no_signal",
    title: "No signal",
    description: "Nothing arrives until there is signal again, so requests expire unseen.",
  },
  { behaviour: "slow", title: "Slow", description: "Approves by itself, after as many seconds as you say." },
  {
    behaviour: "late",
    title: "Too late",
    description: "Approves five seconds after the request expired, in vain.",
  },
  {
    behaviour: "loses_signal",
    title: "Loses signal after the PIN",
    description: "Asks you. Once the PIN is in, the payment goes through and its message waits for signal.",
  },
];
