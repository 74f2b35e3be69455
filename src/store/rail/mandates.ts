/** Mandates, and the periods in which they were paid. */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toTimestamp, toArrayLiteral, toTextArrayLiteral } from "../driver/array-columns.ts";

/** Null in a row is "on demand", as `on_demand` is. */
export type MandateFrequency =
  | "on_demand"
  | "once"
  | "daily"
  | "weekly"
  | "fortnightly"
  | "monthly"
  | "every_two_months"
  | "quarterly"
  | "half_yearly"
  | "yearly";

export interface MandateRow {
  id: bigint;
  paymentId: bigint;
  applicationId: bigint;
  organisation: string;
  msisdn: string;
  reference: string;
  /** `01` to `08`; null allows a debit at any time. */
  frequency: MandateFrequency | null;
  /** Local days as yyyymmdd. */
  firstPaymentDay: number | null;
  expiryDay: number | null;
  /** Days of the month, 1 to 31. */
  rangeStart: number | null;
  rangeEnd: number | null;
  cancelledAt: Date | null;
  /** When a new mandate took its place after its expiry day. Null also for an expired one that none has replaced. */
  expiredAt: Date | null;
  createdAt: Date;
}

const columns = (sql: Sql | Transaction) => sql`
  id, payment_id as "paymentId", application_id as "applicationId", organisation, msisdn, reference, frequency,
  first_payment_day as "firstPaymentDay", expiry_day as "expiryDay", range_start as "rangeStart",
  range_end as "rangeEnd", cancelled_at as "cancelledAt", expired_at as "expiredAt", created_at as "createdAt"`;

/** How a caller identifies a mandate: by organisation, reference and customer, and by id if given. */
export interface MandateName {
  readonly organisation: string;
  readonly reference: string;
  readonly msisdn: string;
  readonly mandateId: bigint | null;
  /** The application that asks: its own mandate of this reference is selected first. Null if the customer asks. */
  readonly applicationId: bigint | null;
}

/** What an application calls a mandate when it creates it. At most one mandate of a key is active. */
export type MandateKey = Pick<MandateRow, "applicationId" | "msisdn" | "reference">;

/** Every mandate that matches one of these names, newest first. */
export function readMandates(sql: Sql | Transaction, names: readonly MandateName[]): Promise<MandateRow[]> {
  return sql<MandateRow[]>`
    select ${columns(sql)} from mandates where ${hasName(sql, names)} order by id desc`;
}

const hasName = (sql: Sql | Transaction, names: readonly MandateName[]) => sql`
  ((organisation, reference, msisdn) in (
     select * from unnest(${toTextArrayLiteral(names.map((name) => name.organisation))}::text[],
                          ${toTextArrayLiteral(names.map((name) => name.reference))}::text[],
                          ${toTextArrayLiteral(names.map((name) => name.msisdn))}::text[]))
   or id = any(${toArrayLiteral(names.map((name) => name.mandateId))}::bigint[]))`;

/** Neither cancelled nor replaced; its expiry day may have passed. The condition of the index `mandates_one_active`. */
const hasKey = (sql: Sql | Transaction, keys: readonly MandateKey[]) => sql`
  ((application_id, msisdn, reference) in (
     select * from unnest(${toArrayLiteral(keys.map((key) => key.applicationId))}::bigint[],
                          ${toTextArrayLiteral(keys.map((key) => key.msisdn))}::text[],
                          ${toTextArrayLiteral(keys.map((key) => key.reference))}::text[]))
   and cancelled_at is null and expired_at is null and msisdn !~ '^0+[1-9]$')`;

/** Mandates of these keys that are neither cancelled nor replaced: at most one of each key. */
export function readMandatesByKey(tx: Transaction, keys: readonly MandateKey[]): Promise<MandateRow[]> {
  return tx<MandateRow[]>`select ${columns(tx)} from mandates where ${hasKey(tx, keys)}`;
}

/**
 * Locks the mandates that match a name or a key, in id order, until the transaction ends, and returns those that
 * match. One statement locks both, because two would let two batches deadlock.
 */
export async function lockMandates(
  tx: Transaction,
  names: readonly MandateName[],
  keys: readonly MandateKey[],
): Promise<MandateRow[]> {
  const mandates = await tx<{ id: bigint }[]>`
    select id from mandates where ${hasName(tx, names)}
    union
    select id from mandates where ${hasKey(tx, keys)}`;
  if (mandates.length === 0) return [];
  const ids = toArrayLiteral(mandates.map((mandate) => mandate.id));
  await tx`select id from mandates where id = any(${ids}::bigint[]) order by id for update`;
  return tx<MandateRow[]>`
    select ${columns(tx)} from mandates where id = any(${ids}::bigint[]) order by id desc`;
}

export interface PaidPeriod {
  readonly mandateId: bigint;
  readonly period: number;
}

/** Those of these periods that are already paid. */
export function readPaidPeriods(tx: Transaction, periods: readonly PaidPeriod[]): Promise<PaidPeriod[]> {
  return tx<PaidPeriod[]>`
    select mandate_id as "mandateId", period
    from unnest(${toArrayLiteral(periods.map((paid) => paid.mandateId))}::bigint[],
                ${toArrayLiteral(periods.map((paid) => paid.period))}::integer[]) as v (mandate_id, period)
    join mandate_periods using (mandate_id, period)`;
}

export type NewMandate = Omit<MandateRow, "id" | "cancelledAt" | "expiredAt" | "createdAt">;

/** Inserts mandates and returns their ids by the payment that created them. */
export async function insertMandates(
  tx: Transaction,
  mandates: readonly NewMandate[],
  at: number,
): Promise<ReadonlyMap<bigint, bigint>> {
  const rows = mandates.map((mandate) => ({
    payment_id: mandate.paymentId,
    application_id: mandate.applicationId,
    organisation: mandate.organisation,
    msisdn: mandate.msisdn,
    reference: mandate.reference,
    frequency: mandate.frequency,
    first_payment_day: mandate.firstPaymentDay,
    expiry_day: mandate.expiryDay,
    range_start: mandate.rangeStart,
    range_end: mandate.rangeEnd,
    created_at: toTimestamp(at),
  }));
  const inserted = await tx<{ paymentId: bigint; id: bigint }[]>`
    insert into mandates ${tx(rows)} returning payment_id as "paymentId", id`;
  return new Map(inserted.map((row) => [row.paymentId, row.id]));
}

export async function cancelMandates(tx: Transaction, ids: readonly bigint[], at: number): Promise<void> {
  await tx`
    update mandates set cancelled_at = ${toTimestamp(at)}
    where id = any(${toArrayLiteral(ids)}::bigint[]) and cancelled_at is null`;
}

/** Records that mandates have expired, so that new ones can take their place. */
export async function expireMandates(tx: Transaction, ids: readonly bigint[], at: number): Promise<void> {
  await tx`
    update mandates set expired_at = ${toTimestamp(at)}
    where id = any(${toArrayLiteral(ids)}::bigint[]) and expired_at is null`;
}

/** Marks periods as paid. The primary key rejects a second payment in the same period. */
export async function insertPaidPeriods(
  tx: Transaction,
  rows: readonly (PaidPeriod & { paymentId: bigint })[],
): Promise<void> {
  await tx`
    insert into mandate_periods (mandate_id, period, payment_id)
    select * from unnest(${toArrayLiteral(rows.map((row) => row.mandateId))}::bigint[],
                         ${toArrayLiteral(rows.map((row) => row.period))}::integer[],
                         ${toArrayLiteral(rows.map((row) => row.paymentId))}::bigint[])`;
}

/** The mandate that a payment created, if any. */
export async function readMandateByPayment(
  sql: Sql | Transaction,
  paymentId: bigint,
): Promise<MandateRow | undefined> {
  const rows = await sql<MandateRow[]>`select ${columns(sql)} from mandates where payment_id = ${paymentId}`;
  return rows[0];
}
