/** What a handset shows, put together from its rows. */
import { formatAmount, markets, type Market } from "../money.ts";
import type { StandingAnswer } from "../store/accounts.ts";
import type { HandsetRow } from "../store/handsets.ts";
import type { MessageRow } from "../store/messages.ts";
import type { PromptRow } from "../store/prompts.ts";
import { minute } from "../clock.ts";
import type { EndedPrompt, PhoneState, Prompt, Signal, TextMessage } from "./phone.ts";
import { pinState } from "./pin.ts";
import { endingOf, messageText, termsText, type TermsInWords } from "./words.ts";

/** How long a prompt that has ended is still spoken of, in milliseconds of business time. */
export const endedFor = 10 * minute;
export const messagesShown = 50;
const endedShown = 5;

export interface View {
  readonly market: Market;
  readonly transactionId: (id: bigint) => string;
  readonly now: number;
}

export function signalOf(answer: StandingAnswer): Signal {
  if (answer === "off") return "off";
  return answer === "no_signal" ? "none" : "on";
}

/** `prompts` newest first, as they are read. */
export function phoneState(
  handset: HandsetRow,
  prompts: readonly PromptRow[],
  messages: readonly MessageRow[],
  view: View,
): PhoneState {
  const { now, market } = view;
  const shown = prompts.filter((prompt) => prompt.shownAt !== null);
  const isOpen = (prompt: PromptRow): boolean => prompt.endedAt === null && prompt.expiresAt.getTime() > now;
  return {
    msisdn: handset.msisdn,
    firstName: handset.firstName,
    lastName: handset.lastName,
    market,
    currency: markets[market].currency,
    answer: handset.answer,
    delayMs: handset.delayMs,
    signal: signalOf(handset.answer),
    prompts: shown
      .filter(isOpen)
      .toReversed()
      .map((prompt) => openPrompt(prompt, view)),
    ended: shown
      .filter((prompt) => !isOpen(prompt))
      .slice(0, endedShown)
      .map((prompt) => endedPrompt(prompt, view)),
    pin: pinState({ wrongPins: handset.wrongPins, lockedUntil: handset.lockedUntil?.getTime() ?? null }, now),
    messages: messages.map((message) => textMessage(message, view)),
    now,
  };
}

function screen(prompt: PromptRow, { market, transactionId }: View): Omit<Prompt, "secondsLeft"> {
  const { mandate } = prompt;
  return {
    paymentId: transactionId(prompt.paymentId),
    kind: mandate === null ? "payment" : "mandate",
    organisation: { shortcode: prompt.organisation, name: prompt.organisationName },
    amount: formatAmount(prompt.amountMinor, markets[market].decimals),
    reference: prompt.reference,
    terms: mandate === null ? null : termsText(mandate as TermsInWords),
    shownAt: prompt.shownAt?.getTime() ?? 0,
    expiresAt: prompt.expiresAt.getTime(),
  };
}

function openPrompt(prompt: PromptRow, view: View): Prompt {
  const secondsLeft = Math.max(0, Math.ceil((prompt.expiresAt.getTime() - view.now) / 1000));
  return { ...screen(prompt, view), secondsLeft };
}

function endedPrompt(prompt: PromptRow, view: View): EndedPrompt {
  return {
    ...screen(prompt, view),
    endedAt: (prompt.endedAt ?? prompt.expiresAt).getTime(),
    ...endingOf(prompt),
    answeredLate: prompt.answeredLate,
  };
}

function textMessage(message: MessageRow, { market, transactionId }: View): TextMessage {
  return {
    id: message.id.toString(),
    kind: message.kind,
    at: (message.deliveredAt ?? message.at).getTime(),
    text: messageText(message, market, transactionId),
  };
}
