/** Queries for notifications with the state of their delivery. */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toTimestamp, toArrayLiteral } from "../driver/array-columns.ts";

/** `open`: still to be delivered; `dead_lettered`: waits for a person; `delivered`: the listener acknowledged it. */
export type DeliveryState = "open" | "dead_lettered" | "delivered";

export interface NotificationRow {
  readonly id: bigint;
  readonly paymentId: bigint;
  readonly applicationId: bigint;
  readonly protocol: string;
  readonly kind: string;
  readonly endpoint: string;
  /** Business time. */
  readonly createdAt: Date;
  /** A query's result, as its protocol stored it. */
  readonly queryResult: unknown;
  /** The organisation's balances after the payment, in minor units by kind of account; null if it reports none. */
  readonly balances: Readonly<Record<string, string>> | null;
  /** What it repeats of the request, by the protocol's names; null for most. */
  readonly repeated: Readonly<Record<string, string>> | null;
  /** When its listener acknowledged it for the first time; wall time. */
  readonly deliveredAt: Date | null;
  /** When the next attempt is due, if it is open; business time. */
  readonly dueAt: Date | null;
  readonly deadLetteredAt: Date | null;
  /** Finished attempts of its schedule; null when it has none. */
  readonly attempts: number | null;
}

const notificationColumns = (sql: Sql | Transaction) => sql`
  n.id, n.payment_id as "paymentId", n.application_id as "applicationId", n.protocol, n.kind, n.endpoint,
  n.created_at as "createdAt", n.query_result as "queryResult", n.balances, n.repeated,
  n.delivered_at as "deliveredAt", d.due_at as "dueAt",
  d.dead_lettered_at as "deadLetteredAt", d.attempts`;

/**
 * The delivery of a notification that is still to be delivered. A lateral subquery reads it, because a join that was
 * planned while the table was empty would read the whole table for each notification.
 */
const deliveryJoin = (sql: Sql | Transaction) => sql`
  left join lateral (
    select d.notification_id, d.due_at, d.dead_lettered_at, d.attempts from deliveries d
    where d.notification_id = n.id offset 0) d on true`;

export function getDeliveryState(row: NotificationRow): DeliveryState {
  if (row.deadLetteredAt !== null) return "dead_lettered";
  return row.attempts === null ? "delivered" : "open";
}

/** Reads notifications by id; those that do not exist are left out. */
export function readNotifications(
  sql: Sql | Transaction,
  ids: readonly bigint[],
): Promise<NotificationRow[]> {
  return sql<NotificationRow[]>`
    select ${notificationColumns(sql)} from notifications n ${deliveryJoin(sql)}
    where n.id = any(${toArrayLiteral(ids)}::bigint[]) order by n.id`;
}

/** Every notification that these payments owe, in order. A payment's first notification has the payment's own id. */
export function readNotificationsOfPayments(
  sql: Sql | Transaction,
  paymentIds: readonly bigint[],
): Promise<NotificationRow[]> {
  const ids = toArrayLiteral(paymentIds);
  return sql<NotificationRow[]>`
    select ${notificationColumns(sql)} from notifications n ${deliveryJoin(sql)}
    where n.id = any(${ids}::bigint[]) or (n.payment_id = any(${ids}::bigint[]) and n.id <> n.payment_id)
    order by n.payment_id, n.id <> n.payment_id, n.id`;
}

export interface DeliveryFilter {
  readonly state: DeliveryState | null;
  readonly applicationId: bigint | null;
  /** Only notifications of this protocol. */
  readonly protocol?: string;
  /** Only notifications with lower ids than this one: the cursor of a page. */
  readonly before: bigint | null;
  readonly limit: number;
}

/** Lists notifications, newest first. Open and dead-lettered ones are found without reading the delivered ones. */
export function listNotifications(
  sql: Sql,
  { state, applicationId, protocol: protocolName, before, limit }: DeliveryFilter,
): Promise<NotificationRow[]> {
  const protocol = protocolName ?? null;
  const matchAndPage = (id: ReturnType<typeof notificationColumns>) => sql`
    (${before}::bigint is null or ${id} < ${before})
    and (${applicationId}::bigint is null or n.application_id = ${applicationId})
    and (${protocol}::text is null or n.protocol = ${protocol})
    order by ${id} desc limit ${limit}`;
  if (state === "open" || state === "dead_lettered") {
    return sql<NotificationRow[]>`
      select ${notificationColumns(sql)} from deliveries d
      cross join lateral (select * from notifications where notifications.id = d.notification_id offset 0) n
      where (d.dead_lettered_at is not null) = ${state === "dead_lettered"} and ${matchAndPage(sql`d.notification_id`)}`;
  }
  return sql<NotificationRow[]>`
    select ${notificationColumns(sql)} from notifications n ${deliveryJoin(sql)}
    where (${state === null} or d.notification_id is null) and ${matchAndPage(sql`n.id`)}`;
}

export interface TimeRange {
  /** Business time, in milliseconds since 1970: from the first until before the second. */
  readonly from: number;
  readonly until: number;
  readonly applicationId: bigint | null;
  /** Only notifications of this protocol. */
  readonly protocol?: string;
  readonly state: "dead_lettered" | "delivered" | "all";
}

/**
 * The notifications of a time range, oldest first. It reads the whole table, because it is used rarely and an index
 * would cost every payment a write.
 */
export function readNotificationsInRange(
  sql: Sql,
  range: TimeRange,
  limit: number,
): Promise<{ id: bigint; createdAt: Date }[]> {
  const { from, until, applicationId, state } = range;
  const protocol = range.protocol ?? null;
  return sql.begin(async (tx) => {
    await tx`set local enable_seqscan = on`;
    return tx<{ id: bigint; createdAt: Date }[]>`
      select n.id, n.created_at as "createdAt"
      from notifications n ${deliveryJoin(tx)}
      where n.created_at >= ${toTimestamp(from)} and n.created_at < ${toTimestamp(until)}
        and (${applicationId}::bigint is null or n.application_id = ${applicationId})
        and (${protocol}::text is null or n.protocol = ${protocol})
        and case ${state} when 'dead_lettered' then d.dead_lettered_at is not null
                          when 'delivered' then d.notification_id is null
                          else true end
      order by n.created_at, n.id limit ${limit}`;
  });
}
