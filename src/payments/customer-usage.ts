/**
 * What limits have counted for a customer today, for each application and product.
 *
 * It is kept on the customer's wallet, as one text: whoever counts has the wallet locked and is about to
 * write it, so counting costs no row of its own. A text of an earlier day counts nothing; one of a later
 * day goes on counting, since a server whose clock is behind at midnight must not begin that day again.
 *
 * `20261121 7/openapi-v2/c2bSingle=3,4500`: today application 7 made three payments worth 4500 minor units by
 * that operation.
 */
import type { Usage } from "./limits.ts";

/** The counter of a customer's wallet that a payment adds to. */
export function toCounterName(applicationId: bigint, protocol: string, operation: string): string {
  return `${applicationId}/${protocol}/${operation}`;
}

export interface CustomerUsage {
  /** Local day, yyyymmdd. */
  readonly day: number;
  readonly usageByCounter: Map<string, Usage>;
}

/** Reads the counts that hold on a local day (yyyymmdd). */
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
