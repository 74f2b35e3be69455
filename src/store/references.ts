/** References: which payment used a caller's reference first. */
import type { Sql, Transaction } from "./connect.ts";
import { plainColumn } from "./columns.ts";

/**
 * Claims each key for its payment, and returns the payments that got theirs.
 *
 * Keys are claimed in order: two batches that share some queue behind one another instead of
 * deadlocking. A key that another transaction is claiming right now makes this wait for its outcome.
 * `keys` are uuids written as 32 hexadecimal digits.
 */
export async function claimReferences(
  sql: Sql | Transaction,
  keys: readonly string[],
  paymentIds: readonly bigint[],
): Promise<ReadonlySet<bigint>> {
  const rows = await sql<{ paymentId: bigint }[]>`
    insert into payment_references (key, payment_id)
    select key, payment_id
    from unnest(${plainColumn(keys)}::uuid[], ${plainColumn(paymentIds)}::bigint[]) as v (key, payment_id)
    order by key, payment_id
    on conflict (key) do nothing
    returning payment_id as "paymentId"`;
  return new Set(rows.map((row) => row.paymentId));
}

/** The payments that hold these keys. */
export function referenceHolders(
  sql: Sql | Transaction,
  keys: readonly string[],
): Promise<{ key: string; paymentId: bigint }[]> {
  return sql<{ key: string; paymentId: bigint }[]>`
    select replace(key::text, '-', '') as key, payment_id as "paymentId"
    from payment_references where key = any(${plainColumn(keys)}::uuid[])`;
}
