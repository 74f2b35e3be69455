/** Deliveries: what listeners were told, what they answered, and telling them again. */
import type { Market } from "../requests.ts";
import type { CallControl } from "./control.ts";

export interface Attempt {
  /** When it began: wall time, ISO 8601. */
  readonly at: string;
  readonly businessAt: string;
  /** The first of its schedule is 1. */
  readonly attempt: number;
  readonly url: string;
  /** Null when there was no answer. */
  readonly httpStatus: number | null;
  readonly tookMs: number;
  /** The beginning of the answer's body. */
  readonly answer: string;
  /** Why it counts as a failure; null for an acknowledgement. */
  readonly failure: string | null;
  /** What is odd about an acknowledgement. */
  readonly flag: string | null;
}

export interface Delivery {
  readonly transactionId: string;
  readonly conversationId: string;
  /** The application's id. */
  readonly application: string;
  readonly url: string;
  /** `open` is still being told, `parked` waits for a person, `told` was acknowledged. */
  readonly state: "open" | "dead_lettered" | "delivered";
  readonly createdAt: string;
  /** When it is told next, in business time; null unless it is open. */
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
  /** How many, 1 to 1000; 50 if absent. */
  readonly limit?: number | undefined;
}

export interface Deliveries {
  /** Newest first. */
  list(market?: Market, filter?: DeliveryFilter): Promise<readonly DeliveryWithAttempt[]>;
  /** One by its TransactionID or ConversationID, with what is sent and every attempt. */
  read(
    id: string,
    market?: Market,
  ): Promise<
    Delivery & {
      readonly body: Readonly<Record<string, unknown>> | null;
      readonly attempts: readonly Attempt[];
    }
  >;
  /** Tells a listener again, with the same `webhook-id`. */
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
