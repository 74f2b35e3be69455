/**
 * What the listener check needs of a protocol: its callbacks for payments that were never made, the names that its
 * advice uses, and bodies that no sender should send.
 */
import type { RenderedNotification } from "../callbacks/notification.ts";
import type { Market } from "../core/markets.ts";
import type { RecordedRefusal } from "../payments/refusals.ts";

export type { RecordedRefusal } from "../payments/refusals.ts";

/** The effect of a failed case. */
export type Severity = "money" | "message" | "sturdiness" | "form";

/** Test data from a seed. A value depends only on the seed and its label. */
export interface SeededRandom {
  readonly seed: string;
  bytes(label: string, count: number): Buffer;
  /** A whole number below the limit. */
  below(label: string, limit: number): number;
  digits(label: string, count: number): string;
  /** Lower-case letters and digits. */
  letters(label: string, count: number): string;
}

/** A payment as both sides know it. */
export interface CheckedPayment {
  /** The name in reports, such as `payment 2`. */
  readonly label: string;
  readonly call: string;
  readonly market: Market;
  /** The caller's id of the request. */
  readonly reference: string;
  /** The platform's id of the request, from the response to it. */
  readonly conversationId: string;
  readonly transactionId: string;
  /** Decimal. */
  readonly amount: string;
  readonly currency: string;
  readonly msisdn: string;
  /** Whether the merchant's system requested the payment and so expects its result. */
  readonly requested: boolean;
  /** The TransactionID of the reservation that this payment commits; empty for others. */
  readonly committedTransactionId: string;
}

/** What a listener gets about a payment. */
export interface ListenerMessage extends RenderedNotification {
  readonly payment: CheckedPayment;
  readonly code: string;
  readonly succeeded: boolean;
}

export interface CallbackRefusal {
  readonly code: string;
  readonly refusal: RecordedRefusal;
}

/** What is sent instead of a success. */
export interface MalformedBody {
  readonly severity: Severity;
  readonly expects: string;
  readonly consequence: string;
  readonly fix: string;
  /** `acceptable` must be accepted, `unreadable` must be refused, and `harmless` only needs a response. */
  readonly expectation: "acceptable" | "unreadable" | "harmless";
  /** Makes the body, or the query string of a GET, from that of a valid success. */
  readonly body: (validBody: string) => string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether an open payment exists that this body must not book. */
  readonly targetsPayment?: true;
}

/** What an unreadable body shows of a listener, in every protocol. */
export const unreadableBody = {
  severity: "sturdiness",
  expectation: "unreadable",
  consequence:
    "A listener that crashes loses other results too; one that responds with 2xx closes a message that it could not read.",
  fix: "Catch parse errors, validate the parsed structure, and respond with 400.",
} as const;

/** What a body with more than is documented shows of a listener, in every protocol. */
export const acceptableBody = {
  severity: "message",
  expectation: "acceptable",
  consequence: "When a field is added, no result is accepted any more.",
  fix: "Read the fields that you know and ignore the others.",
} as const;

/** Messages about one payment that a listener must book once. */
export interface MessageVariant extends Pick<MalformedBody, "severity" | "expects" | "consequence" | "fix"> {
  /** What is sent, in a sentence. */
  readonly description: string;
  /** The call of the payment. */
  readonly call: string;
  buildMessages(random: SeededRandom, payment: CheckedPayment): readonly ListenerMessage[];
}

/** How the protocol asks a listener whether it accepts a payment, before the money moves. */
export interface ValidationCheck {
  /** How long the platform waits for the answer. */
  readonly timeoutMs: number;
  /** Names of codes that the advice uses. */
  readonly acceptance: string;
  buildMessage(random: SeededRandom, payment: CheckedPayment): ListenerMessage;
  /** A sentence that says why a response is no answer, or null if it is one. */
  findProblem(response: { readonly status: number; readonly body: string }): string | null;
}

/** Names on the wire that the advice of a case uses. */
export interface CallbackNames {
  /** The field with the caller's id of the request. */
  readonly reference: string;
  /** The field with the platform's id of the request. */
  readonly conversationId: string;
  /** What people call the platform's id of the request. */
  readonly conversationIdTitle: string;
  /** The call that returns the status of a payment. */
  readonly statusQuery: string;
}

export interface ListenerChecks {
  readonly protocol: string;
  /** The calls whose results a listener may get. */
  readonly calls: readonly string[];
  /** The calls whose success moves money and must be booked once. */
  readonly moneyCalls: readonly string[];
  /** The call of a run that names none, and of a payment in the sandbox: one of `moneyCalls`. */
  readonly mainCall: string;
  /** The calls of a two-step payment; null for a protocol that has none. */
  readonly twoStep: { readonly reserve: string; readonly commit: string } | null;
  readonly names: CallbackNames;
  /** Codes that do not say how a payment ended: the merchant must query its status. */
  readonly inconclusiveCodes: readonly string[];
  /** What the case about the listener's responses says. */
  readonly acknowledgement: { readonly expects: string; readonly fix: string };
  readonly malformedBodies: Readonly<Record<string, MalformedBody>>;
  /** The case sets of other calls, whose callbacks have another form. A run has one set: that of its first call. */
  readonly furtherSets?: readonly ListenerChecks[];
  /** How the callbacks are sent, for a call that has several ways. */
  readonly callbackMethod?: string;
  /** Other forms of a success, by the name of their scenario. */
  readonly variants?: Readonly<Record<string, MessageVariant>>;
  /** Absent for a protocol that does not ask. */
  readonly validation?: ValidationCheck;
  /** The smallest amount, in minor units; default 1. */
  readonly amountUnitMinor?: bigint;
  /** Whether the results of a call contain the amount; default: of none. */
  hasAmount?(call: string): boolean;
  /** Whether the results of a call contain the caller's own id of the request; default: of all. */
  hasReference?(call: string): boolean;
  /** Whether a call is a query, which ends no payment. */
  isQuery(call: string): boolean;
  getTitle(call: string): string;
  /** The code of a success, or of a refusal. */
  getCode(call: string, refusal: RecordedRefusal | null): string;
  /** The refusals that a call's callback can contain, one for each code, in the order of the codes. */
  listRefusals(call: string): readonly CallbackRefusal[];
  /** The platform's ids of a payment that was never made. */
  createIds(
    random: SeededRandom,
    label: string,
    call: string,
  ): { readonly conversationId: string; readonly transactionId: string };
  /** What a listener gets about a payment: that it succeeded, or why it did not. */
  buildMessage(
    random: SeededRandom,
    payment: CheckedPayment,
    refusal: RecordedRefusal | null,
  ): ListenerMessage;
  /** The same content in other bytes: another order of fields and other whitespace. */
  reserialise(body: string): string;
}
