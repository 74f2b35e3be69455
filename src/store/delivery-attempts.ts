/** Every attempt to tell a listener, for people to read. */
import type { Sql, Transaction } from "./connect.ts";
import { plainColumn, textColumn } from "./columns.ts";

export interface AttemptRow {
  readonly id: bigint;
  readonly paymentId: bigint;
  readonly applicationId: bigint;
  /** Wall time. */
  readonly at: Date;
  readonly businessAt: Date;
  /** The first is 1; a schedule that begins anew counts anew. */
  readonly attempt: number;
  readonly url: string;
  /** Null when there was no answer. */
  readonly httpStatus: number | null;
  readonly tookMs: number;
  /** The beginning of the answer's body. */
  readonly answer: string;
  /** Why it counts as a failure; null for an acknowledgement. */
  readonly failure: string | null;
  /** What is odd about an acknowledgement. */
  readonly flag: string | null;
}

export async function insertAttempts(tx: Transaction, rows: readonly AttemptRow[]): Promise<void> {
  await tx`
    insert into delivery_attempts (id, payment_id, application_id, at, business_at, attempt, url, http_status,
                                   took_ms, answer, failure, flag)
    select id, payment_id, application_id, to_timestamp(at_ms / 1000.0), to_timestamp(business_ms / 1000.0),
           attempt, url, http_status, took_ms, answer, failure, flag
    from unnest(${plainColumn(rows.map((row) => row.id))}::bigint[],
                ${plainColumn(rows.map((row) => row.paymentId))}::bigint[],
                ${plainColumn(rows.map((row) => row.applicationId))}::bigint[],
                ${plainColumn(rows.map((row) => row.at.getTime()))}::bigint[],
                ${plainColumn(rows.map((row) => row.businessAt.getTime()))}::bigint[],
                ${plainColumn(rows.map((row) => row.attempt))}::integer[],
                ${textColumn(rows.map((row) => row.url))}::text[],
                ${plainColumn(rows.map((row) => row.httpStatus))}::smallint[],
                ${plainColumn(rows.map((row) => row.tookMs))}::integer[],
                ${textColumn(rows.map((row) => row.answer))}::text[],
                ${textColumn(rows.map((row) => row.failure))}::text[],
                ${textColumn(rows.map((row) => row.flag))}::text[])
         as v (id, payment_id, application_id, at_ms, business_ms, attempt, url, http_status, took_ms, answer,
               failure, flag)`;
}

const columns = (sql: Sql | Transaction) => sql`
  id, payment_id as "paymentId", application_id as "applicationId", at, business_at as "businessAt", attempt, url,
  http_status as "httpStatus", took_ms as "tookMs", answer, failure, flag`;

/** Every attempt to tell one message that is still remembered, oldest first. */
export function readAttempts(sql: Sql | Transaction, paymentId: bigint): Promise<AttemptRow[]> {
  return sql<
    AttemptRow[]
  >`select ${columns(sql)} from delivery_attempts where payment_id = ${paymentId} order by id`;
}

/** The last attempt at each of these messages. */
export function readLastAttempts(sql: Sql, paymentIds: readonly bigint[]): Promise<AttemptRow[]> {
  return sql<AttemptRow[]>`
    select distinct on (payment_id) ${columns(sql)} from delivery_attempts
    where payment_id = any(${plainColumn(paymentIds)}::bigint[]) order by payment_id, id desc`;
}

/** Attempts whose ids begin at `idFrom`, at messages about requests with lower ids than `below`; oldest first. */
export function readAttemptsSince(sql: Sql, idFrom: bigint, below: bigint): Promise<AttemptRow[]> {
  return sql<AttemptRow[]>`
    select ${columns(sql)} from delivery_attempts
    where id >= ${idFrom} and payment_id < ${below} order by business_at, id`;
}
