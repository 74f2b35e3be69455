/** Results of queries that are delivered by callback. They are stored, because a query has no payment row. */
import { listenerKey, insertDeliveries } from "../store/rail/deliveries.ts";
import { insertQueryResult } from "../store/rail/outbox.ts";
import type { Id } from "../core/ids.ts";
import type { Payments } from "./payments.ts";

export interface PaymentQueryResult {
  readonly id: Id;
  readonly applicationId: bigint;
  readonly protocol: string;
  readonly url: string;
  /** The result in the protocol's format. JSON. */
  readonly queryResult: object;
}

/** Stores the result and queues its callback. */
export async function queueQueryResult(
  { context, commitEvents }: Payments,
  result: PaymentQueryResult,
): Promise<void> {
  const { id: paymentId, applicationId, url } = result;
  const at = context.clock.now();
  const listener = listenerKey(applicationId, url);
  await context.sql.begin(async (tx) => {
    await insertQueryResult(tx, { ...result, paymentId }, at);
    await insertDeliveries(tx, [{ paymentId, subjectPaymentId: paymentId, applicationId, listener }], at);
  });
  commitEvents.publish({
    deliveriesQueued: true,
    promptsCreated: false,
    messagesQueued: false,
    endedPaymentIds: [],
  });
}
