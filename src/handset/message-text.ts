/**
 * The texts on a handset: messages, prompts, mandate terms and prompt outcomes.
 *
 * `words` has the texts; this file chooses one by the row and formats its amounts and times. Messages are short because
 * they are sent by SMS: what happened, the other party, the time and the balance. Texts are not stored. All are in the
 * default language, because a customer has no language setting.
 */
import { formatAmount } from "../core/money.ts";
import { getMoneyPrefix, markets, type Market } from "../core/markets.ts";
import type { Frequency } from "../payments/mandate-terms.ts";
import { refusals, type Refusal } from "../payments/refusals.ts";
import type { MessageRow } from "../store/rail/messages.ts";
import type { PromptRow } from "../store/rail/prompts.ts";
import { defaultLanguage, getMarketWords, getWords, type SmsParts, type Words } from "../words/index.ts";
import type { PromptOutcome } from "./handset-api.ts";

const defaultWords = getWords(defaultLanguage);

export type MessageFacts = Omit<MessageRow, "id" | "msisdn" | "state" | "deliveredAt" | "lostBy">;

/** `TZS 12,500.00`, and in Kenya `Ksh12,500.00`. */
export function formatMoney(amountMinor: bigint, market: Market): string {
  const { decimals } = markets[market];
  return `${getMoneyPrefix(market)}${formatAmount(amountMinor, decimals).replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ",")}`;
}

const dateFormats = new Map<string, Intl.DateTimeFormat>();

/** `21/11/2026 14:05`, in the market's local time. The same digits in every language. */
export function formatDateTime(at: number, market: Market): string {
  const { timeZone } = markets[market];
  const format =
    dateFormats.get(timeZone) ??
    new Intl.DateTimeFormat("en-GB", { timeZone, dateStyle: "short", timeStyle: "short", hourCycle: "h23" });
  dateFormats.set(timeZone, format);
  return format.format(at).replace(",", "");
}

/** `6/11/25` and `11:02 PM`, in the market's local time. */
function formatShortTime(at: number, market: Market): { date: string; timeOfDay: string } {
  const { timeZone } = markets[market];
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat("en-US", { timeZone, ...options }).formatToParts(at);
  const getPart = (parts: Intl.DateTimeFormatPart[], type: string): string =>
    parts.find((part) => part.type === type)?.value ?? "";
  const date = format({ day: "numeric", month: "numeric", year: "2-digit" });
  const time = format({ hour: "numeric", minute: "2-digit", hour12: true });
  return {
    date: `${getPart(date, "day")}/${getPart(date, "month")}/${getPart(date, "year")}`,
    timeOfDay: `${getPart(time, "hour")}:${getPart(time, "minute")} ${getPart(time, "dayPeriod")}`,
  };
}

/** `20261121` as `21/11/2026`. */
function formatDay(day: number): string {
  const text = String(day);
  return `${text.slice(6)}/${text.slice(4, 6)}/${text.slice(0, 4)}`;
}

/** `transactionId` converts a payment's id to its TransactionID, for a payment without a dated receipt. */
export function formatMessage(
  facts: MessageFacts,
  market: Market,
  transactionId: (id: bigint) => string,
  words: Words = getMarketWords(defaultLanguage, market),
): string {
  const formatId = (id: bigint, receipt: string | null): string => receipt ?? transactionId(id).toUpperCase();
  const { kind, balanceMinor, originalId, customerReference, text } = facts;
  if (text !== null || kind === "text") return text ?? "";
  const at = facts.at.getTime();
  if (kind === "invoice" || kind === "invoice_reminder") return formatInvoice(words, facts, market);
  return words.sms.message({
    transactionId: formatId(facts.paymentId, facts.receipt),
    sentence: formatSentence(
      words,
      { ...facts, kind },
      {
        amount: formatMoney(facts.amountMinor, market),
        organisation: `${facts.organisationName} (${facts.organisation})`,
        organisationName: facts.organisationName,
        customer: `${facts.counterpartyName} (${facts.counterparty})`.trimStart(),
        mandate: facts.mandateReference ?? customerReference,
        orderAmount: facts.orderAmountMinor === null ? null : formatMoney(facts.orderAmountMinor, market),
        original:
          originalId === null ? words.sms.unknownPayment : formatId(originalId, facts.originalReceipt),
        reference: customerReference === "" ? facts.reference : customerReference,
        account: customerReference,
      },
    ),
    time: formatDateTime(at, market),
    ...formatShortTime(at, market),
    balance: balanceMinor === null ? null : formatMoney(balanceMinor, market),
  });
}

type PaymentMessageKind = Exclude<MessageFacts["kind"], "invoice" | "invoice_reminder" | "text">;

function formatInvoice(
  { sms }: Words,
  { kind, amountMinor, organisation, organisationName, customerReference, invoiceName, dueDay }: MessageFacts,
  market: Market,
): string {
  const parts = {
    amount: formatMoney(amountMinor, market),
    organisationName,
    shortcode: organisation,
    account: customerReference,
    name: invoiceName ?? "",
    lastDay: formatDay(dueDay ?? 0),
  };
  return kind === "invoice" ? sms.invoice(parts) : sms.invoiceReminder(parts);
}

function formatSentence(
  words: Words,
  {
    kind,
    type,
    frequency,
    balanceMinor,
  }: Pick<MessageFacts, "type" | "frequency" | "balanceMinor"> & { readonly kind: PaymentMessageKind },
  parts: SmsParts,
): string {
  const { sms } = words;
  const toOrganisation = balanceMinor === null;
  switch (kind) {
    case "paid":
      return sms.paid(parts);
    case "received":
      return sms.received(parts);
    case "promotion":
      return sms.promotion(parts);
    case "debited":
      return sms.debited(parts);
    case "sold":
      if (type === "transfer") return sms.transferReceived(parts);
      return type === "debit" ? sms.debitReceived(parts) : sms.paymentReceived(parts);
    case "returned":
      return toOrganisation ? sms.returnedToOrganisation(parts) : sms.returnedToCustomer(parts);
    case "taken_back":
      return toOrganisation ? sms.takenFromOrganisation(parts) : sms.takenFromCustomer(parts);
    case "not_paid":
      return sms.notPaid(parts);
    case "order_skipped":
      return sms.orderSkipped(parts);
    case "mandate":
      return sms.mandateCreated({ ...parts, frequency: formatFrequency(frequency, words) });
    case "mandate_ended":
    default:
      return sms.mandateEnded(parts);
  }
}

/** The annotation compiles only if every frequency of `payments` has a text. */
function formatFrequency(frequency: string | null, words: Words): string {
  const { frequencies }: { readonly frequencies: Readonly<Record<Frequency, string>> } = words;
  return frequency !== null && Object.hasOwn(frequencies, frequency)
    ? frequencies[frequency as Frequency]
    : frequencies.on_demand;
}

/** Formatted as `monthly from 21/11/2026, days 1 to 5, until 20/11/2027`. */
export interface DisplayedTerms {
  readonly frequency: string | null;
  readonly firstPaymentDay: number | null;
  readonly expiryDay: number | null;
  readonly rangeStart: number | null;
  readonly rangeEnd: number | null;
}

/** `orderAmountMinor` is what a standing order takes each time; null for a mandate whose amounts the organisation chooses. */
export function formatTerms(
  terms: DisplayedTerms,
  orderAmountMinor: bigint | null,
  market: Market,
  words: Words = getMarketWords(defaultLanguage, market),
): string {
  const { firstPaymentDay, expiryDay, rangeStart, rangeEnd } = terms;
  return words.prompts.terms({
    amount: orderAmountMinor === null ? null : formatMoney(orderAmountMinor, market),
    frequency: formatFrequency(terms.frequency, words),
    firstDay: firstPaymentDay === null ? null : formatDay(firstPaymentDay),
    days: rangeStart === null || rangeEnd === null ? null : { start: rangeStart, end: rangeEnd },
    lastDay: expiryDay === null ? null : formatDay(expiryDay),
  });
}

export function formatPrompt(
  prompt: PromptRow,
  market: Market,
  words: Words = getMarketWords(defaultLanguage, market),
): string {
  const { reference, mandate } = prompt;
  const organisation = `${prompt.organisationName} (${prompt.organisation})`;
  return mandate === null
    ? words.prompts.payment({ amount: formatMoney(prompt.amountMinor, market), organisation, reference })
    : words.prompts.mandate({
        organisation,
        reference,
        terms: formatTerms(mandate as DisplayedTerms, prompt.orderAmountMinor, market, words),
      });
}

const outcomeByRefusal = {
  customer_declined: "declined",
  customer_did_not_answer: "expired",
  prompt_expired: "expired",
  prompt_undelivered: "expired",
  customer_pin_wrong: "wrong_pin",
  customer_unreachable: "unreachable",
} as const satisfies Partial<Record<Refusal, PromptOutcome>>;

/** How a prompt ended, with the message for the screen. Approval ends the prompt, even if the payment is then held. */
export function promptOutcome(
  { endedAt, refusal, mandate }: PromptRow,
  words: Words = defaultWords,
): { outcome: PromptOutcome; message: string } {
  const { prompts } = words;
  // The prompt has expired; its row is not updated yet.
  if (endedAt === null) return { outcome: "expired", message: prompts.expired };
  if (refusal === null)
    return { outcome: "approved", message: mandate === null ? prompts.paid : prompts.agreed };
  // The customer approved a two-step payment, and later the hold was released or expired.
  if (refusal === "released_by_organisation" || refusal === "hold_expired") {
    return { outcome: "approved", message: prompts.paidAndReturned };
  }
  const outcome = (outcomeByRefusal as Partial<Record<string, PromptOutcome>>)[refusal] ?? "failed";
  return { outcome, message: formatRefusal(outcome, refusal as Refusal, words) };
}

function formatRefusal(outcome: PromptOutcome, refusal: Refusal, { prompts }: Words): string {
  if (outcome === "declined") return prompts.declined;
  if (outcome === "expired") return prompts.expired;
  if (outcome === "wrong_pin") return prompts.wrongPin;
  return prompts.refused(refusal, refusals[refusal].description);
}
