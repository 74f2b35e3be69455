/**
 * The texts on a handset: messages, prompts, mandate terms and prompt outcomes.
 *
 * Messages are short because they are sent by SMS: what happened, the other party, the time and the balance. Texts are
 * not stored; they are built from the message's row.
 */
import { formatAmount } from "../core/money.ts";
import { markets, type Market } from "../core/markets.ts";
import { frequencies, type Frequency } from "../payments/mandate-terms.ts";
import { refusals, type Refusal } from "../payments/refusals.ts";
import type { MessageKind, MessageRow } from "../store/rail/messages.ts";
import type { PromptRow } from "../store/rail/prompts.ts";
import type { PromptOutcome } from "./handset-api.ts";

export type MessageFacts = Omit<MessageRow, "id" | "msisdn" | "state" | "deliveredAt" | "lostBy">;

/** `TZS 12,500.00`. */
export function formatMoney(amountMinor: bigint, market: Market): string {
  const { currency, decimals } = markets[market];
  return `${currency} ${formatAmount(amountMinor, decimals).replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ",")}`;
}

const dateFormats = new Map<string, Intl.DateTimeFormat>();

/** `21/11/2026 14:05`, in the market's local time. */
export function formatDateTime(at: number, market: Market): string {
  const { timeZone } = markets[market];
  const format =
    dateFormats.get(timeZone) ??
    new Intl.DateTimeFormat("en-GB", { timeZone, dateStyle: "short", timeStyle: "short", hourCycle: "h23" });
  dateFormats.set(timeZone, format);
  return format.format(at).replace(",", "");
}

/** `20261121` as `21/11/2026`. */
function formatDay(day: number): string {
  const text = String(day);
  return `${text.slice(6)}/${text.slice(4, 6)}/${text.slice(0, 4)}`;
}

interface SentenceParts {
  readonly facts: MessageFacts;
  readonly amount: string;
  readonly organisation: string;
  readonly customer: string;
  readonly mandate: string;
  /** The payment that this one reverses. */
  readonly original: string;
  /** Whether the recipient is an organisation. */
  readonly toOrganisation: boolean;
}

/** `transactionId` converts a payment's id to its TransactionID. */
export function formatMessage(
  facts: MessageFacts,
  market: Market,
  transactionId: (id: bigint) => string,
): string {
  const formatId = (id: bigint): string => transactionId(id).toUpperCase();
  const sentence = sentences[facts.kind]({
    facts,
    amount: formatMoney(facts.amountMinor, market),
    organisation: `${facts.organisationName} (${facts.organisation})`,
    customer: `${facts.counterpartyName} (${facts.counterparty})`.trimStart(),
    mandate: facts.mandateReference ?? facts.customerReference,
    original: facts.originalId === null ? "a payment" : formatId(facts.originalId),
    toOrganisation: facts.balanceMinor === null,
  });
  const balance = facts.balanceMinor === null ? "" : ` Balance ${formatMoney(facts.balanceMinor, market)}.`;
  return `${formatId(facts.paymentId)}: ${sentence}, ${formatDateTime(facts.at.getTime(), market)}.${balance}`;
}

const sentences: Readonly<Record<MessageKind, (parts: SentenceParts) => string>> = {
  paid: ({ amount, organisation, facts }) =>
    `you paid ${amount} to ${organisation}, ref ${getReference(facts)}`,
  received: ({ amount, organisation }) => `you got ${amount} from ${organisation}`,
  debited: ({ amount, organisation, mandate }) =>
    `${organisation} took ${amount} by your direct debit ${mandate}`,
  sold({ amount, organisation, customer, mandate, facts }) {
    if (facts.type === "transfer") return `${organisation} sent you ${amount}`;
    if (facts.type === "debit") return `${customer} paid you ${amount} by direct debit ${mandate}`;
    return `${customer} paid you ${amount}, ref ${getReference(facts)}`;
  },
  returned: ({ toOrganisation, amount, organisation, customer, original }) =>
    toOrganisation
      ? `${amount} of ${original} was returned to you from ${customer}`
      : `${organisation} returned ${amount} of ${original} to you`,
  taken_back: ({ toOrganisation, amount, organisation, customer, original }) =>
    toOrganisation
      ? `${amount} of ${original} was returned to ${customer}`
      : `${organisation} reversed ${amount} of ${original}`,
  mandate: ({ organisation, mandate, facts }) =>
    `${organisation} may now take money by direct debit ${mandate}, ${formatFrequency(facts.frequency)}`,
  mandate_ended: ({ organisation, mandate }) => `direct debit ${mandate} to ${organisation} has ended`,
};

const getReference = ({ customerReference, reference }: MessageFacts): string =>
  customerReference === "" ? reference : customerReference;

const formatFrequency = (frequency: string | null): string =>
  frequency !== null && frequency in frequencies
    ? frequencies[frequency as Frequency]
    : frequencies.on_demand;

/** Formatted as `monthly from 21/11/2026, days 1 to 5, until 20/11/2027`. */
export interface DisplayedTerms {
  readonly frequency: string | null;
  readonly firstPaymentDay: number | null;
  readonly expiryDay: number | null;
  readonly rangeStart: number | null;
  readonly rangeEnd: number | null;
}

export function formatTerms(terms: DisplayedTerms): string {
  const { firstPaymentDay, expiryDay, rangeStart, rangeEnd } = terms;
  return [
    formatFrequency(terms.frequency) +
      (firstPaymentDay === null ? "" : ` from ${formatDay(firstPaymentDay)}`),
    ...(rangeStart === null || rangeEnd === null ? [] : [`days ${rangeStart} to ${rangeEnd}`]),
    ...(expiryDay === null ? [] : [`until ${formatDay(expiryDay)}`]),
  ].join(", ");
}

export function formatPrompt(prompt: PromptRow, market: Market): string {
  const organisation = `${prompt.organisationName} (${prompt.organisation})`;
  return prompt.mandate === null
    ? `Pay ${formatMoney(prompt.amountMinor, market)} to ${organisation}, ref ${prompt.reference}? Enter your PIN to pay.`
    : `Let ${organisation} take money by direct debit ${prompt.reference}, ${formatTerms(prompt.mandate as DisplayedTerms)}? Enter your PIN to agree.`;
}

const outcomeByRefusal = {
  customer_declined: "declined",
  customer_did_not_answer: "expired",
  customer_pin_wrong: "wrong_pin",
  customer_unreachable: "unreachable",
} as const satisfies Partial<Record<Refusal, PromptOutcome>>;

/** How a prompt ended, with the message for the screen. Approval ends the prompt, even if the payment is then held. */
export function promptOutcome({ endedAt, refusal, mandate }: PromptRow): {
  outcome: PromptOutcome;
  message: string;
} {
  // The prompt has expired; its row is not updated yet.
  if (endedAt === null) return { outcome: "expired", message: outcomeMessages.expired };
  if (refusal === null)
    return { outcome: "approved", message: mandate === null ? "You paid." : "You agreed." };
  // The customer approved a two-step payment, and later the hold was released or expired.
  if (refusal === "released_by_organisation" || refusal === "hold_expired") {
    return { outcome: "approved", message: "You paid. The money was returned later." };
  }
  const outcome = (outcomeByRefusal as Partial<Record<string, PromptOutcome>>)[refusal] ?? "failed";
  const message = (outcomeMessages as Partial<Record<PromptOutcome, string>>)[outcome];
  return { outcome, message: message ?? refusals[refusal as Refusal].description };
}

const outcomeMessages = {
  declined: "You cancelled.",
  expired: "You did not answer in time.",
  wrong_pin: "You entered a wrong PIN three times.",
} as const satisfies Partial<Record<PromptOutcome, string>>;
