/**
 * Deliveries that are collected by whoever listens for an application (`relay-url.ts`), instead of being
 * posted. They stand in the same table, in queues that no server calls anybody for.
 */
import { moment, plainColumn } from "./columns.ts";
import type { Sql } from "./connect.ts";
import { isEarlier, listenerKey, queues, type ClaimedDelivery } from "./deliveries.ts";
import { homeOf, relayQueues, relayWord } from "./relay-url.ts";

export interface Collect {
  readonly applicationId: bigint;
  /** Business time: what was due by then is collected. */
  readonly now: number;
  readonly most: number;
  /** Wall time, in milliseconds: when whoever collected it is taken to be gone. */
  readonly leaseMs: number;
}

export interface Collected extends ClaimedDelivery {
  /** The lease in digits: what whoever collected it shows when it says what came of it. */
  readonly receipt: string;
}

/** Wall time to the microsecond: no two leases of one delivery are the same. */
const receipt = (sql: Sql) => sql`to_char(d.lease_until at time zone 'UTC', 'YYYYMMDDHH24MISSUS')`;

const columns = (sql: Sql) => sql`
  d.payment_id as "paymentId", d.about, d.application_id as "applicationId", d.listener, d.attempts,
  d.lease_until::text as lease, ${receipt(sql)} as receipt`;

const queuesOf = (applicationId: bigint): string[] => Object.values(relayQueues(applicationId));

/** Takes what is due for an application, the longest waiting first. As `claimDeliveries` does for listeners. */
export async function collectDeliveries(sql: Sql, collect: Collect): Promise<Collected[]> {
  const { applicationId, most, leaseMs } = collect;
  const now = moment(collect.now);
  const taken = await sql<(Collected & { dueAt: Date })[]>`
    with mine as materialized (
      select one.payment_id
      from unnest(${queuesOf(applicationId)}::text[]) as its (listener) cross join lateral (
        select d.payment_id, d.due_at from deliveries d
        where d.listener = its.listener and d.parked_at is null and d.due_at <= ${now}
          and d.lease_until < clock_timestamp()
          and (d.payment_id = d.about or not exists (select from deliveries e where ${isEarlier(sql)}))
        order by d.due_at, d.payment_id limit ${most}
        for no key update skip locked) one
      order by one.due_at, one.payment_id limit ${most}
    )
    update deliveries d
    set lease_until = clock_timestamp() + make_interval(secs => ${leaseMs / 1000}::float8)
    where d.payment_id = any(array(select payment_id from mine))
    returning ${columns(sql)}, d.due_at as "dueAt"`;
  return taken.toSorted(
    (a, b) => a.dueAt.getTime() - b.dueAt.getTime() || (a.paymentId < b.paymentId ? -1 : 1),
  );
}

/** A delivery that is still in the hands of whoever has this receipt; undefined if it no longer is. */
export async function readCollected(
  sql: Sql,
  applicationId: bigint,
  paymentId: bigint,
  given: string,
): Promise<Collected | undefined> {
  const rows = await sql<Collected[]>`
    select ${columns(sql)} from deliveries d
    where d.payment_id = ${paymentId} and d.listener = any(${queuesOf(applicationId)}::text[])
      and ${receipt(sql)} = ${given}`;
  return rows[0];
}

/**
 * Has everything that waits for an application to collect it wait no longer: business time. What failed before
 * goes in front of what came after it. Leases stay.
 */
export async function hurryCollection(sql: Sql, applicationId: bigint, now: number): Promise<void> {
  const its = queuesOf(applicationId);
  await sql`
    with late as materialized (
      select payment_id from deliveries
      where listener = any(${its}::text[]) and parked_at is null and due_at > ${moment(now)}
        and lease_until < clock_timestamp()
      order by payment_id for no key update skip locked
    )
    update deliveries
    set due_at = least(${moment(now)}::timestamptz, (
      select min(due_at) from deliveries where listener = any(${its}::text[]) and parked_at is null))
    where payment_id = any(array(select payment_id from late))`;
}

/** How many wait for an application to collect them, those in somebody's hands among them. */
export async function countUncollected(sql: Sql, applicationId: bigint): Promise<number> {
  const [row] = await sql<{ waiting: bigint }[]>`
    select count(*) as waiting from deliveries
    where listener = any(${queuesOf(applicationId)}::text[]) and parked_at is null`;
  return Number(row?.waiting ?? 0n);
}

/** The applications for which something waits to be collected that has somewhere else to go. */
export async function applicationsWithHome(sql: Sql): Promise<bigint[]> {
  const rows = await sql<{ application: string }[]>`
    with recursive ${queues(sql)}
    select split_part(listener, ' ', 1) as application from queues
    where split_part(listener, ' ', 2) = ${relayWord} and split_part(listener, ' ', 3) <> ''`;
  return rows.map(({ application }) => BigInt(application));
}

/** At most this many are sent home at a time. */
const sentHomeMax = 1000;

/**
 * Has what waits to be collected, and has somewhere else to go, posted there: due at once, and its schedule
 * anew. What is in somebody's hands stays. Returns how many there were.
 */
export function sendHome(sql: Sql, applicationId: bigint, now: number): Promise<number> {
  return sql.begin(async (tx) => {
    const rows = await tx<{ paymentId: bigint; url: string }[]>`
      select d.payment_id as "paymentId", o.url
      from deliveries d
      cross join lateral (select url from outbox where outbox.payment_id = d.payment_id offset 0) o
      where d.listener = ${relayQueues(applicationId).withHome} and d.parked_at is null
        and d.lease_until < clock_timestamp()
      order by d.due_at limit ${sentHomeMax} for update of d skip locked`;
    const byHome = Map.groupBy(rows, ({ url }) => homeOf(url) ?? url);
    for (const [home, its] of byHome) {
      const ids = plainColumn(its.map(({ paymentId }) => paymentId));
      await tx`update outbox set url = ${home} where payment_id = any(${ids}::bigint[])`;
      await tx`
        update deliveries
        set listener = ${listenerKey(applicationId, home)}, attempts = 0, due_at = least(due_at, ${moment(now)})
        where payment_id = any(${ids}::bigint[])`;
    }
    return rows.length;
  });
}
