/**
 * Faults that a test asks for: the next requests to a market fail as its real API has failed.
 *
 * A server looks for them after the cache revision has changed, until there are none. So requests cost no query in a
 * sandbox without faults, and every server has a fault within a quarter of a second.
 */
import type { Market } from "../core/markets.ts";
import type { Sql } from "../store/driver/connect.ts";
import { hasRequestFaults, takeRequestFault } from "../store/main/request-faults.ts";

export interface RequestFaults {
  /** Takes one of these faults for a request. Returns null without a promise when there are surely none. */
  take(market: Market, kinds: readonly string[]): Promise<string | null> | null;
}

/** `onInvalidate` calls its argument whenever the cache revision has changed. */
export function createRequestFaults(sql: Sql, onInvalidate: (listener: () => void) => void): RequestFaults {
  let mayExist = true;
  let generation = 0;
  onInvalidate(() => {
    mayExist = true;
    generation += 1;
  });

  async function takeStored(market: Market, kinds: readonly string[]): Promise<string | null> {
    const generationBefore = generation;
    const kind = await takeRequestFault(sql, market, kinds);
    if (kind === null && !(await hasRequestFaults(sql)) && generation === generationBefore) mayExist = false;
    return kind;
  }

  // While the database is away there is no fault, and a request gets the answer that it has without one.
  return { take: (market, kinds) => (mayExist ? takeStored(market, kinds).catch(() => null) : null) };
}
