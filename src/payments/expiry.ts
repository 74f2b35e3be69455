/** Ends holds whose time is up. Any number of servers may do it at once; each hold ends once. */
import type { Id } from "../ids.ts";
import { expiredHolds } from "../store/holds.ts";
import { decideExpiry } from "./decide-step.ts";
import type { Order } from "./order.ts";
import type { Payments } from "./payments.ts";

const batchMax = 500;

/** Ends every hold that expired by now (business time), and returns how many it found. */
export async function expireHolds({ context, lanes }: Payments, newId: () => Id): Promise<number> {
  let ended = 0;
  for (;;) {
    const expired = await expiredHolds(context.sql, context.clock.now(), batchMax);
    await Promise.all(expired.map((paymentId) => lanes.post(expiryOrder(newId(), paymentId))));
    ended += expired.length;
    if (expired.length < batchMax) return ended;
  }
}

function expiryOrder(id: Id, paymentId: Id): Order {
  return {
    id,
    use: "step",
    referenceKey: null,
    accounts: [],
    credits: [],
    originalId: paymentId,
    mandate: null,
    sessionUsageKey: null,
    customerCounter: null,
    record: null,
    listener: null,
    decide: decideExpiry,
  };
}
