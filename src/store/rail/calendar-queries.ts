/** Queries for events that happen by date alone, without a request. The sandbox clock reports them. */
import type { Sql } from "../driver/connect.ts";
import { toTimestamp } from "../driver/array-columns.ts";
import type { MandateRow } from "./mandates.ts";

export interface EndedSessions {
  readonly applicationId: bigint;
  readonly name: string;
  readonly count: bigint;
  /** When the last of them expired. */
  readonly at: Date;
}

/** The number of sandbox sessions that expire after `from` and at or before `to` (business time), by application. */
export function readExpiringSessions(main: Sql, from: number, to: number): Promise<EndedSessions[]> {
  return main<EndedSessions[]>`
    select a.id as "applicationId", a.name, count(*) as count, max(s.expires_at) as at
    from access_tokens s join applications a on a.id = s.application_id
    where s.environment = 'sandbox' and s.revoked_at is null and s.expires_at > ${toTimestamp(from)} and s.expires_at <= ${toTimestamp(to)}
    group by a.id, a.name order by a.id`;
}

export type ActiveMandate = Pick<
  MandateRow,
  | "id"
  | "reference"
  | "frequency"
  | "firstPaymentDay"
  | "expiryDay"
  | "rangeStart"
  | "rangeEnd"
  | "cancelledAt"
  | "createdAt"
>;

/** Mandates with dates in their terms that were active at some time after `from`, oldest first. */
export function readMandatesWithDays(
  sql: Sql,
  { from, fromDay, toDay, limit }: { from: number; fromDay: number; toDay: number; limit: number },
): Promise<(ActiveMandate & { readonly total: bigint })[]> {
  return sql<(ActiveMandate & { readonly total: bigint })[]>`
    select id, reference, frequency, first_payment_day as "firstPaymentDay", expiry_day as "expiryDay",
           range_start as "rangeStart", range_end as "rangeEnd", cancelled_at as "cancelledAt",
           created_at as "createdAt", count(*) over () as total
    from mandates
    where (cancelled_at is null or cancelled_at > ${toTimestamp(from)})
      and (expiry_day is null or expiry_day >= ${fromDay})
      and (first_payment_day is null or first_payment_day <= ${toDay})
      and (frequency not in ('once', 'on_demand') or expiry_day is not null or first_payment_day is not null)
    order by id limit ${limit}`;
}

/** Handsets whose PIN lock ends after `from` and at or before `to`. */
export function readUnlockingHandsets(
  sql: Sql,
  from: number,
  to: number,
): Promise<{ msisdn: string; at: Date }[]> {
  return sql<{ msisdn: string; at: Date }[]>`
    select msisdn, locked_until as at from handsets
    where locked_until > ${toTimestamp(from)} and locked_until <= ${toTimestamp(to)} order by locked_until limit 1000`;
}
