/**
 * Deliveries: what is still to be told, one row for each notification that its listener has not acknowledged.
 *
 * The table is a queue that several servers take from. It stays quick because every statement here visits
 * the rows that it takes and little else: a hundred thousand that wait for a dead listener lie behind one
 * entry of the index.
 *
 * Rows are named by arrays of their ids rather than joined: a plan that was made while the table was empty
 * would join by reading all of it, and go on doing so when it no longer is.
 */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toTimestamp, toArrayLiteral, toTextArrayLiteral } from "../driver/array-columns.ts";
import { isPullUrl, getPullQueueName, pullQueueMarker } from "./pull-url.ts";

export interface NewDelivery {
  readonly notificationId: bigint;
  /** The payment that it is about: what is told of one payment is told in order. */
  readonly subjectId: bigint;
  readonly applicationId: bigint;
  /** See `listenerKey`. */
  readonly listener: string;
}

/** Whose queue a delivery stands in: an application's, at one origin, or for whoever collects its results. */
export function listenerKey(applicationId: bigint, url: string): string {
  if (isPullUrl(url)) return getPullQueueName(applicationId, url);
  return `${applicationId} ${URL.parse(url)?.origin ?? "nowhere"}`;
}

/** Whose listener that is. */
export const getApplicationKey = (listener: string): string => listener.split(" ", 1)[0] ?? listener;

/**
 * Writes deliveries that are due at once: business time, in milliseconds since 1970.
 *
 * One that has to wait for an earlier one is due when that one is tried again. It would be found, and
 * passed over, again and again if it were due before.
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
  /** Business time: what was due by then is claimed. */
  readonly now: number;
  /** How many at once for a listener that is not named in `free`. */
  readonly perListener: number;
  /** How many for the others, by listener. */
  readonly freeByListener: Readonly<Record<string, number>>;
  /** How many for all listeners of an application that is not named in `freeOf`. */
  readonly perApplication: number;
  /** How many for the others, by application. */
  readonly freeByApplication: Readonly<Record<string, number>>;
  /** How many for all of them together. */
  readonly limit: number;
  /** Only payments and questions with lower ids than this; any if it is null. */
  readonly belowId: bigint | null;
  /** Wall time, in milliseconds: when whoever claimed is taken to be gone. */
  readonly leaseMs: number;
}

export interface ClaimedDelivery extends NewDelivery {
  /** Finished attempts. */
  readonly attempts: number;
  /** What says that it is still ours when it is recorded. */
  readonly lease: string;
}

/** The listeners with something to tell, each with the time at which its first is due. */
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

/** Whether a queue is ours to call: what is collected waits for whoever collects it (`relay.ts`). */
const isPushQueue = (sql: Sql) => sql`split_part(listener, ' ', 2) <> ${pullQueueMarker}`;

/**
 * Whether `e` is told before `d`: the payment itself first, then what was done to it, oldest first. What
 * waits to be collected holds up nothing else: nobody may ever come for it.
 *
 * Those about one payment are few, and found by that. The planner must not see that the index of what is
 * not parked would do as well: while it has no statistics it reads all of that one for every row.
 */
export const isEarlier = (sql: Sql | Transaction) => sql`
  e.subject_id = d.subject_id and e.application_id = d.application_id and coalesce(e.dead_lettered_at, '-infinity') = '-infinity'
  and row(e.notification_id <> e.subject_id, e.notification_id) < row(d.notification_id <> d.subject_id, d.notification_id)
  and (split_part(e.listener, ' ', 2) <> ${pullQueueMarker} or split_part(d.listener, ' ', 2) = ${pullQueueMarker})`;

/**
 * Whether `d` is one of those with lower ids. They are looked for in their queue, by when they are due; the
 * planner must not see that the primary key would find them too, and them alone.
 */
const isBelow = (sql: Sql, belowId: bigint | null) => sql`
  d.notification_id + 0 < ${belowId ?? maxId}::bigint`;

const maxId = 2n ** 63n - 1n;

/**
 * Takes what is due, a few for each listener and not too many for an application, those first that have
 * waited longest.
 *
 * Whoever took a row has it until its lease is over; nobody else sees it meanwhile. Rows that other servers
 * are just taking are passed over.
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
    mine as materialized (
      select its.notification_id
      from applications cross join lateral (
        select one.notification_id
        from unnest(applications.listeners, applications.frees) as due (listener, free) cross join lateral (
          select d.notification_id from deliveries d
          where d.listener = due.listener and d.dead_lettered_at is null and d.due_at <= ${now}
            and d.lease_until < clock_timestamp() and ${isBelow(sql, claim.belowId)}
            and (d.notification_id = d.subject_id or not exists (select from deliveries e where ${isEarlier(sql)}))
          order by d.due_at limit due.free
          for no key update skip locked) one
        limit applications.free) its
      limit ${claim.limit}
    )
    update deliveries d
    set lease_until = clock_timestamp() + make_interval(secs => ${claim.leaseMs / 1000}::float8)
    where d.notification_id = any(array(select notification_id from mine))
    returning d.notification_id as "notificationId", d.subject_id as "subjectId", d.application_id as "applicationId", d.listener, d.attempts,
              d.lease_until::text as lease`;
}

/** What was claimed, and the lease that says whether it still is. */
export interface LeasedDelivery {
  readonly notificationId: bigint;
  readonly subjectId: bigint;
  readonly lease: string;
}

/**
 * Locks deliveries that are about to be closed or put off, with all that are about the same payments. In one
 * order, whoever does it: two transactions that each had what the other wants would wait for ever.
 */
export async function lockDeliveries(tx: Transaction, rows: readonly LeasedDelivery[]): Promise<void> {
  await tx`
    select from deliveries where subject_id = any(${toArrayLiteral(rows.map((row) => row.subjectId))}::bigint[])
    order by notification_id for update`;
}

/**
 * Closes deliveries whose listener acknowledged them, if they are still ours. What waited behind them is
 * due at once.
 */
export async function closeDeliveries(
  tx: Transaction,
  rows: readonly LeasedDelivery[],
  now: number,
): Promise<void> {
  await tx`
    with told as (
      delete from deliveries d where ${isLeased(tx, rows)}
      returning d.notification_id, d.subject_id, d.application_id
    ), marked as (
      update notifications o set delivered_at = coalesce(o.delivered_at, clock_timestamp())
      where o.id = any(array(select notification_id from told))
    )
    update deliveries d set due_at = ${toTimestamp(now)}
    from told
    where d.subject_id = any(${toArrayLiteral(rows.map((row) => row.subjectId))}::bigint[])
      and d.subject_id = told.subject_id and d.application_id = told.application_id and d.notification_id <> told.notification_id
      and d.attempts = 0 and coalesce(d.dead_lettered_at, '-infinity') = '-infinity' and d.due_at > ${toTimestamp(now)}`;
}

/** A failed attempt: when it is tried again, in milliseconds of business time, or null when it is parked. */
export type FailedDelivery = LeasedDelivery & { readonly nextAt: number | null };

/**
 * Puts deliveries off, or parks them, if they are still ours. What waits behind them waits as long; behind a
 * parked one nobody waits.
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

/** Gives claimed deliveries back untried: anybody may take them at once. */
export async function releaseLeases(sql: Sql, rows: readonly LeasedDelivery[]): Promise<void> {
  await sql`
    with ours as materialized (
      select d.notification_id from deliveries d where ${isLeased(sql, rows)} order by d.notification_id for no key update
    )
    update deliveries d set lease_until = '-infinity'
    where d.notification_id = any(array(select notification_id from ours))`;
}

/** Whether `d` is one of these, and nobody else has it since: whoever did would have given it another lease. */
const isLeased = (sql: Sql | Transaction, rows: readonly LeasedDelivery[]) => sql`
  d.notification_id = any(${toArrayLiteral(rows.map((row) => row.notificationId))}::bigint[])
  and d.lease_until = any(${toTextArrayLiteral(rows.map((row) => row.lease))}::timestamptz[])`;

/**
 * Makes messages due, whatever became of them before: acknowledged ones are told again, parked ones begin
 * their schedule anew, and what is open does not wait any longer. Returns how many.
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

/** So far into each queue it is looked for what waits behind others. */
const blockedScanLimit = 100;

/**
 * Makes what is due but has to wait for something that is not due until then due with it. Those who write
 * see to it where they can; what two transactions did side by side, and what a person made due, is left to
 * this. Rows that somebody else has at the moment are left to the next time.
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
    ), ours as materialized (
      select d.notification_id from deliveries d
      where d.notification_id = any(array(select notification_id from behind))
        and d.due_at <= ${toTimestamp(now)} and d.lease_until < clock_timestamp()
      for no key update skip locked
    )
    update deliveries d set due_at = behind.until
    from behind
    where d.notification_id = any(array(select notification_id from ours)) and d.notification_id = behind.notification_id`;
}

/**
 * When the next delivery that we have to call somebody for is due, if that is at or before `upto`: business
 * time, in milliseconds. `below` is as in a claim.
 */
export async function readNextDueAt(sql: Sql, until: number, belowId: bigint | null): Promise<number | null> {
  const [row] = await sql<{ at: Date | null }[]>`
    with recursive ${queuesCte(sql)}
    select min(one.due_at) as at
    from queues cross join lateral (
      select d.due_at from deliveries d
      where d.listener = queues.listener and d.dead_lettered_at is null and d.due_at <= ${toTimestamp(until)}
        and ${isBelow(sql, belowId)}
      order by d.due_at limit 1) one
    where queues.due_at <= ${toTimestamp(until)} and ${isPushQueue(sql)}`;
  return row?.at?.getTime() ?? null;
}

/** How it stands with the queue as a whole. */
export interface QueueState {
  readonly open: number;
  readonly deadLettered: number;
  /** When the one that has been due longest was due, of those that we call somebody for; null when nothing is. Business time. */
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
