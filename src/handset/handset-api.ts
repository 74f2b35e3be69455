/**
 * The interface to the handsets of one rail, for the handset pages and the control API. `handset-service.ts` implements it.
 *
 * Times are business time, in milliseconds since 1970. Amounts are decimal strings in the market's currency.
 */
import type { Market } from "../core/markets.ts";
import type { MerchantPaymentPurpose } from "../payments/pay-merchant.ts";
import type { PromptBehaviour } from "../store/rail/accounts.ts";
import type { MessageKind } from "../store/rail/messages.ts";

export type { MerchantPaymentPurpose };

/** `none`: out of coverage. `off`: switched off. */
export type Signal = "on" | "none" | "off";

export interface Party {
  readonly shortcode: string;
  readonly name: string;
}

export interface Prompt {
  /** The TransactionID of the payment or mandate. */
  readonly paymentId: string;
  readonly kind: "payment" | "mandate";
  readonly organisation: Party;
  /** Zero for a mandate. */
  readonly amount: string;
  /** The organisation's reference for the payment or mandate. */
  readonly reference: string;
  /** The terms of a mandate, such as `monthly from 21/11/2026`; null for a payment. */
  readonly terms: string | null;
  readonly shownAt: number;
  readonly expiresAt: number;
  /** Whole seconds of business time until it expires, 0 or more. */
  readonly secondsLeft: number;
}

/** `failed`: the customer approved, but the payment was refused. */
export type PromptOutcome = "approved" | "declined" | "expired" | "wrong_pin" | "unreachable" | "failed";

export interface EndedPrompt extends Omit<Prompt, "secondsLeft"> {
  readonly endedAt: number;
  readonly ending: PromptOutcome;
  /** The message on the screen. */
  readonly says: string;
  /** Whether an answer arrived after the prompt had expired. It had no effect. */
  readonly answeredLate: boolean;
}

export interface TextMessage {
  readonly id: string;
  readonly kind: MessageKind;
  /** When it was delivered. */
  readonly at: number;
  readonly text: string;
}

export interface PinState {
  /** Attempts left before the handset locks, 1 to 3. */
  readonly left: number;
  /** Until then every PIN is refused. Null if the handset is not locked. */
  readonly lockedUntil: number | null;
}

export interface HandsetState {
  readonly msisdn: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly market: Market;
  readonly currency: string;
  /** How the handset reacts to prompts. docs/handsets.md describes each value. */
  readonly answer: PromptBehaviour;
  /** How long a `slow` handset takes to approve. */
  readonly delayMs: number;
  readonly signal: Signal;
  /** Open prompts, oldest first. */
  readonly prompts: readonly Prompt[];
  /** Prompts that ended in the last ten minutes, newest first; at most five. */
  readonly ended: readonly EndedPrompt[];
  readonly pin: PinState;
  /** The organisations that the customer has blocked, by shortcode. */
  readonly blocked: readonly Party[];
  /** Delivered messages, newest first; at most fifty. */
  readonly messages: readonly TextMessage[];
  /** Business time when this state was read. */
  readonly now: number;
}

/** Why a PIN was not accepted. */
export type PinRefusal =
  | { readonly outcome: "wrong_pin"; readonly left: number }
  | { readonly outcome: "locked"; readonly until: number }
  | { readonly outcome: "no_handset" };

/** Why an answer to a prompt was not accepted. */
export type AnswerRefusal =
  | Exclude<PinRefusal, { outcome: "locked" }>
  /** `promptEnded`: this wrong PIN locked the handset and ended the prompt. Otherwise the handset was locked before. */
  | { readonly outcome: "locked"; readonly until: number; readonly promptEnded: boolean };

export type ReplyResult = { readonly outcome: "accepted" | "prompt_not_open" | "no_signal" } | AnswerRefusal;

/** The result of a menu query or action; `T` has the data of a successful one. */
export type MenuResult<T> =
  ({ readonly outcome: "accepted" } & T) | { readonly outcome: "no_signal" } | PinRefusal;

export interface RecentPayment {
  readonly transactionId: string;
  readonly at: number;
  readonly direction: "in" | "out";
  readonly amount: string;
  /** Name and number of the other party. */
  readonly counterparty: string;
}

export interface HandsetMandate {
  readonly id: string;
  readonly reference: string;
  readonly organisation: Party;
  /** Such as `monthly from 21/11/2026`. */
  readonly terms: string;
}

/** A payment to a merchant, as the customer entered it. */
export interface MenuPayment {
  readonly purpose: MerchantPaymentPurpose;
  readonly shortcode: string;
  /** The account number at a paybill; empty for a till. */
  readonly account: string;
  /** Whole units of the currency. */
  readonly amount: string;
}

/** `pending`: the merchant's server is being asked, and an SMS says how it ended. */
export type MenuPaymentResult =
  { readonly status: "paid" | "pending" } | { readonly status: "refused"; readonly reason: string };

/** The result of blocking or unblocking an organisation. */
export type BlockResult =
  | { readonly outcome: "accepted"; readonly organisation: Party }
  | { readonly outcome: "organisation_unknown" | "too_many_blocked" | "no_handset" };

export interface NewHandset {
  readonly msisdn: string;
  /** Four to six digits. Default: `1234` for a new handset; an existing handset keeps its PIN. */
  readonly pin?: string;
  /** Default: `ask` for a new handset; an existing handset keeps its behaviour. */
  readonly behaviour?: PromptBehaviour;
}

export interface BehaviourChange {
  readonly behaviour?: PromptBehaviour;
  /** 0 to 3,600,000. */
  readonly delayMs?: number;
}

export interface PromptAnswerRequest {
  readonly msisdn: string;
  /** The prompt's TransactionID. */
  readonly paymentId: string;
  readonly reply: "approve" | "decline";
  /** The PIN that was typed. Null skips the check: the control API may do that, a page never. Not used for `decline`. */
  readonly pin: string | null;
}

export interface ActiveMandates {
  readonly mandates: readonly HandsetMandate[];
}

export interface HandsetService {
  /** Null if the number has no handset. */
  getState(msisdn: string): Promise<HandsetState | null>;
  /** Numbers with a handset, in ascending order, starting after `after`. */
  list(after: string, limit: number): Promise<readonly HandsetSummary[]>;

  /** Creates a handset for a customer, or updates it. False if no customer has the number: register the customer first. */
  upsert(handset: NewHandset): Promise<boolean>;
  /**
   * Creates handsets for those of these customers who have none. Existing handsets and behaviours do not change.
   * `pin` defaults to `1234`. Returns the numbers that got a handset.
   */
  provision(msisdns: readonly string[], pin?: string): Promise<ReadonlySet<string>>;
  /** When the signal returns, waiting prompts and messages are delivered. False if there is no such handset. */
  setBehaviour(msisdn: string, change: BehaviourChange): Promise<boolean>;
  /** Sets the PIN without checking the old one, and unlocks the handset. False if there is no such handset. */
  setPin(msisdn: string, pin: string): Promise<boolean>;
  /** Resets the count of wrong PINs and ends a lock. False if there is no such handset. */
  unlock(msisdn: string): Promise<boolean>;

  answerPrompt(request: PromptAnswerRequest): Promise<ReplyResult>;

  /**
   * Refuses the collections, mandates and debits of an organisation from now on, and declines its open prompts. Needs no
   * PIN, as declining does. `unblock` ends it: each later prompt needs the PIN.
   */
  block(msisdn: string, shortcode: string): Promise<BlockResult>;
  unblock(msisdn: string, shortcode: string): Promise<BlockResult>;

  /** The menu. Each query or action needs the PIN; a wrong PIN is counted. */
  checkPin(msisdn: string, pin: string): Promise<MenuResult<object>>;
  changePin(
    msisdn: string,
    oldPin: string,
    newPin: string,
  ): Promise<MenuResult<object> | { outcome: "pin_not_accepted" }>;
  getBalance(
    msisdn: string,
    pin: string,
  ): Promise<MenuResult<{ readonly available: string; readonly held: string }>>;
  /** The last five payments, newest first. */
  listRecentPayments(
    msisdn: string,
    pin: string,
  ): Promise<MenuResult<{ readonly payments: readonly RecentPayment[] }>>;
  /** Active mandates, newest first. */
  listMandates(msisdn: string, pin: string): Promise<MenuResult<ActiveMandates>>;
  cancelMandate(
    msisdn: string,
    pin: string,
    mandateId: string,
  ): Promise<MenuResult<object> | { outcome: "mandate_unknown" }>;

  /** The organisation that a customer may pay under a shortcode; null if there is none for this purpose. */
  findMerchant(shortcode: string, purpose: MerchantPaymentPurpose): Promise<Party | null>;
  payMerchant(
    msisdn: string,
    pin: string,
    payment: MenuPayment,
  ): Promise<MenuResult<{ readonly payment: MenuPaymentResult }>>;

  /** The blocked organisations, by shortcode. */
  listBlocked(msisdn: string, pin: string): Promise<MenuResult<{ readonly blocked: readonly Party[] }>>;
  changeBlock(
    msisdn: string,
    pin: string,
    change: { readonly shortcode: string; readonly blocked: boolean },
  ): Promise<Exclude<MenuResult<object>, { outcome: "accepted" }> | BlockResult>;

  /**
   * Calls `onChange` when the handset may have changed: at once for changes on this server, within a quarter of a
   * second for changes on other servers. Returns a function that stops watching. `onChange` must not throw.
   */
  watch(msisdn: string, onChange: () => void): () => void;

  /**
   * Enrolment of a device for a live handset in the browser. `createEnrolment` creates a one-time secret for the
   * customer (null if there is no handset) and revokes the previous device. `enrol` exchanges the secret for the
   * device's token (null if the secret is wrong). `isEnrolled` checks that token.
   */
  createEnrolment(msisdn: string): Promise<string | null>;
  enrol(msisdn: string, secret: string): Promise<string | null>;
  isEnrolled(msisdn: string, device: string): Promise<boolean>;
}

export interface HandsetSummary {
  readonly msisdn: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly behaviour: PromptBehaviour;
  readonly delayMs: number;
}

export const isPin = (text: string): boolean => /^\d{4,6}$/.test(text);

export const defaultPin = "1234";
