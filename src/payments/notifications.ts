/**
 * What a payment owes to its caller's URLs.
 *
 * Each protocol decides it with a pure function of the payment's event. The batch calls that function where it
 * records the outcome, so the notifications are written in the payment's own transaction.
 */
import type { Id } from "../core/ids.ts";
import type { Endpoints } from "../store/rail/holds.ts";
import type { PaymentStatus, PaymentType } from "../store/rail/payments.ts";
import type { RecordedRefusal } from "./refusals.ts";

export type { Endpoints };

/** A payment whose caller may have to be notified: it has its outcome, or its money is held for a second step. */
export interface PaymentEvent {
  readonly paymentId: Id;
  readonly type: PaymentType;
  readonly operation: string;
  readonly status: PaymentStatus;
  readonly refusal: RecordedRefusal | null;
  /** The request's URLs by notification kind. */
  readonly endpoints: Endpoints;
}

/** One message to one URL. `kind` is the protocol's own word; its renderer receives it back. */
export interface OwedNotification {
  readonly kind: string;
  readonly endpoint: string;
}

/** The notifications that an event owes; none, one or several. Pure. */
export type OwedNotifications = (event: PaymentEvent) => readonly OwedNotification[];

/** The functions of every protocol, by its name. */
export type OwedNotificationsByProtocol = Readonly<Record<string, OwedNotifications>>;
