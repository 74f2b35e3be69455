/** A notification, before and after its protocol renders it, and the rules of its delivery. */
import type { Id } from "../core/ids.ts";
import type { Environment } from "../core/markets.ts";
import type { Rail } from "../core/rails.ts";
import type { AccountKind } from "../store/rail/accounts.ts";
import type { PaymentParties } from "../store/rail/payment-parties.ts";
import type { PaymentRow } from "../store/rail/payments.ts";

export type { PaymentParties };

/** Available balances in minor units, by kind of account. */
export type OrganisationBalances = Readonly<Partial<Record<AccountKind, bigint>>>;

export interface Notification {
  readonly id: Id;
  /** The payment that owes the notification, or the query whose result it is. */
  readonly paymentId: Id;
  readonly rail: Rail;
  readonly applicationId: bigint;
  readonly protocol: string;
  /** The protocol's name for this kind of notification. */
  readonly kind: string;
  readonly endpoint: string;
  /** The payment, with the id of the mandate that it created, if any; null for a query. */
  readonly payment: PaymentRow | null;
  /** The parties of the payment at the time of the delivery, if the protocol needs them; null for others. */
  readonly parties: PaymentParties | null;
  /** The organisation's balances after the payment, if the notification reports them; empty otherwise. */
  readonly balances: OrganisationBalances;
  /** What it repeats of the request, by the protocol's names; empty for most. */
  readonly repeated: Readonly<Record<string, string>>;
  /** The result of a query, as its protocol stored it; null for a payment. */
  readonly queryResult: unknown;
}

/** How a callback is sent. */
export type CallbackMethod = "POST" | "GET";

/** A notification in the format of its protocol. */
export interface RenderedNotification {
  /** The default is POST. A GET has an empty body. */
  readonly method?: CallbackMethod;
  /** What the URL's query string has besides its own parameters: for a GET. */
  readonly query?: string;
  readonly contentType: string;
  /** Headers beside the content type, such as SOAPAction. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** Returns what is wrong with a 2xx response, as a sentence, or null. The delivery is closed in both cases. */
  checkAcknowledgement(responseBody: string): string | null;
}

/** Renders a notification in the format of its protocol. Throws only on a bug. */
export type NotificationRenderer = (notification: Notification) => RenderedNotification;

/** How a protocol's notifications are delivered. */
export interface CallbackRules {
  /** The ports that URLs may have; null for any. */
  readonly ports: { readonly from: number; readonly until: number } | null;
  /** Whether URLs must be https. */
  readonly httpsOnly: boolean;
  /** The delay before each retry, in milliseconds of business time. The attempt after the last delay is final. */
  readonly retryDelaysMs: readonly number[];
  /** The delays for kinds of notification that have others. */
  readonly retryDelaysByKind?: Readonly<Record<string, readonly number[]>>;
}

/** The functions of a protocol that deliver its notifications. */
export interface CallbackProtocol {
  readonly render: NotificationRenderer;
  /** Whether its renderer needs the parties of payments. */
  readonly needsParties: boolean;
  rules(environment: Environment): CallbackRules;
}

export type CallbackProtocols = Readonly<Record<string, CallbackProtocol>>;
