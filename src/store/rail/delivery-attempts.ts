/** The log of all delivery attempts. */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toArrayLiteral, toTextArrayLiteral } from "../driver/array-columns.ts";

export interface AttemptRow {
  readonly id: bigint;
  readonly notificationId: bigint;
  readonly applicationId: bigint;
  /** Wall time. */
  readonly at: Date;
  readonly businessAt: Date;
  /** Counts from 1; a restarted schedule counts from 1 again. */
  readonly attempt: number;
  readonly url: string;
  readonly method: "POST" | "GET";
  /** Null if there was no response. */
  readonly httpStatus: number | null;
  readonly durationMs: number;
  /** The beginning of the response's body. */
  readonly responseBody: string;
  /** Why the attempt failed; null for an acknowledgement. */
  readonly failure: string | null;
  /** What is wrong with a response that still counts as an acknowledgement. */
  readonly warning: string | null;
  /** Whether the attempt failed and no other attempt follows. */
  readonly deadLettered: boolean;
}

export async function insertAttempts(tx: Transaction, rows: readonly AttemptRow[]): Promise<void> {
  await tx`
    insert into delivery_attempts (id, notification_id, application_id, at, business_at, attempt, url, method, http_status,
                                   duration_ms, response, failure, warning, dead_lettered)
    select id, notification_id, application_id, to_timestamp(at_ms / 1000.0), to_timestamp(business_ms / 1000.0),
           attempt, url, method, http_status, duration_ms, response, failure, warning, dead_lettered
    from unnest(${toArrayLiteral(rows.map((row) => row.id))}::bigint[],
                ${toArrayLiteral(rows.map((row) => row.notificationId))}::bigint[],
                ${toArrayLiteral(rows.map((row) => row.applicationId))}::bigint[],
                ${toArrayLiteral(rows.map((row) => row.at.getTime()))}::bigint[],
                ${toArrayLiteral(rows.map((row) => row.businessAt.getTime()))}::bigint[],
                ${toArrayLiteral(rows.map((row) => row.attempt))}::integer[],
                ${toTextArrayLiteral(rows.map((row) => row.url))}::text[],
                ${toTextArrayLiteral(rows.map((row) => row.method))}::text[],
                ${toArrayLiteral(rows.map((row) => row.httpStatus))}::smallint[],
                ${toArrayLiteral(rows.map((row) => row.durationMs))}::integer[],
                ${toTextArrayLiteral(rows.map((row) => row.responseBody))}::text[],
                ${toTextArrayLiteral(rows.map((row) => row.failure))}::text[],
                ${toTextArrayLiteral(rows.map((row) => row.warning))}::text[],
                ${toArrayLiteral(rows.map((row) => (row.deadLettered ? "t" : "f")))}::boolean[])
         as v (id, notification_id, application_id, at_ms, business_ms, attempt, url, method, http_status, duration_ms,
               response, failure, warning, dead_lettered)`;
}

const columns = (sql: Sql | Transaction) => sql`
  id, notification_id as "notificationId", application_id as "applicationId", at, business_at as "businessAt", attempt, url, method,
  http_status as "httpStatus", duration_ms as "durationMs", response as "responseBody", failure, warning,
  dead_lettered as "deadLettered"`;

/** The attempts at one callback that have not been deleted yet, oldest first. */
export function readAttempts(sql: Sql | Transaction, notificationId: bigint): Promise<AttemptRow[]> {
  return sql<
    AttemptRow[]
  >`select ${columns(sql)} from delivery_attempts where notification_id = ${notificationId} order by id`;
}

/** The last attempt at each of these callbacks. */
export function readLastAttempts(sql: Sql, notificationIds: readonly bigint[]): Promise<AttemptRow[]> {
  return sql<AttemptRow[]>`
    select distinct on (notification_id) ${columns(sql)} from delivery_attempts
    where notification_id = any(${toArrayLiteral(notificationIds)}::bigint[]) order by notification_id, id desc`;
}

/** Attempts from `fromId` on, at callbacks of payments below `belowPaymentId`; oldest first. */
export function readAttemptsSince(
  sql: Sql,
  fromId: bigint,
  belowNotificationId: bigint,
): Promise<AttemptRow[]> {
  return sql<AttemptRow[]>`
    select ${columns(sql)} from delivery_attempts
    where id >= ${fromId} and notification_id < ${belowNotificationId} order by business_at, id`;
}
