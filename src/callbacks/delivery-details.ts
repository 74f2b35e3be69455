/** One message with its body and all stored attempts. */
import type { Id, PublicIds } from "../core/ids.ts";
import type { Rail } from "../core/rails.ts";
import { readAttempts, type AttemptRow } from "../store/rail/delivery-attempts.ts";
import { getDeliveryState, type NotificationRow } from "../store/rail/notification-queries.ts";
import type { Sql } from "../store/driver/connect.ts";
import type { CallbackProtocols } from "./notification.ts";
import { readStoredNotifications, renderNotification } from "./stored-notifications.ts";

export interface DeliveryDetails {
  readonly row: NotificationRow;
  /** As it would be sent now: the body, or the query string of a GET; null if no protocol renders it any more. */
  readonly body: string | null;
  /** Stored attempts, oldest first. Old ones are deleted after a time. */
  readonly attempts: readonly AttemptRow[];
}

/** Returns null if there is no callback for this id. */
export async function readDelivery(
  { sql, rail, protocols }: { readonly sql: Sql; readonly rail: Rail; readonly protocols: CallbackProtocols },
  id: Id,
): Promise<DeliveryDetails | null> {
  // One database snapshot, so that the attempts match the state.
  const [messages, attempts] = await sql.begin("isolation level repeatable read read only", async (tx) => [
    await readStoredNotifications({ sql: tx, rail, protocols }, [id]),
    await readAttempts(tx, id),
  ]);
  const stored = messages.get(id);
  if (stored === undefined) return null;
  const { row, notification } = stored;
  if (protocols[notification.protocol] === undefined) return { row, body: null, attempts };
  const { body, query = body } = renderNotification(protocols, notification);
  return { row, body: query, attempts };
}

/** The public fields of a message. Times are ISO 8601 in UTC. */
export function toDeliverySummary(row: NotificationRow, publicIds: PublicIds) {
  const state = getDeliveryState(row);
  return {
    transactionId: publicIds.receipt(row.id),
    conversationId: publicIds.requestId(row.id),
    application: row.applicationId.toString(),
    protocol: row.protocol,
    kind: row.kind,
    url: row.endpoint,
    state,
    createdAt: row.createdAt.toISOString(),
    dueAt: state === "open" ? (row.dueAt?.toISOString() ?? null) : null,
    parkedAt: row.deadLetteredAt?.toISOString() ?? null,
    toldAt: row.deliveredAt?.toISOString() ?? null,
  };
}
