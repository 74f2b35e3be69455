/** Callback deliveries: list, read and resend them. */
import type { Market } from "../openapi-v2/requests.ts";
import type { CallControl } from "./control.ts";

export interface Attempt {
  /** The start of the attempt: wall time, ISO 8601. */
  readonly at: string;
  readonly businessAt: string;
  /** The number of the attempt, from 1. */
  readonly attempt: number;
  readonly url: string;
  /** Null if there was no response. */
  readonly httpStatus: number | null;
  readonly tookMs: number;
  /** The beginning of the response body. */
  readonly answer: string;
  /** Why the attempt failed; null if it was acknowledged. */
  readonly failure: string | null;
  /** A warning about the acknowledgement. */
  readonly flag: string | null;
}

export interface Delivery {
  readonly transactionId: string;
  readonly conversationId: string;
  /** The application's id. */
  readonly application: string;
  readonly url: string;
  /** `open`: attempts continue. `dead_lettered`: all attempts failed. `delivered`: acknowledged. */
  readonly state: "open" | "dead_lettered" | "delivered";
  readonly createdAt: string;
  /** The time of the next attempt, in business time; null unless it is open. */
  readonly dueAt: string | null;
  readonly parkedAt: string | null;
  readonly toldAt: string | null;
}

export interface DeliveryWithAttempt extends Delivery {
  readonly lastAttempt: Attempt | null;
}

export interface DeliveryFilter {
  readonly state?: Delivery["state"] | undefined;
  /** An application's id. */
  readonly application?: string | undefined;
  /** The maximum number of deliveries, 1 to 1000; default 50. */
  readonly limit?: number | undefined;
}

export interface Deliveries {
  /** Newest first. */
  list(market?: Market, filter?: DeliveryFilter): Promise<readonly DeliveryWithAttempt[]>;
  /** Reads one by its TransactionID or ConversationID, with its body and all attempts. */
  read(
    id: string,
    market?: Market,
  ): Promise<
    Delivery & {
      readonly body: Readonly<Record<string, unknown>> | null;
      readonly attempts: readonly Attempt[];
    }
  >;
  /** Sends the callback again, with the same `webhook-id`. */
  resend(id: string, market?: Market): Promise<void>;
}

export const createDeliveries = (control: CallControl, defaultMarket: Market): Deliveries => ({
  async list(market = defaultMarket, { state, application, limit } = {}) {
    const query = new URLSearchParams();
    if (state !== undefined) query.set("state", state);
    if (application !== undefined) query.set("application", application);
    if (limit !== undefined) query.set("limit", String(limit));
    const path = `/markets/${market}/deliveries?${query.toString()}`;
    return (await control<{ deliveries: DeliveryWithAttempt[] }>("GET", path)).deliveries;
  },
  read: (id, market = defaultMarket) =>
    control("GET", `/markets/${market}/deliveries/${encodeURIComponent(id)}`),
  resend: async (id, market = defaultMarket) =>
    void (await control("POST", `/markets/${market}/deliveries/${encodeURIComponent(id)}/resend`)),
});
