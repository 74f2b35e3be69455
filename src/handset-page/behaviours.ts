/** How a sandbox's handset can be told to behave, in a sentence each: the sheet on the phone and the list. */
import type { PhoneState } from "../handset/phone.ts";

export interface Behaviour {
  readonly answer: PhoneState["answer"];
  readonly title: string;
  readonly says: string;
}

export const behaviours: readonly Behaviour[] = [
  { answer: "ask", title: "Ask me", says: "Shows each request here and waits for you." },
  { answer: "approve", title: "Always approve", says: "Approves each request at once, without asking." },
  { answer: "decline", title: "Always decline", says: "Declines each request at once, without asking." },
  { answer: "ignore", title: "Never answer", says: "Each request ends at once, as if nobody had answered." },
  { answer: "off", title: "Switched off", says: "Requests fail at once; messages wait until it is on." },
  {
    answer: "no_signal",
    title: "No signal",
    says: "Nothing arrives until there is signal again, so requests expire unseen.",
  },
  { answer: "slow", title: "Slow", says: "Approves by itself, after as many seconds as you say." },
  { answer: "late", title: "Too late", says: "Approves five seconds after the request expired, in vain." },
  {
    answer: "loses_signal",
    title: "Loses signal after the PIN",
    says: "Asks you. Once the PIN is in, the payment goes through and its message waits for signal.",
  },
];
