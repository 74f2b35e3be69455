/** Idempotency keys: which payment was the first to use a caller's reference. */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toArrayLiteral } from "../driver/array-columns.ts";

/**
 * Claims each key for its payment, and returns the payments whose claim succeeded.
 *
 * Keys are claimed in sorted order, so that two batches with common keys wait for each other instead of
 * deadlocking. If another transaction is claiming a key, this waits for that transaction's outcome.
 * `keys` are uuids written as 32 hexadecimal digits.
 */
export async function claimReferenceKeys(
  tx: Transaction,
  keys: readonly string[],
  paymentIds: readonly bigint[],
): Promise<ReadonlySet<bigint>> {
  const { count } = await tx`
    insert into idempotency_keys (key, payment_id)
    select key, payment_id
    from unnest(${toArrayLiteral(keys)}::uuid[], ${toArrayLiteral(paymentIds)}::bigint[]) as v (key, payment_id)
    order by key, payment_id
    on conflict (key) do nothing`;
  // The usual case: every key was free.
  if (count === keys.length) return new Set(paymentIds);
  // `xmin`: a row of the same payment may be of an earlier attempt whose commit got no reply. That key was
  // claimed then, not now.
  const rows = await tx<{ paymentId: bigint }[]>`
    select payment_id as "paymentId" from idempotency_keys
    where key = any(${toArrayLiteral(keys)}::uuid[]) and xmin = pg_current_xact_id()::xid`;
  return new Set(rows.map((row) => row.paymentId));
}

/** Claims one key in its own transaction. False if it is taken. */
export async function claimReferenceKey(sql: Sql, key: string, paymentId: bigint): Promise<boolean> {
  const { count } = await sql`
    insert into idempotency_keys (key, payment_id) values (${key}::uuid, ${paymentId}) on conflict (key) do nothing`;
  return count === 1;
}

/** The payments that have claimed these keys. */
export function readReferencePayments(
  sql: Sql | Transaction,
  keys: readonly string[],
): Promise<{ key: string; paymentId: bigint }[]> {
  return sql<{ key: string; paymentId: bigint }[]>`
    select replace(key::text, '-', '') as key, payment_id as "paymentId"
    from idempotency_keys where key = any(${toArrayLiteral(keys)}::uuid[])`;
}
