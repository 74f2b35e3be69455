/**
 * Ids whose CheckoutRequestID is unique: it has only the millisecond of an id and nine digits of the customer's number.
 * If a customer already had a request in that millisecond, the next one waits for another.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { idTimestamp, type Id } from "../../core/ids.ts";
import { createLruCache } from "../../core/lru-cache.ts";

export interface DistinctIds {
  /** The id, or a later one if this customer has had a request in its millisecond. */
  claim(id: Id, msisdn: string): Promise<Id>;
}

/** More than a server handles within the time for which its clock can stand still. */
const maxRemembered = 20_000;

export function createDistinctIds(newId: () => Id): DistinctIds {
  const used = createLruCache<string, true>(maxRemembered);
  return {
    async claim(id, msisdn) {
      let claimed = id;
      for (;;) {
        const key = `${idTimestamp(claimed)} ${msisdn}`;
        if (!used.has(key)) {
          used.set(key, true);
          return claimed;
        }
        await sleep(1);
        claimed = newId();
      }
    },
  };
}
