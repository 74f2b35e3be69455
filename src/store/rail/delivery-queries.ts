/** Messages to listeners as people look for them: the outbox, with what became of each. */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toTimestamp, toArrayLiteral } from "../driver/array-columns.ts";

/** `open` is still being told; `parked` waits for a person; `told` was acknowledged, and is not told again. */
export type DeliveryState = "open" | "dead_lettered" | "delivered";

export interface CallbackRow {
  readonly paymentId: bigint;
  readonly applicationId: bigint;
  readonly protocol: string;
  readonly url: string;
  /** Business time. */
  readonly createdAt: Date;
  /** A question's answer, as its protocol stored it. */
  readonly queryResult: unknown;
  /** When its listener acknowledged it for the first time; wall time. */
  readonly deliveredAt: Date | null;
  /** When it is told next, if it is open; business time. */
  readonly dueAt: Date | null;
  readonly deadLetteredAt: Date | null;
  /** Finished attempts of its schedule; null when it has none. */
  readonly attempts: number | null;
}

const callbackColumns = (sql: Sql | Transaction) => sql`
  o.payment_id as "paymentId", o.application_id as "applicationId", o.protocol, o.url, o.created_at as "createdAt",
  o.answer as "queryResult", o.told_at as "deliveredAt", d.due_at as "dueAt", d.parked_at as "deadLetteredAt", d.attempts`;

/**
 * How it stands with a message, if it is still to be told. Looked up for each message by itself: a join that
 * was planned while the table was empty would read all of it for every one.
 */
const deliveryJoin = (sql: Sql | Transaction) => sql`
  left join lateral (
    select d.payment_id, d.due_at, d.parked_at, d.attempts from deliveries d
    where d.payment_id = o.payment_id offset 0) d on true`;

export function getDeliveryState(row: CallbackRow): DeliveryState {
  if (row.deadLetteredAt !== null) return "dead_lettered";
  return row.attempts === null ? "delivered" : "open";
}

/** Reads messages by id; those that do not exist are left out. */
export function readCallbacks(sql: Sql | Transaction, ids: readonly bigint[]): Promise<CallbackRow[]> {
  return sql<CallbackRow[]>`
    select ${callbackColumns(sql)} from outbox o ${deliveryJoin(sql)}
    where o.payment_id = any(${toArrayLiteral(ids)}::bigint[]) order by o.payment_id`;
}

export interface DeliveryFilter {
  readonly state: DeliveryState | null;
  readonly applicationId: bigint | null;
  /** Only messages older than this one: how to page. */
  readonly before: bigint | null;
  readonly limit: number;
}

/** Lists messages, newest first. What is open or parked is found without looking through what was told. */
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
  /** Business time, in milliseconds since 1970: from the first until before the second. */
  readonly from: number;
  readonly until: number;
  readonly applicationId: bigint | null;
  readonly state: "dead_lettered" | "delivered" | "all";
}

/**
 * The messages of a window of time, oldest first. A person asks this once in a while: it reads the whole
 * outbox rather than cost every payment an index.
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
