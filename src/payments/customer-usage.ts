/**
 * A customer's usage today, by application and operation, for the limits to check.
 *
 * The usage is stored as one text on the customer's wallet. The batch locks and writes the wallet anyway,
 * so counting needs no row of its own. A text from an earlier day counts as zero. A text from a later day is
 * continued: a server whose clock is slow at midnight must not reset the new day's usage.
 *
 * `20261121 7/openapi-v2/c2bSingle=3,4500`: today application 7 made three payments of 4500 minor units in
 * total with that operation.
 */
import type { Usage } from "./limits.ts";

/** The name of the counter of an application and operation. */
export function toCounterName(applicationId: bigint, protocol: string, operation: string): string {
  return `${applicationId}/${protocol}/${operation}`;
}

/** The name of the counter of refused requests of an application (`customer-refusals.ts`). */
export const toRefusalCounterName = (applicationId: bigint): string => `${applicationId}/refused`;

export interface CustomerUsage {
  /** Local day, yyyymmdd. */
  readonly day: number;
  readonly usageByCounter: Map<string, Usage>;
}

/** Parses the usage for a local day (yyyymmdd). */
export function parseCustomerUsage(text: string, today: number): CustomerUsage {
  const usageByCounter = new Map<string, Usage>();
  const [dayText = "", ...entries] = text.split(" ");
  if (Number(dayText) < today) return { day: today, usageByCounter };
  for (const entry of entries) {
    const [name = "", count = "0", value = "0"] = entry.split(/[=,]/);
    usageByCounter.set(name, { count: Number(count), valueMinor: BigInt(value) });
  }
  return { day: Number(dayText), usageByCounter };
}

export function formatCustomerUsage({ day, usageByCounter }: CustomerUsage): string {
  let text = String(day);
  for (const [name, { count, valueMinor }] of usageByCounter) text += ` ${name}=${count},${valueMinor}`;
  return text;
}
