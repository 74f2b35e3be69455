/**
 * Validations: payments of customers about which an organisation's server is asked before the money moves.
 *
 * The table is a queue that several servers read. A row is sent once. If the server that sent it stops, its lease ends,
 * and another server decides the payment without an answer. Every open row belongs to a hold.
 */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toTimestamp, toArrayLiteral, toTextArrayLiteral } from "../driver/array-columns.ts";
import type { ResponseType } from "./c2b-urls.ts";

export interface NewValidation {
  readonly paymentId: bigint;
  /** The protocol that renders the request. */
  readonly protocol: string;
  /** The application that registered the URL. */
  readonly applicationId: bigint;
  readonly url: string;
  readonly responseType: ResponseType;
  /** How long the request may wait until it is sent, in milliseconds of wall time. */
  readonly sendWithinMs: number;
}

/** The key of a validation's queue: the origin of the URL. */
const toValidator = (url: string): string => URL.parse(url)?.origin ?? "nowhere";

export async function insertValidations(
  tx: Transaction,
  validations: readonly NewValidation[],
): Promise<void> {
  await tx`
    insert into validations (payment_id, protocol, application_id, url, validator, response_type, send_until)
    select payment_id, protocol, application_id, url, validator, response_type,
           clock_timestamp() + send_within_ms * interval '1 millisecond'
    from unnest(${toArrayLiteral(validations.map((validation) => validation.paymentId))}::bigint[],
                ${toTextArrayLiteral(validations.map((validation) => validation.protocol))}::text[],
                ${toArrayLiteral(validations.map((validation) => validation.applicationId))}::bigint[],
                ${toTextArrayLiteral(validations.map((validation) => validation.url))}::text[],
                ${toTextArrayLiteral(validations.map((validation) => toValidator(validation.url)))}::text[],
                ${toTextArrayLiteral(validations.map((validation) => validation.responseType))}::text[],
                ${toArrayLiteral(validations.map((validation) => validation.sendWithinMs))}::integer[])
         as v (payment_id, protocol, application_id, url, validator, response_type, send_within_ms)`;
}

/** How a validation ended. `none`: without an answer. */
export type ValidationVerdict = "accepted" | "refused" | "none";

export interface EndedValidation {
  readonly paymentId: bigint;
  readonly verdict: ValidationVerdict;
  /** Why there is no answer, as a sentence; null if there is one. */
  readonly failure: string | null;
}

/** Ends validations together with their holds. `at` is business time. */
export async function endValidations(
  tx: Transaction,
  ended: readonly EndedValidation[],
  at: number,
): Promise<void> {
  await tx`
    update validations d set ended_at = ${toTimestamp(at)}, verdict = v.verdict, failure = v.failure
    from unnest(${toArrayLiteral(ended.map((validation) => validation.paymentId))}::bigint[],
                ${toTextArrayLiteral(ended.map((validation) => validation.verdict))}::text[],
                ${toTextArrayLiteral(ended.map((validation) => validation.failure))}::text[])
         as v (payment_id, verdict, failure)
    where d.payment_id = v.payment_id
      and d.payment_id = any(${toArrayLiteral(ended.map((validation) => validation.paymentId))}::bigint[])`;
}

export interface ClaimedValidation extends Omit<NewValidation, "sendWithinMs"> {
  /** The origin of the URL. */
  readonly validator: string;
}

export interface ValidationClaim {
  /** The limit for a validator that is not in `freeByValidator`. */
  readonly perValidator: number;
  /** The limits of other validators. */
  readonly freeByValidator: Readonly<Record<string, number>>;
  /** The limit for all together. */
  readonly limit: number;
  /** How long the caller has to end them, in milliseconds of wall time. */
  readonly leaseMs: number;
}

const columns = (sql: Sql) => sql`
  d.payment_id as "paymentId", d.protocol, d.application_id as "applicationId", d.url, d.validator,
  d.response_type as "responseType"`;

/**
 * Claims validations that are to be sent, oldest first for each validator. The caller sends them at once: no other server
 * will. The recursion jumps from validator to validator, so the number of rows that wait for one does not matter.
 */
export function claimValidations(
  sql: Sql,
  { perValidator, freeByValidator, limit, leaseMs }: ValidationClaim,
): Promise<ClaimedValidation[]> {
  return sql<ClaimedValidation[]>`
    with recursive validators as (
      (select validator from validations where ended_at is null and sent_at is null order by validator limit 1)
      union all
      select next.validator
      from validators cross join lateral (
        select d.validator from validations d
        where d.ended_at is null and d.sent_at is null and d.validator > validators.validator
        order by d.validator limit 1) next
    ),
    claimed as materialized (
      select one.payment_id
      from validators cross join lateral (
        select d.payment_id from validations d
        where d.validator = validators.validator and d.ended_at is null and d.sent_at is null
          and d.send_until > clock_timestamp()
        order by d.payment_id
        limit coalesce((${sql.json(freeByValidator)}::jsonb ->> validators.validator)::integer, ${perValidator})
        for no key update skip locked) one
      limit ${limit}
    )
    update validations d
    set sent_at = clock_timestamp(),
        lease_until = clock_timestamp() + make_interval(secs => ${leaseMs / 1000}::float8)
    where d.payment_id = any(array(select payment_id from claimed))
    returning ${columns(sql)}`;
}

/** Returns claimed validations that could not be sent to the queue. */
export async function releaseValidations(sql: Sql, paymentIds: readonly bigint[]): Promise<void> {
  await sql`
    update validations set sent_at = null, lease_until = '-infinity'
    where payment_id = any(${toArrayLiteral(paymentIds)}::bigint[]) and ended_at is null`;
}

export interface OverdueValidation extends ClaimedValidation {
  readonly isSent: boolean;
}

/**
 * Claims validations for which no answer can come any more: the server that sent them has stopped, or they were not sent
 * in time. Another server does not claim them for the length of the lease.
 */
export function claimOverdueValidations(
  sql: Sql,
  limit: number,
  leaseMs: number,
): Promise<OverdueValidation[]> {
  return sql<OverdueValidation[]>`
    with unsent as materialized (
      select payment_id from validations
      where ended_at is null and sent_at is null and send_until <= clock_timestamp() and lease_until < clock_timestamp()
      limit ${limit} for no key update skip locked
    ),
    abandoned as materialized (
      select payment_id from validations
      where ended_at is null and sent_at is not null and lease_until < clock_timestamp()
      limit ${limit} for no key update skip locked
    )
    update validations d
    set lease_until = clock_timestamp() + make_interval(secs => ${leaseMs / 1000}::float8)
    where d.payment_id = any(array(select payment_id from unsent union all select payment_id from abandoned))
    returning ${columns(sql)}, d.sent_at is not null as "isSent"`;
}

/** A validation, for people. */
export interface ValidationRow {
  readonly url: string;
  /** Wall time; null before. */
  readonly sentAt: Date | null;
  /** Null while it is open. */
  readonly verdict: ValidationVerdict | null;
  readonly failure: string | null;
}

/** The validation of a payment, unless it had none or ended long ago. */
export async function readValidation(sql: Sql, paymentId: bigint): Promise<ValidationRow | undefined> {
  const rows = await sql<ValidationRow[]>`
    select url, sent_at as "sentAt", verdict, failure from validations where payment_id = ${paymentId}`;
  return rows[0];
}

/** Whether a payment with a lower id waits for its validation. */
export async function hasOpenValidation(sql: Sql, belowId: bigint): Promise<boolean> {
  const rows =
    await sql`select 1 from validations where ended_at is null and payment_id < ${belowId} limit 1`;
  return rows.length > 0;
}

/** Deletes validations that ended before `endedBefore`, in business time. */
export async function deleteOldValidations(sql: Sql, endedBefore: number): Promise<void> {
  await sql`delete from validations where ended_at < ${toTimestamp(endedBefore)}`;
}
