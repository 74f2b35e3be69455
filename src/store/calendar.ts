/** What only the calendar brings: nobody has to do anything for it, but somebody may want to know. */
import type { Sql } from "./connect.ts";
import { moment } from "./columns.ts";
import type { MandateRow } from "./mandates.ts";

export interface SessionsEnded {
  readonly applicationId: bigint;
  readonly name: string;
  readonly count: bigint;
  /** When the last of them ended. */
  readonly at: Date;
}

/** The sandbox's sessions that end after `from` and at or before `to` (business time), by application. */
export function sessionsEnding(main: Sql, from: number, to: number): Promise<SessionsEnded[]> {
  return main<SessionsEnded[]>`
    select a.id as "applicationId", a.name, count(*) as count, max(s.expires_at) as at
    from sessions s join applications a on a.id = s.application_id
    where s.environment = 'sandbox' and s.revoked_at is null and s.expires_at > ${moment(from)} and s.expires_at <= ${moment(to)}
    group by a.id, a.name order by a.id`;
}

export type LivingMandate = Pick<
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

/** Mandates whose terms name days, and that were alive at some time from `from` on; the oldest first. */
export function mandatesWithDays(
  sql: Sql,
  { from, fromDay, toDay, most }: { from: number; fromDay: number; toDay: number; most: number },
): Promise<(LivingMandate & { readonly all: bigint })[]> {
  return sql<(LivingMandate & { readonly all: bigint })[]>`
    select id, reference, frequency, first_payment_day as "firstPaymentDay", expiry_day as "expiryDay",
           range_start as "rangeStart", range_end as "rangeEnd", cancelled_at as "cancelledAt",
           created_at as "createdAt", count(*) over () as all
    from mandates
    where (cancelled_at is null or cancelled_at > ${moment(from)})
      and (expiry_day is null or expiry_day >= ${fromDay})
      and (first_payment_day is null or first_payment_day <= ${toDay})
      and (frequency in ('02', '03', '04', '05', '06', '07') or expiry_day is not null or first_payment_day is not null)
    order by id limit ${most}`;
}

/** Handsets that were locked after three wrong PINs, and are open again after `from`, at or before `to`. */
export function handsetsUnlocking(
  sql: Sql,
  from: number,
  to: number,
): Promise<{ msisdn: string; at: Date }[]> {
  return sql<{ msisdn: string; at: Date }[]>`
    select msisdn, locked_until as at from handsets
    where locked_until > ${moment(from)} and locked_until <= ${moment(to)} order by locked_until limit 1000`;
}
