/** Usage for limits, per local day, session and product. */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toArrayLiteral } from "../driver/array-columns.ts";

export interface UsageRow {
  /** Local day as yyyymmdd. */
  readonly day: number;
  /** A uuid as 32 hexadecimal digits, derived from session and product (`idempotency-keys.ts`). */
  readonly key: string;
  count: number;
  valueMinor: bigint;
}

/**
 * Locks the rows of these keys, and reads them.
 *
 * A new key has no row to lock, and two first payments could both read zero. So the row is inserted first. The
 * `do update` changes nothing; it locks a row that existed before.
 */
export function lockUsage(tx: Transaction, day: number, keys: readonly string[]): Promise<UsageRow[]> {
  return tx<UsageRow[]>`
    insert into usage as u (day, key)
    select ${day}::integer, key from unnest(${toArrayLiteral(keys)}::uuid[]) as v (key)
    order by key
    on conflict (day, key) do update set count = u.count
    returning u.day, replace(u.key::text, '-', '') as key, u.count, u.value_minor as "valueMinor"`;
}

/** Writes rows that this transaction has locked. */
export async function writeUsage(tx: Transaction, rows: readonly UsageRow[]): Promise<void> {
  await tx`
    update usage u set count = v.count, value_minor = v.value
    from unnest(${toArrayLiteral(rows.map((row) => row.day))}::integer[],
                ${toArrayLiteral(rows.map((row) => row.key))}::uuid[],
                ${toArrayLiteral(rows.map((row) => row.count))}::integer[],
                ${toArrayLiteral(rows.map((row) => row.valueMinor))}::bigint[]) as v (day, key, count, value)
    where u.day = v.day and u.key = v.key`;
}

/** The usage of these keys on a day. A key without usage has no row. */
export function readUsage(sql: Sql, day: number, keys: readonly string[]): Promise<UsageRow[]> {
  return sql<UsageRow[]>`
    select day, replace(key::text, '-', '') as key, count, value_minor as "valueMinor" from usage
    where day = ${day} and key = any(${toArrayLiteral(keys)}::uuid[])`;
}

/** The usage texts of customers with counters of an application. Looks at every wallet. */
export async function readCustomerUsage(sql: Sql, applicationId: bigint, limit: number): Promise<string[]> {
  const rows = await sql<{ text: string }[]>`
    select customer_usage as text from accounts
    where kind = 'wallet' and customer_usage like ${`% ${applicationId}/%`} limit ${limit}`;
  return rows.map(({ text }) => text);
}
