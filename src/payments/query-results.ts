/** Results of queries that are delivered by callback. They are stored, because a query has no payment row. */
import { listenerKey, insertDeliveries } from "../store/rail/deliveries.ts";
import { insertQueryResult } from "../store/rail/notifications.ts";
import type { Id } from "../core/ids.ts";
import type { Payments } from "./payments.ts";

export interface PaymentQueryResult {
  /** The query's own id: the notification gets it too. */
  readonly id: Id;
  readonly applicationId: bigint;
  readonly protocol: string;
  readonly kind: string;
  readonly endpoint: string;
  /** The result in the protocol's format. JSON. */
  readonly queryResult: object;
}

/** Stores the result and queues its callback. Durable once it resolves. */
export async function queueQueryResult(
  { context, commitEvents }: Payments,
  result: PaymentQueryResult,
): Promise<void> {
  const { id, applicationId, endpoint } = result;
  const at = context.clock.now();
  const listener = listenerKey(applicationId, endpoint);
  await context.sql.begin(async (tx) => {
    await insertQueryResult(tx, { ...result, paymentId: id }, at);
    await insertDeliveries(tx, [{ notificationId: id, subjectId: id, applicationId, listener }], at);
  });
  commitEvents.publish({
    deliveriesQueued: true,
    promptsCreated: false,
    messagesQueued: false,
    validationsQueued: false,
    endedPaymentIds: [],
  });
}
