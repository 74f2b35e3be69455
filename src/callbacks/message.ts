/** A callback message, before and after a protocol renders it. */
import type { Id } from "../core/ids.ts";
import type { Rail } from "../core/money.ts";
import type { PaymentRow } from "../store/rail/payments.ts";

/** The result of a payment or a query, to be delivered by callback. */
export interface Message {
  /** The id of the request: of a payment or of a query. */
  readonly id: Id;
  readonly rail: Rail;
  readonly applicationId: bigint;
  readonly protocol: string;
  readonly url: string;
  /** The payment, with the id of the mandate that it created, if any; null for a query. */
  readonly payment: PaymentRow | null;
  /** The result of a query, as its protocol stored it; null for a payment. */
  readonly queryResult: unknown;
}

/** A message in the format of its protocol. */
export interface RenderedCallback {
  /** JSON. */
  readonly body: string;
  /** Returns what is wrong with a 2xx response, as a sentence, or null. The delivery is closed in both cases. */
  checkAcknowledgement(responseBody: string): string | null;
}

/** Renders a message in the format of its protocol. Throws only on a bug. */
export type CallbackRenderer = (message: Message) => RenderedCallback;
