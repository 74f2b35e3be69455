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
  /** Whether the database has the row yet. */
  stored: boolean;
}

/**
 * Locks the counts of these keys, and reads them.
 *
 * A key that was never counted has no row to lock, and two first payments could both see zero; so each
 * gets its row first. The `do update` changes nothing: it is what locks a row that was there before.
 */
export function lockUsage(tx: Transaction, day: number, keys: readonly string[]): Promise<UsageRow[]> {
  return tx<UsageRow[]>`
    insert into usage as u (day, key)
    select ${day}::integer, key from unnest(${plainColumn(keys)}::uuid[]) as v (key)
    order by key
    on conflict (day, key) do update set count = u.count
    returning u.day, replace(u.key::text, '-', '') as key, u.count, u.value_minor as "valueMinor", true as stored`;
}

/**
 * Reads the counts of customers, whose wallets this transaction has locked: nobody else can be
 * counting for the same customer, so the rows need no lock of their own.
 */
export async function readUsage(tx: Transaction, day: number, keys: readonly string[]): Promise<UsageRow[]> {
  const rows = await tx<{ place: number; count: number; valueMinor: bigint }[]>`
    select v.place::integer, u.count, u.value_minor as "valueMinor"
    from unnest(${plainColumn(keys.map(() => day))}::integer[], ${plainColumn(keys)}::uuid[])
         with ordinality as v (day, key, place)
    join usage u on u.day = v.day and u.key = v.key`;
  return rows.map(({ place, count, valueMinor }) => {
    return { day, key: keys[place - 1] ?? "", count, valueMinor, stored: true };
  });
}

/**
 * Writes counts: rows that are there are updated, others added. Two statements cost half of what one
 * `on conflict` does, and nobody else can have added a row meanwhile (see above).
 */
export async function writeUsage(tx: Transaction, rows: readonly UsageRow[]): Promise<void> {
  const stored = rows.filter((row) => row.stored);
  const added = rows.filter((row) => !row.stored);
  await Promise.all([stored.length > 0 ? updateUsage(tx, stored) : null, added.length > 0 ? insertUsage(tx, added) : null]);
}

async function updateUsage(tx: Transaction, rows: readonly UsageRow[]): Promise<void> {
  await tx`
    update usage u set count = v.count, value_minor = v.value
    from unnest(${plainColumn(rows.map((row) => row.day))}::integer[],
                ${plainColumn(rows.map((row) => row.key))}::uuid[],
                ${plainColumn(rows.map((row) => row.count))}::integer[],
                ${plainColumn(rows.map((row) => row.valueMinor))}::bigint[]) as v (day, key, count, value)
    where u.day = v.day and u.key = v.key`;
}

async function insertUsage(tx: Transaction, rows: readonly UsageRow[]): Promise<void> {
  await tx`
    insert into usage (day, key, count, value_minor)
    select ${rows[0]?.day ?? 0}::integer, v.*
    from unnest(${plainColumn(rows.map((row) => row.key))}::uuid[],
                ${plainColumn(rows.map((row) => row.count))}::integer[],
                ${plainColumn(rows.map((row) => row.valueMinor))}::bigint[]) as v`;
}
