/**
 * What can be seen and done on the handsets of one rail. The page of the handset, the control API and an
 * operator's gateway all work through this; `phones.ts` has the functions behind it.
 *
 * Times are business time, in milliseconds since 1970. Amounts are decimal texts of the market's currency.
 */
import type { Market } from "../core/money.ts";
import type { PromptBehaviour } from "../store/rail/accounts.ts";
import type { MessageKind } from "../store/rail/messages.ts";

/** Whether the network reaches it: `none` is out of reach, `off` is switched off. */
export type Signal = "on" | "none" | "off";

export interface Party {
  readonly shortcode: string;
  readonly name: string;
}

export interface Prompt {
  /** The TransactionID of what it asks for. */
  readonly paymentId: string;
  readonly kind: "payment" | "mandate";
  readonly organisation: Party;
  /** Zero for a mandate. */
  readonly amount: string;
  /** What the organisation calls the payment, or the mandate. */
  readonly reference: string;
  /** The terms of a mandate in words, such as `monthly from 21/11/2026`; null for a payment. */
  readonly terms: string | null;
  readonly shownAt: number;
  readonly expiresAt: number;
  /** Whole seconds of business time until it expires, 0 or more. */
  readonly secondsLeft: number;
}

/** How a prompt ended: by the customer, by time, or because the payment could not be made after all. */
export type PromptOutcome = "approved" | "declined" | "expired" | "wrong_pin" | "unreachable" | "failed";

export interface EndedPrompt extends Omit<Prompt, "secondsLeft"> {
  readonly endedAt: number;
  readonly ending: PromptOutcome;
  /** A sentence for the screen. */
  readonly says: string;
  /** Whether somebody answered after it had expired, in vain. */
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
  /** Tries that are left before the handset locks, 1 to 3. */
  readonly left: number;
  /** Until when every PIN is refused; null when it is not locked now. */
  readonly lockedUntil: number | null;
}

export interface HandsetState {
  readonly msisdn: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly market: Market;
  readonly currency: string;
  /** How the handset behaves: docs/handsets.md has a row for each. */
  readonly answer: PromptBehaviour;
  /** How long a `slow` one takes, in milliseconds. */
  readonly delayMs: number;
  readonly signal: Signal;
  /** What is on the screen and waits for an answer, oldest first. */
  readonly prompts: readonly Prompt[];
  /** What was on the screen in the last ten minutes and has ended, newest first; five at most. */
  readonly ended: readonly EndedPrompt[];
  readonly pin: PinState;
  /** Delivered ones, newest first; fifty at most. */
  readonly messages: readonly TextMessage[];
  /** The environment's business time when this was read. */
  readonly now: number;
}

/** What stands in the way of a PIN. */
export type PinRefusal =
  | { readonly outcome: "wrong_pin"; readonly left: number }
  | { readonly outcome: "locked"; readonly until: number }
  | { readonly outcome: "no_handset" };

export type ReplyResult = { readonly outcome: "accepted" | "prompt_not_open" | "no_signal" } | PinRefusal;

/** What a question of the menu is answered with when nothing stands in its way. */
export type MenuResult<T> =
  ({ readonly outcome: "accepted" } & T) | { readonly outcome: "no_signal" } | PinRefusal;

export interface RecentPayment {
  readonly transactionId: string;
  readonly at: number;
  /** Whether it came in or went out. */
  readonly direction: "in" | "out";
  readonly amount: string;
  /** The name and number of whoever was on the other side. */
  readonly counterparty: string;
}

export interface HandsetMandate {
  readonly id: string;
  readonly reference: string;
  readonly organisation: Party;
  /** The terms in words, such as `monthly from 21/11/2026`. */
  readonly terms: string;
}

export interface NewHandset {
  readonly msisdn: string;
  /** Four to six digits; `1234` if nothing is said. One who has a handset keeps the PIN unless one is given. */
  readonly pin?: string;
  /** `ask` if nothing is said. */
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
  /** What was typed. Null where the caller vouches for the customer: never from a page. Not looked at for `decline`. */
  readonly pin: string | null;
}

export interface ActiveMandates {
  readonly mandates: readonly HandsetMandate[];
}

/** The handsets of one rail. */
export interface HandsetService {
  /** Null for a number that has no handset. */
  getState(msisdn: string): Promise<HandsetState | null>;
  /** Every number with a handset, in order. */
  list(after: string, limit: number): Promise<readonly HandsetSummary[]>;

  /** Gives a customer a handset. False for a number that nobody has: register the customer first. */
  upsert(handset: NewHandset): Promise<boolean>;
  /**
   * Gives a handset to every one of these customers who has none, and changes nothing else: not how they
   * answer, and nobody's PIN. `pin` is `1234` if nothing is said. Returns who got one.
   */
  provision(msisdns: readonly string[], pin?: string): Promise<ReadonlySet<string>>;
  /** Changes how a handset behaves. When its signal returns, what waited arrives. False if there is none. */
  setBehaviour(msisdn: string, change: BehaviourChange): Promise<boolean>;
  /** Sets the PIN without asking for the old one, and unlocks. False if there is no such handset. */
  setPin(msisdn: string, pin: string): Promise<boolean>;
  /** Forgets wrong PINs and ends a lock. False if there is no such handset. */
  unlock(msisdn: string): Promise<boolean>;

  answerPrompt(request: PromptAnswerRequest): Promise<ReplyResult>;

  /** The menu. Each question needs the PIN, and counts a wrong one. */
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
  /** The last five, newest first. */
  listRecentPayments(
    msisdn: string,
    pin: string,
  ): Promise<MenuResult<{ readonly payments: readonly RecentPayment[] }>>;
  /** Those that are in force, newest first. */
  listMandates(msisdn: string, pin: string): Promise<MenuResult<ActiveMandates>>;
  cancelMandate(
    msisdn: string,
    pin: string,
    mandateId: string,
  ): Promise<MenuResult<object> | { outcome: "mandate_unknown" }>;

  /**
   * Calls back whenever something about the handset may have changed, on this server at once, on another
   * within a quarter of a second. Returns what stops it. `changed` must not throw.
   */
  watch(msisdn: string, onChange: () => void): () => void;

  /**
   * Enrolment, for live handsets on the built-in page. `newEnrolment` makes the secret that an operator hands
   * over (null without a handset) and ends what was enrolled before; `enrol` takes it once, and answers with
   * what the device shows from then on (null if it is wrong); `isEnrolled` knows it again.
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

/** A PIN that a handset may have. */
export const isPin = (text: string): boolean => /^\d{4,6}$/.test(text);

export const defaultPin = "1234";
