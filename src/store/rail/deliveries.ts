/**
 * Deliveries: the notifications that are still to be delivered, one row for each notification that its listener
 * has not acknowledged.
 *
 * The table is a queue that several servers read. It stays fast because every statement reads little more than
 * the rows that it returns: a hundred thousand rows for a dead listener cost one index entry.
 *
 * Statements select rows by arrays of ids instead of joins. A plan that was made while the table was empty
 * would join by reading the whole table, and PostgreSQL would keep that plan when the table has grown.
 */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toTimestamp, toArrayLiteral, toTextArrayLiteral } from "../driver/array-columns.ts";
import { isPullUrl, getPullQueueName, pullQueueMarker } from "./pull-url.ts";

export interface NewDelivery {
  readonly notificationId: bigint;
  /** The original payment, for a reversal; else the payment itself. Callbacks of one original are sent in order. */
  readonly subjectId: bigint;
  readonly applicationId: bigint;
  /** See `listenerKey`. */
  readonly listener: string;
}

/** The key of a delivery's queue: an application and the origin of the URL, or one of its pull queues. */
export function listenerKey(applicationId: bigint, url: string): string {
  if (isPullUrl(url)) return getPullQueueName(applicationId, url);
  return `${applicationId} ${URL.parse(url)?.origin ?? "nowhere"}`;
}

/** The application of a queue. */
export const getApplicationKey = (listener: string): string => listener.split(" ", 1)[0] ?? listener;

/**
 * Inserts deliveries that are due at once: business time, in milliseconds since 1970.
 *
 * A delivery that must wait for an earlier one is due when the earlier one is retried. If it were due sooner,
 * every poll would read it and skip it.
 */
export async function insertDeliveries(
  tx: Transaction,
  rows: readonly NewDelivery[],
  dueAt: number,
): Promise<void> {
  await tx`
    insert into deliveries (notification_id, subject_id, application_id, listener, due_at)
    select notification_id, subject_id, application_id, listener,
           case when notification_id = subject_id then ${toTimestamp(dueAt)}::timestamptz
                else greatest(${toTimestamp(dueAt)}::timestamptz,
                              (select max(e.due_at) from deliveries e
                               where e.subject_id = v.subject_id and e.application_id = v.application_id
                                 and coalesce(e.dead_lettered_at, '-infinity') = '-infinity'))
           end
    from unnest(${toArrayLiteral(rows.map((row) => row.notificationId))}::bigint[],
                ${toArrayLiteral(rows.map((row) => row.subjectId))}::bigint[],
                ${toArrayLiteral(rows.map((row) => row.applicationId))}::bigint[],
                ${toTextArrayLiteral(rows.map((row) => row.listener))}::text[])
         as v (notification_id, subject_id, application_id, listener)`;
}

export interface ClaimOptions {
  /** Business time: deliveries that are due by then are claimed. */
  readonly now: number;
  /** The limit for a listener that is not in `freeByListener`. */
  readonly perListener: number;
  /** The limits of other listeners. */
  readonly freeByListener: Readonly<Record<string, number>>;
  /** The limit for all listeners of an application that is not in `freeByApplication`. */
  readonly perApplication: number;
  /** The limits of other applications. */
  readonly freeByApplication: Readonly<Record<string, number>>;
  /** The limit for all deliveries together. */
  readonly limit: number;
  /** Only payments and queries with lower ids; null for any. */
  readonly belowId: bigint | null;
  /** In milliseconds of wall time: afterwards another server may claim the delivery. */
  readonly leaseMs: number;
}

export interface ClaimedDelivery extends NewDelivery {
  /** Finished attempts. */
  readonly attempts: number;
  /** Proves, when the result is recorded, that no other server has claimed the delivery since. */
  readonly lease: string;
  /** Whether a test asked for faults of callbacks (`callback-faults.ts`). */
  readonly hasFaults?: boolean;
}

/** All non-empty queues, each with the due time of its first delivery. */
export const queuesCte = (sql: Sql | Transaction) => sql`
  queues as (
    (select listener, due_at from deliveries where dead_lettered_at is null order by listener, due_at limit 1)
    union all
    select next.listener, next.due_at
    from queues cross join lateral (
      select d.listener, d.due_at from deliveries d
      where d.dead_lettered_at is null and d.listener > queues.listener
      order by d.listener, d.due_at limit 1) next
  )`;

/** Whether the server delivers a queue itself. The others are pulled (`pull-queue.ts`). */
const isPushQueue = (sql: Sql) => sql`split_part(listener, ' ', 2) <> ${pullQueueMarker}`;

/**
 * Whether `e` must be delivered before `d`: the payment itself first, then its reversals, oldest first. A
 * delivery in a pull queue blocks only other pulled deliveries, because it may never be pulled.
 *
 * The rows of one original payment are few, and its index finds them. `coalesce` hides the partial index of
 * rows with `parked_at is null` from the planner, which without statistics would read all of it for every row.
 */
export const isEarlier = (sql: Sql | Transaction) => sql`
  e.subject_id = d.subject_id and e.application_id = d.application_id and coalesce(e.dead_lettered_at, '-infinity') = '-infinity'
  and row(e.notification_id <> e.subject_id, e.notification_id) < row(d.notification_id <> d.subject_id, d.notification_id)
  and (split_part(e.listener, ' ', 2) <> ${pullQueueMarker} or split_part(d.listener, ' ', 2) = ${pullQueueMarker})`;

/**
 * Whether the id of `d` is below the limit. `+ 0` keeps the planner from using the primary key: the rows are to
 * be found through their queue's index.
 */
const isBelow = (sql: Sql, belowId: bigint | null) => sql`
  d.notification_id + 0 < ${belowId ?? maxId}::bigint`;

const maxId = 2n ** 63n - 1n;

/**
 * Claims due deliveries within the limits per listener and per application, longest waiting first.
 *
 * No other server can claim a row until its lease ends. Rows that other servers are claiming are skipped.
 */
export function claimDeliveries(sql: Sql, claim: ClaimOptions): Promise<ClaimedDelivery[]> {
  const now = toTimestamp(claim.now);
  return sql<ClaimedDelivery[]>`
    with recursive ${queuesCte(sql)},
    due as materialized (
      select listener, due_at, split_part(listener, ' ', 1) as application,
             coalesce((${sql.json(claim.freeByListener)}::jsonb ->> listener)::integer, ${claim.perListener}) as free
      from queues where due_at <= ${now} and ${isPushQueue(sql)}
    ),
    applications as materialized (
      select array_agg(listener order by due_at) as listeners, array_agg(due.free order by due_at) as frees,
             coalesce((${sql.json(claim.freeByApplication)}::jsonb ->> application)::integer, ${claim.perApplication}) as free
      from due group by application order by min(due_at)
    ),
    claimed as materialized (
      select per_application.notification_id
      from applications cross join lateral (
        select one.notification_id
        from unnest(applications.listeners, applications.frees) as due (listener, free) cross join lateral (
          select d.notification_id from deliveries d
          where d.listener = due.listener and d.dead_lettered_at is null and d.due_at <= ${now}
            and d.lease_until < clock_timestamp() and ${isBelow(sql, claim.belowId)}
            and (d.notification_id = d.subject_id or not exists (select from deliveries e where ${isEarlier(sql)}))
          order by d.due_at limit due.free
          for no key update skip locked) one
        limit applications.free) per_application
      limit ${claim.limit}
    )
    update deliveries d
    set lease_until = clock_timestamp() + make_interval(secs => ${claim.leaseMs / 1000}::float8)
    where d.notification_id = any(array(select notification_id from claimed))
    returning d.notification_id as "notificationId", d.subject_id as "subjectId", d.application_id as "applicationId", d.listener, d.attempts,
              d.lease_until::text as lease, exists (select from callback_faults) as "hasFaults"`;
}

/** A claimed delivery with its lease. */
export interface LeasedDelivery {
  readonly notificationId: bigint;
  readonly subjectId: bigint;
  readonly lease: string;
}

/**
 * Locks deliveries that are about to be closed or rescheduled, with all others of the same original payments.
 * Always in the same order, so that two transactions cannot deadlock.
 */
export async function lockDeliveries(tx: Transaction, rows: readonly LeasedDelivery[]): Promise<void> {
  await tx`
    select from deliveries where subject_id = any(${toArrayLiteral(rows.map((row) => row.subjectId))}::bigint[])
    order by notification_id for update`;
}

/**
 * Removes acknowledged deliveries, if their leases still hold. Deliveries that were blocked by them become due
 * at once.
 */
export async function closeDeliveries(
  tx: Transaction,
  rows: readonly LeasedDelivery[],
  now: number,
): Promise<void> {
  await tx`
    with delivered as (
      delete from deliveries d where ${isLeased(tx, rows)}
      returning d.notification_id, d.subject_id, d.application_id
    ), marked as (
      update notifications o set delivered_at = coalesce(o.delivered_at, clock_timestamp())
      where o.id = any(array(select notification_id from delivered))
    )
    update deliveries d set due_at = ${toTimestamp(now)}
    from delivered
    where d.subject_id = any(${toArrayLiteral(rows.map((row) => row.subjectId))}::bigint[])
      and d.subject_id = delivered.subject_id and d.application_id = delivered.application_id
      and d.notification_id <> delivered.notification_id
      and d.attempts = 0 and coalesce(d.dead_lettered_at, '-infinity') = '-infinity' and d.due_at > ${toTimestamp(now)}`;
}

/** A failed attempt: when it is retried, in milliseconds of business time, or null to dead-letter it. */
export type FailedDelivery = LeasedDelivery & { readonly nextAt: number | null };

/**
 * Reschedules or dead-letters failed deliveries, if their leases still hold. Deliveries that are blocked by a
 * rescheduled one get the same due time. A dead-lettered one blocks nothing.
 */
export async function reschedule(
  tx: Transaction,
  rows: readonly FailedDelivery[],
  now: number,
): Promise<void> {
  await tx`
    with failed as (
      update deliveries d
      set attempts = d.attempts + 1, lease_until = '-infinity',
          due_at = coalesce(to_timestamp(v.next_ms / 1000.0), d.due_at),
          dead_lettered_at = case when v.next_ms is null then ${toTimestamp(now)}::timestamptz end
      from unnest(${toArrayLiteral(rows.map((row) => row.notificationId))}::bigint[],
                  ${toTextArrayLiteral(rows.map((row) => row.lease))}::timestamptz[],
                  ${toArrayLiteral(rows.map((row) => row.nextAt))}::bigint[]) as v (notification_id, lease, next_ms)
      where ${isLeased(tx, rows)} and d.notification_id = v.notification_id and d.lease_until = v.lease
      returning d.notification_id, d.subject_id, d.application_id, d.due_at, d.dead_lettered_at
    )
    update deliveries d
    set due_at = case when failed.dead_lettered_at is null then failed.due_at else ${toTimestamp(now)} end
    from failed
    where d.subject_id = any(${toArrayLiteral(rows.map((row) => row.subjectId))}::bigint[])
      and d.subject_id = failed.subject_id and d.application_id = failed.application_id
      and d.notification_id <> failed.notification_id and coalesce(d.dead_lettered_at, '-infinity') = '-infinity'
      and d.lease_until < clock_timestamp()
      and case when failed.dead_lettered_at is null
               then d.due_at < failed.due_at
                    and row(failed.notification_id <> failed.subject_id, failed.notification_id)
                        < row(d.notification_id <> d.subject_id, d.notification_id)
               else d.attempts = 0 and d.due_at > ${toTimestamp(now)} end`;
}

/** Releases claimed deliveries without an attempt. Any server may claim them at once. */
export async function releaseLeases(sql: Sql, rows: readonly LeasedDelivery[]): Promise<void> {
  await sql`
    with leased as materialized (
      select d.notification_id from deliveries d where ${isLeased(sql, rows)} order by d.notification_id for no key update
    )
    update deliveries d set lease_until = '-infinity'
    where d.notification_id = any(array(select notification_id from leased))`;
}

/** Whether `d` is one of these and its lease is unchanged. A claim by another server changes the lease. */
const isLeased = (sql: Sql | Transaction, rows: readonly LeasedDelivery[]) => sql`
  d.notification_id = any(${toArrayLiteral(rows.map((row) => row.notificationId))}::bigint[])
  and d.lease_until = any(${toTextArrayLiteral(rows.map((row) => row.lease))}::timestamptz[])`;

/**
 * Makes callbacks due now: acknowledged ones are delivered again, dead-lettered ones restart their schedule,
 * and open ones do not wait any longer. Returns how many.
 */
export async function scheduleNow(sql: Sql, rows: readonly NewDelivery[], dueAt: number): Promise<number> {
  const { count } = await sql`
    insert into deliveries (notification_id, subject_id, application_id, listener, due_at)
    select notification_id, subject_id, application_id, listener, ${toTimestamp(dueAt)}::timestamptz
    from unnest(${toArrayLiteral(rows.map((row) => row.notificationId))}::bigint[],
                ${toArrayLiteral(rows.map((row) => row.subjectId))}::bigint[],
                ${toArrayLiteral(rows.map((row) => row.applicationId))}::bigint[],
                ${toTextArrayLiteral(rows.map((row) => row.listener))}::text[])
         as v (notification_id, subject_id, application_id, listener)
    order by notification_id
    on conflict (notification_id) do update
    set due_at = excluded.due_at, dead_lettered_at = null,
        attempts = case when deliveries.dead_lettered_at is null then deliveries.attempts else 0 end`;
  return count;
}

/** How many rows of each queue are checked for blocked deliveries. */
const blockedScanLimit = 100;

/**
 * Defers due deliveries that are blocked by one that is not due yet. The writing transactions do this where
 * they can; concurrent transactions and manual resends leave cases for this function. Locked rows are left for
 * the next run.
 */
export async function deferBlocked(sql: Sql, now: number): Promise<void> {
  await sql`
    with recursive ${queuesCte(sql)}, behind as materialized (
      select one.notification_id, one.until
      from queues cross join lateral (
        select d.notification_id,
               (select max(e.due_at) from deliveries e where d.notification_id <> d.subject_id and ${isEarlier(sql)}) as until
        from deliveries d
        where d.listener = queues.listener and d.dead_lettered_at is null and d.due_at <= ${toTimestamp(now)}
        order by d.due_at limit ${blockedScanLimit}) one
      where queues.due_at <= ${toTimestamp(now)} and one.until > ${toTimestamp(now)}
    ), deferred as materialized (
      select d.notification_id from deliveries d
      where d.notification_id = any(array(select notification_id from behind))
        and d.due_at <= ${toTimestamp(now)} and d.lease_until < clock_timestamp()
      for no key update skip locked
    )
    update deliveries d set due_at = behind.until
    from behind
    where d.notification_id = any(array(select notification_id from deferred)) and d.notification_id = behind.notification_id`;
}

/**
 * When the next delivery that is not pulled is due, if that is at or before `until`: business time, in
 * milliseconds. `belowId` is as in `ClaimOptions`. Skipped queues do not count, nor what waits for a delivery in one.
 */
export async function readNextDueAt(
  sql: Sql,
  until: number,
  belowId: bigint | null,
  skipped: { readonly listeners: readonly string[]; readonly applications: readonly string[] } = {
    listeners: [],
    applications: [],
  },
): Promise<number | null> {
  const listeners = sql`${toTextArrayLiteral(skipped.listeners)}::text[]`;
  const applications = sql`${toTextArrayLiteral(skipped.applications)}::text[]`;
  const isUnblocked =
    skipped.listeners.length === 0
      ? sql`true`
      : sql`not exists (select from deliveries e where e.listener = any(${listeners}) and ${isEarlier(sql)})`;
  const [row] = await sql<{ at: Date | null }[]>`
    with recursive ${queuesCte(sql)}
    select min(one.due_at) as at
    from queues cross join lateral (
      select d.due_at from deliveries d
      where d.listener = queues.listener and d.dead_lettered_at is null and d.due_at <= ${toTimestamp(until)}
        and ${isBelow(sql, belowId)} and ${isUnblocked}
      order by d.due_at limit 1) one
    where queues.due_at <= ${toTimestamp(until)} and ${isPushQueue(sql)}
      and listener <> all(${listeners}) and split_part(listener, ' ', 1) <> all(${applications})`;
  return row?.at?.getTime() ?? null;
}

/** The state of all queues together. */
export interface QueueState {
  readonly open: number;
  readonly deadLettered: number;
  /** The earliest due time of deliveries that are due and not pulled, in business time; null if there are none. */
  readonly oldestDueAt: Date | null;
}

export async function readQueueState(sql: Sql, now: number): Promise<QueueState> {
  const [row] = await sql<{ open: bigint; deadLettered: bigint; oldestDueAt: Date | null }[]>`
    with recursive ${queuesCte(sql)}
    select (select count(*) from deliveries where dead_lettered_at is null) as open,
           (select count(*) from deliveries where dead_lettered_at is not null) as "deadLettered",
           (select min(due_at) from queues where due_at <= ${toTimestamp(now)} and ${isPushQueue(sql)}) as "oldestDueAt"`;
  return {
    open: Number(row?.open ?? 0n),
    deadLettered: Number(row?.deadLettered ?? 0n),
    oldestDueAt: row?.oldestDueAt ?? null,
  };
}
