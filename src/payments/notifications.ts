/**
 * The notifications that a payment owes to the callback URLs of its request.
 *
 * Each protocol decides with a pure function of the payment's event. The batch calls that function where it
 * records the outcome, so the notifications are written in the payment's own transaction.
 */
import type { Id } from "../core/ids.ts";
import type { Endpoints } from "../store/rail/holds.ts";
import type { PaymentStatus, PaymentType } from "../store/rail/payments.ts";
import type { RecordedRefusal } from "./refusals.ts";

export type { Endpoints };

/** An event that may owe notifications: a payment has its outcome, or its money is held for a second step. */
export interface PaymentEvent {
  readonly paymentId: Id;
  readonly type: PaymentType;
  readonly operation: string;
  readonly status: PaymentStatus;
  readonly refusal: RecordedRefusal | null;
  /** The request's URLs by notification kind. */
  readonly endpoints: Endpoints;
}

/** One notification to one URL. `kind` is the protocol's name for it; the protocol's renderer receives it. */
export interface OwedNotification {
  readonly kind: string;
  readonly endpoint: string;
  /** Whether it reports the organisation's balances after the payment, which are then stored with it. */
  readonly reportsBalances?: boolean;
  /** What it repeats of the request, by the protocol's names. */
  readonly repeated?: Readonly<Record<string, string>>;
}

/** The notifications that an event owes; none, one or several. Pure. */
export type OwedNotifications = (event: PaymentEvent) => readonly OwedNotification[];

/** The functions of every protocol, by its name. */
export type OwedNotificationsByProtocol = Readonly<Record<string, OwedNotifications>>;

/** The kind of notification that a protocol owes for the payment of an invoice, and the key of its URL. */
export const invoiceKind = "invoice";
