/** Messages to listeners as people look for them: the outbox, with what became of each. */
import type { Sql, Transaction } from "./connect.ts";
import { moment, plainColumn } from "./columns.ts";

/** `open` is still being told; `parked` waits for a person; `told` was acknowledged, and is not told again. */
export type DeliveryState = "open" | "parked" | "told";

export interface MessageRow {
  readonly paymentId: bigint;
  readonly applicationId: bigint;
  readonly protocol: string;
  readonly url: string;
  /** Business time. */
  readonly createdAt: Date;
  /** A question's answer, as its protocol stored it. */
  readonly answer: unknown;
  /** When its listener acknowledged it for the first time; wall time. */
  readonly toldAt: Date | null;
  /** When it is told next, if it is open; business time. */
  readonly dueAt: Date | null;
  readonly parkedAt: Date | null;
  /** Finished attempts of its schedule; null when it has none. */
  readonly attempts: number | null;
}

const columns = (sql: Sql | Transaction) => sql`
  o.payment_id as "paymentId", o.application_id as "applicationId", o.protocol, o.url, o.created_at as "createdAt",
  o.answer, o.told_at as "toldAt", d.due_at as "dueAt", d.parked_at as "parkedAt", d.attempts`;

/**
 * How it stands with a message, if it is still to be told. Looked up for each message by itself: a join that
 * was planned while the table was empty would read all of it for every one.
 */
const standing = (sql: Sql | Transaction) => sql`
  left join lateral (
    select d.payment_id, d.due_at, d.parked_at, d.attempts from deliveries d
    where d.payment_id = o.payment_id offset 0) d on true`;

export function stateOf({ attempts, parkedAt }: Pick<MessageRow, "attempts" | "parkedAt">): DeliveryState {
  if (parkedAt !== null) return "parked";
  return attempts === null ? "told" : "open";
}

/** Reads messages by id; those that do not exist are left out. */
export function readMessages(sql: Sql | Transaction, ids: readonly bigint[]): Promise<MessageRow[]> {
  return sql<MessageRow[]>`
    select ${columns(sql)} from outbox o ${standing(sql)}
    where o.payment_id = any(${plainColumn(ids)}::bigint[]) order by o.payment_id`;
}

export interface DeliveryFilter {
  readonly state: DeliveryState | null;
  readonly applicationId: bigint | null;
  /** Only messages older than this one: how to page. */
  readonly before: bigint | null;
  readonly most: number;
}

/** Lists messages, newest first. What is open or parked is found without looking through what was told. */
export function listMessages(
  sql: Sql,
  { state, applicationId, before, most }: DeliveryFilter,
): Promise<MessageRow[]> {
  const wanted = (id: ReturnType<typeof columns>) => sql`
    (${before}::bigint is null or ${id} < ${before})
    and (${applicationId}::bigint is null or o.application_id = ${applicationId})
    order by ${id} desc limit ${most}`;
  if (state === "open" || state === "parked") {
    return sql<MessageRow[]>`
      select ${columns(sql)} from deliveries d
      cross join lateral (select * from outbox where outbox.payment_id = d.payment_id offset 0) o
      where (d.parked_at is not null) = ${state === "parked"} and ${wanted(sql`d.payment_id`)}`;
  }
  return sql<MessageRow[]>`
    select ${columns(sql)} from outbox o ${standing(sql)}
    where (${state === null} or d.payment_id is null) and ${wanted(sql`o.payment_id`)}`;
}

export interface Window {
  /** Business time, in milliseconds since 1970: from the first until before the second. */
  readonly from: number;
  readonly upto: number;
  readonly applicationId: bigint | null;
  readonly state: "parked" | "told" | "all";
}

/**
 * The messages of a window of time, oldest first. A person asks this once in a while: it reads the whole
 * outbox rather than cost every payment an index.
 */
export function messagesIn(
  sql: Sql,
  window: Window,
  most: number,
): Promise<{ paymentId: bigint; createdAt: Date }[]> {
  const { from, upto, applicationId, state } = window;
  return sql.begin(async (tx) => {
    await tx`set local enable_seqscan = on`;
    return tx<{ paymentId: bigint; createdAt: Date }[]>`
      select o.payment_id as "paymentId", o.created_at as "createdAt"
      from outbox o ${standing(tx)}
      where o.created_at >= ${moment(from)} and o.created_at < ${moment(upto)}
        and (${applicationId}::bigint is null or o.application_id = ${applicationId})
        and case ${state} when 'parked' then d.parked_at is not null
                          when 'told' then d.payment_id is null
                          else true end
      order by o.created_at, o.payment_id limit ${most}`;
  });
}
