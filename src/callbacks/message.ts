/** What a callback says, before and after a protocol has put it into its own words. */
import type { Id } from "../core/ids.ts";
import type { Rail } from "../core/money.ts";
import type { PaymentRow } from "../store/rail/payments.ts";

/** An ending that somebody listens for. */
export interface Message {
  /** The request that it answers: a payment's id, or a question's. */
  readonly id: Id;
  readonly rail: Rail;
  readonly applicationId: bigint;
  readonly protocol: string;
  readonly url: string;
  /** The payment, with the id of the mandate that it made if it made one; null for a question. */
  readonly payment: PaymentRow | null;
  /** A question's answer, as its protocol stored it; null for a payment. */
  readonly queryResult: unknown;
}

/** A message in a protocol's words. */
export interface RenderedCallback {
  /** JSON. */
  readonly body: string;
  /** What is odd about a listener's answer that closes the delivery all the same, in words, or null. */
  checkAcknowledgement(responseBody: string): string | null;
}

/** Puts a message into a protocol's words. Throws for what cannot be: a bug. */
export type CallbackRenderer = (message: Message) => RenderedCallback;
