/** Holds that are open: money set aside until somebody settles or releases it, or its time is up. */
import type { Sql, Transaction } from "./connect.ts";
import { moment, plainColumn, textColumn } from "./columns.ts";

export interface HoldRow {
  readonly paymentId: bigint;
  readonly accountId: bigint;
  readonly minor: bigint;
  /** Business time, in milliseconds since 1970. */
  readonly expiresAt: number;
  /** Who is told how the payment ends; both null when nobody listens. */
  readonly protocol: string | null;
  readonly url: string | null;
}

export async function insertHolds(tx: Transaction, holds: readonly HoldRow[]): Promise<void> {
  await tx`
    insert into holds (payment_id, account_id, minor, expires_at, protocol, url)
    select payment_id, account_id, minor, to_timestamp(expires_ms / 1000.0), protocol, url
    from unnest(${plainColumn(holds.map((hold) => hold.paymentId))}::bigint[],
                ${plainColumn(holds.map((hold) => hold.accountId))}::bigint[],
                ${plainColumn(holds.map((hold) => hold.minor))}::bigint[],
                ${plainColumn(holds.map((hold) => hold.expiresAt))}::bigint[],
                ${plainColumn(holds.map((hold) => hold.protocol))}::text[],
                ${textColumn(holds.map((hold) => hold.url))}::text[])
         as v (payment_id, account_id, minor, expires_ms, protocol, url)`;
}

/** Forgets holds that have ended; their payments, locked by the same transaction, say how. */
export async function deleteHolds(tx: Transaction, paymentIds: readonly bigint[]): Promise<void> {
  await tx`delete from holds where payment_id = any(${plainColumn(paymentIds)}::bigint[])`;
}

/** Payments whose hold ended before `at`, oldest first. */
export async function expiredHolds(sql: Sql, at: number, most: number): Promise<bigint[]> {
  const rows = await sql<{ paymentId: bigint }[]>`
    select payment_id as "paymentId" from holds where expires_at <= ${moment(at)}
    order by expires_at limit ${most}`;
  return rows.map((row) => row.paymentId);
}
