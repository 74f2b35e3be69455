/** Answers that are told later although no payment was recorded: what a question found, kept for its listener. */
import { listenerKey, insertDeliveries } from "../store/rail/deliveries.ts";
import { insertQueryResult } from "../store/rail/outbox.ts";
import type { Id } from "../core/ids.ts";
import type { Payments } from "./payments.ts";

export interface PaymentQueryResult {
  readonly id: Id;
  readonly applicationId: bigint;
  readonly protocol: string;
  readonly url: string;
  /** In the protocol's own words. JSON. */
  readonly queryResult: object;
}

/** Keeps the answer for its listener, durably, and has it sent. */
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
