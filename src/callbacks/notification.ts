/** A notification before and after its protocol has rendered it, and the rules of its delivery. */
import type { Id } from "../core/ids.ts";
import type { Environment } from "../core/markets.ts";
import type { Rail } from "../core/rails.ts";
import type { PaymentRow } from "../store/rail/payments.ts";

export interface Notification {
  readonly id: Id;
  /** The payment that owes it; a query's own id for a query result. */
  readonly paymentId: Id;
  readonly rail: Rail;
  readonly applicationId: bigint;
  readonly protocol: string;
  /** The protocol's own word for what is notified. */
  readonly kind: string;
  readonly endpoint: string;
  /** The payment, with the id of the mandate that it created if it created one; null for a query result. */
  readonly payment: PaymentRow | null;
  /** A query's result, as its protocol stored it; null for a payment. */
  readonly queryResult: unknown;
}

/** A notification as it is sent. */
export interface RenderedNotification {
  readonly contentType: string;
  /** Headers beside the content type, such as SOAPAction. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** What is unusual about an acknowledgement that closes the delivery all the same, in words, or null. */
  checkAcknowledgement(responseBody: string): string | null;
}

/** Throws for a notification that the protocol cannot render: a bug. */
export type NotificationRenderer = (notification: Notification) => RenderedNotification;

/** How a protocol's notifications are delivered. */
export interface CallbackRules {
  /** The ports that URLs may have; null for any. */
  readonly ports: { readonly from: number; readonly until: number } | null;
  /** Whether URLs must be https. */
  readonly httpsOnly: boolean;
  /** The delay before each repetition, in milliseconds of business time; the attempt after the last is not repeated. */
  readonly retryDelaysMs: readonly number[];
}

/** What callbacks need of a protocol. */
export interface CallbackProtocol {
  readonly render: NotificationRenderer;
  rules(environment: Environment): CallbackRules;
}

export type CallbackProtocols = Readonly<Record<string, CallbackProtocol>>;
