/** References: which payment used a caller's reference first. */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toArrayLiteral } from "../driver/array-columns.ts";

/**
 * Claims each key for its payment, and returns the payments that got theirs.
 *
 * Keys are claimed in order: two batches that share some queue behind one another instead of
 * deadlocking. A key that another transaction is claiming right now makes this wait for its outcome.
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
  // Almost always nobody was first, and there is nothing to read.
  if (count === keys.length) return new Set(paymentIds);
  // A row with our own payment may also be of an earlier try, whose commit was not answered: that one
  // was claimed then, not now.
  const rows = await tx<{ paymentId: bigint }[]>`
    select payment_id as "paymentId" from idempotency_keys
    where key = any(${toArrayLiteral(keys)}::uuid[]) and xmin = pg_current_xact_id()::xid`;
  return new Set(rows.map((row) => row.paymentId));
}

/** Claims one key in a transaction of its own. False when somebody has it. */
export async function claimReferenceKey(sql: Sql, key: string, paymentId: bigint): Promise<boolean> {
  const { count } = await sql`
    insert into idempotency_keys (key, payment_id) values (${key}::uuid, ${paymentId}) on conflict (key) do nothing`;
  return count === 1;
}

/** The payments that hold these keys. */
export function readReferencePayments(
  sql: Sql | Transaction,
  keys: readonly string[],
): Promise<{ key: string; paymentId: bigint }[]> {
  return sql<{ key: string; paymentId: bigint }[]>`
    select replace(key::text, '-', '') as key, payment_id as "paymentId"
    from idempotency_keys where key = any(${toArrayLiteral(keys)}::uuid[])`;
}
