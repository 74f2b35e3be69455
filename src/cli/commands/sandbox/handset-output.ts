/** Formats a handset for the terminal. */
import type { ControlResult } from "../../../api/control/client.ts";
import { markets, type Market } from "../../../core/markets.ts";
import { keyValueTable, indent, formatLocalTime, formatMoney } from "../../terminal/table.ts";
import { style, styledSymbol, type symbols } from "../../terminal/styles.ts";

/** As the control API returns it. */
export type Handset = ControlResult<"GET /markets/{market}/handsets/{msisdn}">;
type Prompt = Handset["prompts"][number];
type Message = Handset["messages"][number];

export function formatHandset(handset: Handset, market: Market, page: string): string {
  const { firstName, lastName, msisdn, pin, prompts } = handset;
  const attemptsLeft =
    pin.lockedUntil === null
      ? `${pin.left} attempts left`
      : `locked until ${formatLocalTime(pin.lockedUntil)}`;
  const parts = [
    style("strong", `${firstName} ${lastName}  ${msisdn}`),
    indent(
      keyValueTable([
        ["page", style("hint", page)],
        ["behaves", describeBehaviour(handset)],
        ["signal", handset.signal],
        ["PIN", pin.lockedUntil === null ? attemptsLeft : style("warn", attemptsLeft)],
      ]),
    ),
    ...prompts.map((prompt) => formatPrompt(prompt, markets[market].currency)),
    ...(prompts.length === 0 ? [style("quiet", "No prompts in the last hour.")] : []),
  ];
  return parts.join("\n\n");
}

const describeBehaviour = ({ answer, delaySeconds }: Handset): string =>
  answer === "slow" ? `slow: after ${delaySeconds} s` : answer.replaceAll("_", "-");

function formatPrompt(prompt: Prompt, currency: string): string {
  const { organisation, transactionId, kind, reference, amount, open } = prompt;
  const action = kind === "payment" ? `pay ${formatMoney(amount, currency)} to` : "accept direct debits by";
  const payee = `${organisation.name} (${organisation.shortcode})`;
  const until = open ? `, until ${formatLocalTime(prompt.expiresAt)}` : "";
  return [
    `${styledSymbol(open ? "warn" : "quiet")} ${formatLocalTime(prompt.at)}  ${style("strong", transactionId)}  ${action} ${payee}, ref ${reference}`,
    `  ${open ? style("warn", prompt.says.replace(/\.$/, "") + until) : style("quiet", prompt.says)}`,
  ].join("\n");
}

const stateSymbols: Readonly<Record<Message["state"], keyof typeof symbols>> = {
  delivered: "good",
  queued: "warn",
  lost: "bad",
};

export function formatMessages({ messages }: Handset): string {
  if (messages.length === 0) return "No messages.";
  return messages
    .map(
      ({ text, at, state, says: stateText }) =>
        `${styledSymbol(stateSymbols[state])} ${style("quiet", formatLocalTime(at))}  ${text}${state === "delivered" ? "" : style("quiet", `  ${stateText}`)}`,
    )
    .join("\n");
}
