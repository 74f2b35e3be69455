/** Results of queries that are delivered by callback. They are stored, because a query has no payment row. */
import { listenerKey, insertDeliveries } from "../store/rail/deliveries.ts";
import { claimReferenceKeys } from "../store/rail/idempotency-keys.ts";
import { insertQueryResult } from "../store/rail/notifications.ts";
import type { Id } from "../core/ids.ts";
import { toReferenceKey } from "./idempotency-keys.ts";
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
  /** The caller's reference that the query claims together with its result. */
  readonly claim?: { readonly reference: string; readonly scope: string };
}

/**
 * Stores the result and queues its callback. Durable once it resolves. Returns false, and does nothing, if the application
 * already used the reference.
 */
export async function queueQueryResult(
  { context, commitEvents }: Payments,
  result: PaymentQueryResult,
): Promise<boolean> {
  const { claim, ...stored } = result;
  const { id, applicationId, protocol, endpoint } = stored;
  const at = context.clock.now();
  const listener = listenerKey(applicationId, endpoint);
  const isQueued = await context.sql.begin(async (tx) => {
    if (claim !== undefined) {
      const key = toReferenceKey(applicationId, protocol, claim.scope, claim.reference);
      if ((await claimReferenceKeys(tx, [key], [id])).size === 0) return false;
    }
    await insertQueryResult(tx, { ...stored, paymentId: id }, at);
    await insertDeliveries(tx, [{ notificationId: id, subjectId: id, applicationId, listener }], at);
    return true;
  });
  if (!isQueued) return false;
  commitEvents.publish({
    deliveriesQueued: true,
    promptsCreated: false,
    messagesQueued: false,
    validationsQueued: false,
    endedPaymentIds: [],
  });
  return true;
}
