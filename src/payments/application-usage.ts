/**
 * How much of its limits an application has used today, from where the limits are counted.
 *
 * Session limits are counted for each session, and customer limits for each customer. So the highest of them is the one
 * that reaches its limit first.
 */
import type { Sql } from "../store/driver/connect.ts";
import { readCustomerUsage, readUsage } from "../store/rail/session-usage.ts";
import { parseCustomerUsage, toCounterName } from "./customer-usage.ts";
import { toSessionUsageKey } from "./idempotency-keys.ts";

/** What a product's limits are counted under. */
export interface CountedProduct {
  readonly product: string;
  readonly protocol: string;
  readonly operations: readonly string[];
  /** The sessions that are open. */
  readonly sessions: readonly string[];
}

/** The highest usage of a session or of a customer, and how many of them have any. */
export interface HighestUsage {
  readonly count: number;
  readonly valueMinor: bigint;
  readonly counted: number;
}

export interface ProductUsage {
  readonly product: string;
  readonly session: HighestUsage;
  readonly customer: HighestUsage;
}

const maxCustomers = 2000;

/** Reads the usage on a local day, yyyymmdd. */
export async function readApplicationUsage(
  sql: Sql,
  applicationId: bigint,
  day: number,
  products: readonly CountedProduct[],
): Promise<ProductUsage[]> {
  const keys = products.flatMap((product) => listSessionKeys(product));
  const [rows, texts] = await Promise.all([
    keys.length === 0 ? [] : readUsage(sql, day, keys),
    readCustomerUsage(sql, applicationId, maxCustomers),
  ]);
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const customers = texts.map((text) => parseCustomerUsage(text, day).usageByCounter);
  return products.map((counted) => ({
    product: counted.product,
    session: selectHighest(listSessionKeys(counted).flatMap((key) => byKey.get(key) ?? [])),
    customer: selectHighest(
      customers.flatMap((usageByCounter) =>
        counted.operations.flatMap(
          (operation) => usageByCounter.get(toCounterName(applicationId, counted.protocol, operation)) ?? [],
        ),
      ),
    ),
  }));
}

const listSessionKeys = ({ operations, sessions }: CountedProduct): string[] =>
  sessions.flatMap((session) => operations.map((operation) => toSessionUsageKey(session, operation)));

function selectHighest(
  usages: readonly { readonly count: number; readonly valueMinor: bigint }[],
): HighestUsage {
  let count = 0;
  let valueMinor = 0n;
  for (const usage of usages) {
    count = Math.max(count, usage.count);
    if (usage.valueMinor > valueMinor) valueMinor = usage.valueMinor;
  }
  return { count, valueMinor, counted: usages.filter((usage) => usage.count > 0).length };
}
