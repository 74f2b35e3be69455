/** Callback deliveries: list, read and resend them. */
import type { CallControl } from "./control.ts";
import type { DeliveryDetails, DeliveryWithAttempt } from "./generated.ts";
import type { SandboxMarket } from "./markets.ts";

/** A callback. */
export type Delivery = Omit<DeliveryWithAttempt, "lastAttempt">;

export interface DeliveryFilter {
  readonly state?: Delivery["state"] | undefined;
  /** An application's id. */
  readonly application?: string | undefined;
  /** The maximum number of deliveries, 1 to 1000; default 50. */
  readonly limit?: number | undefined;
}

export interface Deliveries {
  /** Newest first. */
  list(market?: SandboxMarket, filter?: DeliveryFilter): Promise<readonly DeliveryWithAttempt[]>;
  /** Reads one by its TransactionID or ConversationID, with its body and all attempts. */
  read(id: string, market?: SandboxMarket): Promise<DeliveryDetails>;
  /** Sends the callback again, with the same `webhook-id`. */
  resend(id: string, market?: SandboxMarket): Promise<void>;
}

export const createDeliveries = (control: CallControl, defaultMarket: SandboxMarket): Deliveries => ({
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
