/** Faults of a sandbox's responses: how many of the next requests to a market fail, and how. */
import type { Market } from "../../core/markets.ts";
import { toTextArrayLiteral } from "../driver/array-columns.ts";
import type { Sql } from "../driver/connect.ts";

export interface RequestFault {
  readonly kind: string;
  /** How many requests it still applies to. */
  readonly remaining: number;
}

/** Sets how many of the next requests have a fault. Zero ends it. */
export async function setRequestFault(sql: Sql, market: Market, kind: string, times: number): Promise<void> {
  await (times === 0
    ? sql`delete from request_faults where market = ${market} and kind = ${kind}`
    : sql`
      insert into request_faults (market, kind, remaining) values (${market}, ${kind}, ${times})
      on conflict (market, kind) do update set remaining = excluded.remaining`);
}

export function readRequestFaults(sql: Sql, market: Market): Promise<RequestFault[]> {
  return sql<RequestFault[]>`
    select kind, remaining from request_faults where market = ${market} order by kind`;
}

export async function hasRequestFaults(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ exists: boolean }[]>`select exists (select from request_faults)`;
  return row?.exists ?? false;
}

/** Takes one of these faults for a request, or returns null. No other server takes the same one. */
export function takeRequestFault(sql: Sql, market: Market, kinds: readonly string[]): Promise<string | null> {
  return sql.begin<string | null>(async (tx) => {
    const [fault] = await tx<RequestFault[]>`
      select kind, remaining from request_faults
      where market = ${market} and kind = any(${toTextArrayLiteral(kinds)}::text[])
      order by kind limit 1 for update`;
    if (fault === undefined) return null;
    const { kind, remaining } = fault;
    await (remaining === 1
      ? tx`delete from request_faults where market = ${market} and kind = ${kind}`
      : tx`update request_faults set remaining = remaining - 1 where market = ${market} and kind = ${kind}`);
    return kind;
  });
}
