/** A handset as the terminal shows it. */
import { markets, type Market } from "../money.ts";
import { facts, indented, localTime, moneyOf } from "./table.ts";
import { paint, sign, type signs } from "./terminal.ts";

/** As the control API tells of it. */
export interface Handset {
  readonly msisdn: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly answer: string;
  readonly delaySeconds: number;
  readonly signal: "on" | "none" | "off";
  readonly pin: { readonly left: number; readonly lockedUntil: string | null };
  readonly prompts: readonly Prompt[];
  readonly messages: readonly Message[];
}

interface Prompt {
  readonly transactionId: string;
  readonly kind: "payment" | "mandate";
  readonly organisation: { readonly shortcode: string; readonly name: string };
  readonly amount: string;
  readonly reference: string;
  readonly at: string;
  readonly expiresAt: string;
  readonly open: boolean;
  readonly says: string;
}

interface Message {
  readonly text: string;
  readonly at: string;
  readonly state: "queued" | "delivered" | "lost";
  readonly says: string;
}

export function handsetInWords(shown: Handset, market: Market, page: string): string {
  const { firstName, lastName, msisdn, pin, prompts } = shown;
  const tries =
    pin.lockedUntil === null ? `${pin.left} tries left` : `locked until ${localTime(pin.lockedUntil)}`;
  const parts = [
    paint("strong", `${firstName} ${lastName}  ${msisdn}`),
    indented(
      facts([
        ["page", paint("hint", page)],
        ["behaves", behaviour(shown)],
        ["signal", shown.signal],
        ["PIN", pin.lockedUntil === null ? tries : paint("warn", tries)],
      ]),
    ),
    ...prompts.map((prompt) => promptInWords(prompt, markets[market].currency)),
    ...(prompts.length === 0 ? [paint("quiet", "Nothing has been asked in the last hour.")] : []),
  ];
  return parts.join("\n\n");
}

const behaviour = ({ answer, delaySeconds }: Handset): string =>
  answer === "slow" ? `slow: after ${delaySeconds} s` : answer.replaceAll("_", "-");

function promptInWords(prompt: Prompt, currency: string): string {
  const { organisation, transactionId, kind, reference, amount, open } = prompt;
  const what = kind === "payment" ? `pay ${moneyOf(amount, currency)} to` : "consent to direct debits of";
  const whom = `${organisation.name} (${organisation.shortcode})`;
  const until = open ? `, until ${localTime(prompt.expiresAt)}` : "";
  return [
    `${sign(open ? "warn" : "quiet")} ${localTime(prompt.at)}  ${paint("strong", transactionId)}  ${what} ${whom}, ref ${reference}`,
    `  ${open ? paint("warn", prompt.says.replace(/\.$/, "") + until) : paint("quiet", prompt.says)}`,
  ].join("\n");
}

const states: Readonly<Record<Message["state"], keyof typeof signs>> = {
  delivered: "good",
  queued: "warn",
  lost: "bad",
};

export function messagesInWords({ messages }: Handset): string {
  if (messages.length === 0) return "No message has come.";
  return messages
    .map(
      ({ text, at, state, says }) =>
        `${sign(states[state])} ${paint("quiet", localTime(at))}  ${text}${state === "delivered" ? "" : paint("quiet", `  ${says}`)}`,
    )
    .join("\n");
}
