/** Builds the state of a handset from its rows. */
import { formatAmount } from "../core/money.ts";
import { markets, type Market } from "../core/markets.ts";
import type { PromptBehaviour } from "../store/rail/accounts.ts";
import type { HandsetRow } from "../store/rail/handsets.ts";
import type { MessageRow } from "../store/rail/messages.ts";
import type { PromptRow } from "../store/rail/prompts.ts";
import { msPerMinute } from "../core/clock.ts";
import type { EndedPrompt, HandsetState, Party, Prompt, Signal, TextMessage } from "./handset-api.ts";
import { pinState } from "./pin.ts";
import { promptOutcome, formatMessage, formatTerms, type DisplayedTerms } from "./message-text.ts";

/** How long an ended prompt stays in the state, in business time. */
export const endedPromptRetentionMs = 10 * msPerMinute;
export const maxMessages = 50;
const maxEndedPrompts = 5;

export interface HandsetStateContext {
  readonly market: Market;
  readonly transactionId: (id: bigint) => string;
  readonly now: number;
  readonly blocked: readonly Party[];
}

export function toSignal(behaviour: PromptBehaviour): Signal {
  if (behaviour === "off") return "off";
  return behaviour === "no_signal" ? "none" : "on";
}

/** `prompts` must be newest first. */
export function toHandsetState(
  handset: HandsetRow,
  prompts: readonly PromptRow[],
  messages: readonly MessageRow[],
  context: HandsetStateContext,
): HandsetState {
  const { now, market, blocked } = context;
  const visiblePrompts = prompts.filter((prompt) => prompt.displayedAt !== null);
  const isOpen = (prompt: PromptRow): boolean => prompt.endedAt === null && prompt.expiresAt.getTime() > now;
  return {
    msisdn: handset.msisdn,
    firstName: handset.firstName,
    lastName: handset.lastName,
    market,
    currency: markets[market].currency,
    answer: handset.behaviour,
    delayMs: handset.delayMs,
    signal: toSignal(handset.behaviour),
    prompts: visiblePrompts
      .filter(isOpen)
      .toReversed()
      .map((prompt) => toOpenPrompt(prompt, context)),
    ended: visiblePrompts
      .filter((prompt) => !isOpen(prompt))
      .slice(0, maxEndedPrompts)
      .map((prompt) => toEndedPrompt(prompt, context)),
    pin: pinState({ wrongPins: handset.wrongPins, lockedUntil: handset.lockedUntil?.getTime() ?? null }, now),
    blocked,
    messages: messages.map((message) => toTextMessage(message, context)),
    now,
  };
}

function toPromptFields(
  prompt: PromptRow,
  { market, transactionId }: HandsetStateContext,
): Omit<Prompt, "secondsLeft"> {
  const { mandate } = prompt;
  return {
    paymentId: transactionId(prompt.paymentId),
    kind: mandate === null ? "payment" : "mandate",
    organisation: { shortcode: prompt.organisation, name: prompt.organisationName },
    amount: formatAmount(prompt.amountMinor, markets[market].decimals),
    reference: prompt.reference,
    terms: mandate === null ? null : formatTerms(mandate as DisplayedTerms, prompt.orderAmountMinor, market),
    shownAt: prompt.displayedAt?.getTime() ?? 0,
    expiresAt: prompt.expiresAt.getTime(),
  };
}

function toOpenPrompt(prompt: PromptRow, context: HandsetStateContext): Prompt {
  const secondsLeft = Math.max(0, Math.ceil((prompt.expiresAt.getTime() - context.now) / 1000));
  return { ...toPromptFields(prompt, context), secondsLeft };
}

function toEndedPrompt(prompt: PromptRow, context: HandsetStateContext): EndedPrompt {
  const ended = promptOutcome(prompt);
  return {
    ...toPromptFields(prompt, context),
    endedAt: (prompt.endedAt ?? prompt.expiresAt).getTime(),
    ending: ended.outcome,
    says: ended.message,
    answeredLate: prompt.answeredLate,
  };
}

function toTextMessage(message: MessageRow, { market, transactionId }: HandsetStateContext): TextMessage {
  return {
    id: message.id.toString(),
    kind: message.kind,
    at: (message.deliveredAt ?? message.at).getTime(),
    text: formatMessage(message, market, transactionId),
  };
}
