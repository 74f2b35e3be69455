/**
 * What limits have counted for a customer today, for each application and product.
 *
 * It is kept on the customer's wallet, as one text: whoever counts has the wallet locked and is about to
 * write it, so counting costs no row of its own. A text of an earlier day counts nothing.
 *
 * `20261121 7/1=3,4500 7/4=1,1000`: today application 7 made three payments worth 4500 minor units by
 * product 1, and one worth 1000 by product 4.
 */
import type { Usage } from "./limits.ts";
import { products, type Product } from "./products.ts";

/** Which counter of a customer's an order adds to. */
export function counterName(applicationId: bigint, product: Product): string {
  return `${applicationId}/${products[product].number}`;
}

export type CustomerCounts = Map<string, Usage>;

/** Reads the counts of a local day (yyyymmdd); those of any other day are over. */
export function readCounts(text: string, day: number): CustomerCounts {
  const counts: CustomerCounts = new Map();
  const [writtenOn, ...entries] = text.split(" ");
  if (writtenOn !== String(day)) return counts;
  for (const entry of entries) {
    const [name = "", count = "0", value = "0"] = entry.split(/[=,]/);
    counts.set(name, { count: Number(count), valueMinor: BigInt(value) });
  }
  return counts;
}

export function writeCounts(counts: CustomerCounts, day: number): string {
  let text = String(day);
  for (const [name, { count, valueMinor }] of counts) text += ` ${name}=${count},${valueMinor}`;
  return text;
}
