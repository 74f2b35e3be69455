/**
 * Deliveries that `pesarail listen` pulls (`pull-url.ts`) instead of the server posting them. They are in the
 * same table, in queues that the dispatcher ignores.
 */
import { toTimestamp, toArrayLiteral } from "../driver/array-columns.ts";
import type { Sql } from "../driver/connect.ts";
import { isEarlier, listenerKey, queuesCte, type ClaimedDelivery } from "./deliveries.ts";
import { getFallbackUrl, getPullQueueNames, pullQueueMarker } from "./pull-url.ts";

export interface PullOptions {
  readonly applicationId: bigint;
  /** Business time: deliveries that are due by then are pulled. */
  readonly now: number;
  readonly limit: number;
  /** In milliseconds of wall time: afterwards the delivery can be pulled again. */
  readonly leaseMs: number;
}

export interface PulledDelivery extends ClaimedDelivery {
  /** The lease in digits. The client sends it back with the result of the delivery. */
  readonly receipt: string;
}

/** Wall time in microseconds: no two leases of one delivery are equal. */
const receiptColumn = (sql: Sql) => sql`to_char(d.lease_until at time zone 'UTC', 'YYYYMMDDHH24MISSUS')`;

const columns = (sql: Sql) => sql`
  d.notification_id as "notificationId", d.subject_id as "subjectId", d.application_id as "applicationId", d.listener, d.attempts,
  d.lease_until::text as lease, ${receiptColumn(sql)} as receipt`;

const getPullQueues = (applicationId: bigint): string[] => Object.values(getPullQueueNames(applicationId));

/** Claims the due deliveries of an application's pull queues, longest waiting first. */
export async function pullDeliveries(sql: Sql, options: PullOptions): Promise<PulledDelivery[]> {
  const { applicationId, limit, leaseMs } = options;
  const now = toTimestamp(options.now);
  const pulled = await sql<(PulledDelivery & { dueAt: Date })[]>`
    with claimed as materialized (
      select one.notification_id
      from unnest(${getPullQueues(applicationId)}::text[]) as pull_queue (listener) cross join lateral (
        select d.notification_id, d.due_at from deliveries d
        where d.listener = pull_queue.listener and d.dead_lettered_at is null and d.due_at <= ${now}
          and d.lease_until < clock_timestamp()
          and (d.notification_id = d.subject_id or not exists (select from deliveries e where ${isEarlier(sql)}))
        order by d.due_at, d.notification_id limit ${limit}
        for no key update skip locked) one
      order by one.due_at, one.notification_id limit ${limit}
    )
    update deliveries d
    set lease_until = clock_timestamp() + make_interval(secs => ${leaseMs / 1000}::float8)
    where d.notification_id = any(array(select notification_id from claimed))
    returning ${columns(sql)}, d.due_at as "dueAt"`;
  return pulled.toSorted(
    (a, b) => a.dueAt.getTime() - b.dueAt.getTime() || (a.notificationId < b.notificationId ? -1 : 1),
  );
}

/** The delivery with this receipt; undefined if its lease has changed. */
export async function readPulledDelivery(
  sql: Sql,
  applicationId: bigint,
  notificationId: bigint,
  receipt: string,
): Promise<PulledDelivery | undefined> {
  const rows = await sql<PulledDelivery[]>`
    select ${columns(sql)} from deliveries d
    where d.notification_id = ${notificationId} and d.listener = any(${getPullQueues(applicationId)}::text[])
      and ${receiptColumn(sql)} = ${receipt}`;
  return rows[0];
}

/**
 * Makes everything in an application's pull queues due now (business time). Rescheduled deliveries go first.
 * Leases stay.
 */
export async function makePullDue(sql: Sql, applicationId: bigint, now: number): Promise<void> {
  const queueNames = getPullQueues(applicationId);
  await sql`
    with waiting as materialized (
      select notification_id from deliveries
      where listener = any(${queueNames}::text[]) and dead_lettered_at is null and due_at > ${toTimestamp(now)}
        and lease_until < clock_timestamp()
      order by notification_id for no key update skip locked
    )
    update deliveries
    set due_at = least(${toTimestamp(now)}::timestamptz, (
      select min(due_at) from deliveries where listener = any(${queueNames}::text[]) and dead_lettered_at is null))
    where notification_id = any(array(select notification_id from waiting))`;
}

/** The number of deliveries in an application's pull queues, including those with a lease. */
export async function countUnpulled(sql: Sql, applicationId: bigint): Promise<number> {
  const [row] = await sql<{ waiting: bigint }[]>`
    select count(*) as waiting from deliveries
    where listener = any(${getPullQueues(applicationId)}::text[]) and dead_lettered_at is null`;
  return Number(row?.waiting ?? 0n);
}

/** The applications with pull deliveries that have a fallback URL. */
export async function readApplicationsWithFallback(sql: Sql): Promise<bigint[]> {
  const rows = await sql<{ application: string }[]>`
    with recursive ${queuesCte(sql)}
    select split_part(listener, ' ', 1) as application from queues
    where split_part(listener, ' ', 2) = ${pullQueueMarker} and split_part(listener, ' ', 3) <> ''`;
  return rows.map(({ application }) => BigInt(application));
}

const returnBatchSize = 1000;

/**
 * Moves pull deliveries with a fallback URL to that URL's queue: due at once, with a restarted schedule.
 * Deliveries with a lease stay. Returns how many were moved.
 */
export function returnDeliveriesToPush(sql: Sql, applicationId: bigint, now: number): Promise<number> {
  return sql.begin(async (tx) => {
    const rows = await tx<{ notificationId: bigint; endpoint: string }[]>`
      select d.notification_id as "notificationId", o.endpoint
      from deliveries d
      cross join lateral (select endpoint from notifications where notifications.id = d.notification_id offset 0) o
      where d.listener = ${getPullQueueNames(applicationId).withFallback} and d.dead_lettered_at is null
        and d.lease_until < clock_timestamp()
      order by d.due_at limit ${returnBatchSize} for update of d skip locked`;
    const byFallbackUrl = Map.groupBy(rows, ({ endpoint }) => getFallbackUrl(endpoint) ?? endpoint);
    for (const [fallbackUrl, deliveries] of byFallbackUrl) {
      const ids = toArrayLiteral(deliveries.map(({ notificationId }) => notificationId));
      await tx`update notifications set endpoint = ${fallbackUrl} where id = any(${ids}::bigint[])`;
      await tx`
        update deliveries
        set listener = ${listenerKey(applicationId, fallbackUrl)}, attempts = 0, due_at = least(due_at, ${toTimestamp(now)})
        where notification_id = any(${ids}::bigint[])`;
    }
    return rows.length;
  });
}
