/** Usage: what limits count, per local day and key. */
import type { Transaction } from "./connect.ts";
import { plainColumn } from "./columns.ts";

export interface UsageRow {
  /** Local day as yyyymmdd. */
  readonly day: number;
  /** A uuid as 32 hexadecimal digits: who and what is counted (`payments/usage-key.ts`). */
  readonly key: string;
  count: number;
  valueMinor: bigint;
}

/**
 * Locks the counts of these keys, and reads them.
 *
 * A key that was never counted has no row to lock, and two first payments could both see zero; so each
 * gets its row first. The `do update` changes nothing: it is what locks a row that was there before.
 */
export function lockUsage(tx: Transaction, keys: readonly { day: number; key: string }[]): Promise<UsageRow[]> {
  return tx<UsageRow[]>`
    insert into usage as u (day, key)
    select day, key from unnest(${plainColumn(keys.map((key) => key.day))}::integer[],
                                ${plainColumn(keys.map((key) => key.key))}::uuid[]) as v (day, key)
    order by day, key
    on conflict (day, key) do update set count = u.count
    returning u.day, replace(u.key::text, '-', '') as key, u.count, u.value_minor as "valueMinor"`;
}

/**
 * Reads the counts of customers, whose wallets this transaction has locked: nobody else can be
 * counting for the same customer, so the rows need no lock of their own.
 */
export function readUsage(tx: Transaction, keys: readonly { day: number; key: string }[]): Promise<UsageRow[]> {
  return tx<UsageRow[]>`
    select u.day, replace(u.key::text, '-', '') as key, u.count, u.value_minor as "valueMinor"
    from unnest(${plainColumn(keys.map((key) => key.day))}::integer[],
                ${plainColumn(keys.map((key) => key.key))}::uuid[]) as v (day, key)
    join usage u using (day, key)`;
}

export async function writeUsage(tx: Transaction, rows: readonly UsageRow[]): Promise<void> {
  await tx`
    insert into usage (day, key, count, value_minor)
    select * from unnest(${plainColumn(rows.map((row) => row.day))}::integer[],
                         ${plainColumn(rows.map((row) => row.key))}::uuid[],
                         ${plainColumn(rows.map((row) => row.count))}::integer[],
                         ${plainColumn(rows.map((row) => row.valueMinor))}::bigint[])
    on conflict (day, key) do update set count = excluded.count, value_minor = excluded.value_minor`;
}
