/** Standing orders: mandates that the platform debits itself. */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toArrayLiteral, toTimestamp } from "../driver/array-columns.ts";
import type { MandateFrequency } from "./mandates.ts";
import type { PaymentStatus } from "./payments.ts";

export interface NewStandingOrder {
  /** The payment that asks the customer for the mandate. */
  readonly paymentId: bigint;
  readonly protocol: string;
  readonly applicationId: bigint;
  readonly organisation: string;
  readonly accountKind: "utility" | "merchant";
  readonly accountReference: string;
  readonly amountMinor: bigint;
  readonly frequency: MandateFrequency;
  /** A local day as yyyymmdd. */
  readonly startDay: number;
  readonly period: number;
  /** Business time, in milliseconds since 1970. */
  readonly nextAt: number;
}

/** A standing order that is due, with what became of the request for its mandate. */
export interface DueStandingOrder extends Omit<NewStandingOrder, "nextAt"> {
  readonly attempt: number;
  readonly nextAt: Date;
  /** Null if no payment has its id. */
  readonly paymentStatus: PaymentStatus | null;
  /** Null while the customer has not consented. */
  readonly mandateId: bigint | null;
  readonly msisdn: string | null;
  readonly reference: string | null;
  /** The last local day as yyyymmdd; null without an end. */
  readonly expiryDay: number | null;
  /** When a new mandate took its place. */
  readonly expiredAt: Date | null;
  readonly cancelledAt: Date | null;
}

export async function insertStandingOrder(sql: Sql, order: NewStandingOrder): Promise<void> {
  await sql`
    insert into standing_orders (payment_id, protocol, application_id, organisation, account_kind, account_reference,
                                 amount_minor, frequency, start_day, period, next_at)
    values (${order.paymentId}, ${order.protocol}, ${order.applicationId}, ${order.organisation}, ${order.accountKind},
            ${order.accountReference}, ${order.amountMinor}, ${order.frequency}, ${order.startDay}, ${order.period},
            ${toTimestamp(order.nextAt)})
    on conflict (payment_id) do nothing`;
}

export async function deleteStandingOrder(sql: Sql, paymentId: bigint): Promise<void> {
  await sql`delete from standing_orders where payment_id = ${paymentId}`;
}

const deleteBatchSize = 5_000;

/** Deletes standing orders that have ended and were created before an id. Their mandates and payments stay. */
export async function deleteEndedStandingOrders(sql: Sql, beforeId: bigint): Promise<void> {
  for (;;) {
    const { count } = await sql`
      delete from standing_orders where payment_id in (
        select payment_id from standing_orders
        where payment_id < ${beforeId} and next_at is null limit ${deleteBatchSize})`;
    if (count < deleteBatchSize) return;
  }
}

/** When the next standing order is due, at or before `until`; null if none is. Business time. */
export async function readNextStandingOrder(sql: Sql, until: number): Promise<number | null> {
  const [row] = await sql<{ at: Date | null }[]>`
    select min(next_at) as at from standing_orders where next_at <= ${toTimestamp(until)}`;
  return row?.at?.getTime() ?? null;
}

/** Leases due standing orders for a server, by the database's clock, and returns them. */
export async function leaseStandingOrders(
  sql: Sql,
  { now, leaseMs, limit }: StandingOrderLease,
): Promise<DueStandingOrder[]> {
  return sql<DueStandingOrder[]>`
    with due as (
      select payment_id from standing_orders
      where next_at <= ${toTimestamp(now)} and lease_until < clock_timestamp()
      order by next_at, payment_id limit ${limit} for update skip locked
    ), leased as (
      update standing_orders s set lease_until = clock_timestamp() + make_interval(secs => ${leaseMs / 1000}::float8)
      from due where s.payment_id = due.payment_id returning s.*
    )
    select s.payment_id as "paymentId", s.protocol, s.application_id as "applicationId", s.organisation,
           s.account_kind as "accountKind", s.account_reference as "accountReference", s.amount_minor as "amountMinor",
           s.frequency, s.start_day as "startDay", s.period, s.attempt, s.next_at as "nextAt",
           p.status as "paymentStatus", m.id as "mandateId", m.msisdn, m.reference,
           m.expiry_day as "expiryDay", m.expired_at as "expiredAt", m.cancelled_at as "cancelledAt"
    from leased s
    left join payments p on p.id = s.payment_id
    left join mandates m on m.payment_id = s.payment_id
    order by s.next_at, s.payment_id`;
}

export interface StandingOrderLease {
  /** Business time, in milliseconds since 1970. */
  readonly now: number;
  /** Wall time. */
  readonly leaseMs: number;
  readonly limit: number;
}

/** What a standing order waits for. */
export interface StandingOrderPlan {
  readonly period: number;
  readonly attempt: number;
  /** Business time, in milliseconds since 1970. Null if it has ended. */
  readonly nextAt: number | null;
}

/**
 * Stores the plan of an order as it was read, and ends the lease. Returns whether that was still its plan: otherwise the
 * lease ended, and another server has planned the order meanwhile.
 */
export async function updateStandingOrder(
  sql: Sql | Transaction,
  read: Pick<DueStandingOrder, "paymentId" | "period" | "attempt">,
  { period, attempt, nextAt }: StandingOrderPlan,
): Promise<boolean> {
  const at = nextAt === null ? null : toTimestamp(nextAt);
  const { count } = await sql`
    update standing_orders
    set period = ${period}, attempt = ${attempt}, next_at = ${at}, lease_until = '-infinity'
    where payment_id = any(${toArrayLiteral([read.paymentId])}::bigint[])
      and period = ${read.period} and attempt = ${read.attempt}`;
  return count > 0;
}
