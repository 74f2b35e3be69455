/** Queries for callbacks: the outbox, with the state of each delivery. */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toTimestamp, toArrayLiteral } from "../driver/array-columns.ts";

/**
 * `open`: not acknowledged yet. `dead_lettered`: every attempt failed, and only a resend delivers it.
 * `delivered`: acknowledged.
 */
export type DeliveryState = "open" | "dead_lettered" | "delivered";

export interface CallbackRow {
  readonly paymentId: bigint;
  readonly applicationId: bigint;
  readonly protocol: string;
  readonly url: string;
  /** Business time. */
  readonly createdAt: Date;
  /** The result of a query, as its protocol stored it; null for a payment. */
  readonly queryResult: unknown;
  /** When its listener first acknowledged it; wall time. */
  readonly deliveredAt: Date | null;
  /** When it is delivered next, if it is open; business time. */
  readonly dueAt: Date | null;
  readonly deadLetteredAt: Date | null;
  /** Finished attempts of its schedule; null if it is delivered. */
  readonly attempts: number | null;
}

const callbackColumns = (sql: Sql | Transaction) => sql`
  o.payment_id as "paymentId", o.application_id as "applicationId", o.protocol, o.url, o.created_at as "createdAt",
  o.answer as "queryResult", o.told_at as "deliveredAt", d.due_at as "dueAt", d.parked_at as "deadLetteredAt", d.attempts`;

/**
 * The delivery of a callback, if it is not acknowledged yet. `offset 0` makes PostgreSQL look it up for each row:
 * a join that was planned while the table was empty would read the whole table for every row.
 */
const deliveryJoin = (sql: Sql | Transaction) => sql`
  left join lateral (
    select d.payment_id, d.due_at, d.parked_at, d.attempts from deliveries d
    where d.payment_id = o.payment_id offset 0) d on true`;

export function getDeliveryState(row: CallbackRow): DeliveryState {
  if (row.deadLetteredAt !== null) return "dead_lettered";
  return row.attempts === null ? "delivered" : "open";
}

/** Reads callbacks by id; ids that do not exist are left out. */
export function readCallbacks(sql: Sql | Transaction, ids: readonly bigint[]): Promise<CallbackRow[]> {
  return sql<CallbackRow[]>`
    select ${callbackColumns(sql)} from outbox o ${deliveryJoin(sql)}
    where o.payment_id = any(${toArrayLiteral(ids)}::bigint[]) order by o.payment_id`;
}

export interface DeliveryFilter {
  readonly state: DeliveryState | null;
  readonly applicationId: bigint | null;
  /** Only callbacks older than this id, for paging. */
  readonly before: bigint | null;
  readonly limit: number;
}

/** Lists callbacks, newest first. Open and dead-lettered ones are found without reading the delivered ones. */
export function listCallbacks(
  sql: Sql,
  { state, applicationId, before, limit }: DeliveryFilter,
): Promise<CallbackRow[]> {
  const matchAndPage = (id: ReturnType<typeof callbackColumns>) => sql`
    (${before}::bigint is null or ${id} < ${before})
    and (${applicationId}::bigint is null or o.application_id = ${applicationId})
    order by ${id} desc limit ${limit}`;
  if (state === "open" || state === "dead_lettered") {
    return sql<CallbackRow[]>`
      select ${callbackColumns(sql)} from deliveries d
      cross join lateral (select * from outbox where outbox.payment_id = d.payment_id offset 0) o
      where (d.parked_at is not null) = ${state === "dead_lettered"} and ${matchAndPage(sql`d.payment_id`)}`;
  }
  return sql<CallbackRow[]>`
    select ${callbackColumns(sql)} from outbox o ${deliveryJoin(sql)}
    where (${state === null} or d.payment_id is null) and ${matchAndPage(sql`o.payment_id`)}`;
}

export interface TimeRange {
  /** Business time, in milliseconds since 1970: `from` inclusive, `until` exclusive. */
  readonly from: number;
  readonly until: number;
  readonly applicationId: bigint | null;
  readonly state: "dead_lettered" | "delivered" | "all";
}

/**
 * The callbacks of a time range, oldest first. It is a rare, manual query and reads the whole outbox; an index
 * for it would slow down every payment.
 */
export function readCallbacksInRange(
  sql: Sql,
  range: TimeRange,
  limit: number,
): Promise<{ paymentId: bigint; createdAt: Date }[]> {
  const { from, until, applicationId, state } = range;
  return sql.begin(async (tx) => {
    await tx`set local enable_seqscan = on`;
    return tx<{ paymentId: bigint; createdAt: Date }[]>`
      select o.payment_id as "paymentId", o.created_at as "createdAt"
      from outbox o ${deliveryJoin(tx)}
      where o.created_at >= ${toTimestamp(from)} and o.created_at < ${toTimestamp(until)}
        and (${applicationId}::bigint is null or o.application_id = ${applicationId})
        and case ${state} when 'dead_lettered' then d.parked_at is not null
                          when 'delivered' then d.payment_id is null
                          else true end
      order by o.created_at, o.payment_id limit ${limit}`;
  });
}
