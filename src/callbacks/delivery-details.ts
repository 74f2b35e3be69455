/** One message with its body and all stored attempts. */
import type { Id, PublicIds } from "../core/ids.ts";
import type { Rail } from "../core/money.ts";
import { readAttempts, type AttemptRow } from "../store/rail/delivery-attempts.ts";
import { getDeliveryState, type CallbackRow } from "../store/rail/delivery-queries.ts";
import type { Sql } from "../store/driver/connect.ts";
import { readStoredMessages, renderCallback, type CallbackRenderers } from "./stored-messages.ts";

export interface DeliveryDetails {
  readonly row: CallbackRow;
  /** JSON, as it would be sent now; null if no protocol renders it any more. */
  readonly body: string | null;
  /** Stored attempts, oldest first. Old ones are deleted after a time. */
  readonly attempts: readonly AttemptRow[];
}

/** Returns null if there is no callback for this id. */
export async function readDelivery(
  { sql, rail, renderers }: { readonly sql: Sql; readonly rail: Rail; readonly renderers: CallbackRenderers },
  id: Id,
): Promise<DeliveryDetails | null> {
  // One database snapshot, so that the attempts match the state.
  const [messages, attempts] = await sql.begin("isolation level repeatable read read only", async (tx) => [
    await readStoredMessages(tx, rail, [id]),
    await readAttempts(tx, id),
  ]);
  const stored = messages.get(id);
  if (stored === undefined) return null;
  const { row, message } = stored;
  const hasRenderer = renderers[message.protocol] !== undefined;
  return { row, body: hasRenderer ? renderCallback(renderers, message).body : null, attempts };
}

/** The public fields of a message. Times are ISO 8601 in UTC. */
export function toDeliverySummary(row: CallbackRow, publicIds: PublicIds) {
  const state = getDeliveryState(row);
  return {
    transactionId: publicIds.transactionId(row.paymentId),
    conversationId: publicIds.conversationId(row.paymentId),
    application: row.applicationId.toString(),
    url: row.url,
    state,
    createdAt: row.createdAt.toISOString(),
    dueAt: state === "open" ? (row.dueAt?.toISOString() ?? null) : null,
    parkedAt: row.deadLetteredAt?.toISOString() ?? null,
    toldAt: row.deliveredAt?.toISOString() ?? null,
  };
}
