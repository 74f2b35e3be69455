/**
 * Limits on what the log keeps of requests without a known key, which anyone can send: a number of requests per source
 * and minute, and one for all sources together. Requests beyond it are counted by source.
 */
import { msPerMinute } from "../../core/clock.ts";
import type { Omission } from "../../store/request-log/write-batch.ts";

/** Requests per minute that are stored, from one source and from all. */
export const maxPerSource = 60;
export const maxFromAll = 600;
/** Sources that have a limit of their own in a minute. The others share one. */
const maxSources = 1000;
/** Sources whose omissions are counted separately in a minute, because each is a stored row. */
const maxNamedSources = 100;
export const otherSources = "other sources";

export interface StrangerLimit {
  /** Whether a request of this source is stored. If not, it is counted. */
  admit(source: string, now: number): boolean;
  /** The requests that were not stored since the last call. */
  takeOmissions(): Omission[];
}

export function createStrangerLimit(): StrangerLimit {
  let minute = 0;
  let admitted = 0;
  const requests = new Map<string, number>();
  const named = new Set<string>();
  let omissions = new Map<string, { startsAt: number; source: string; requests: number }>();

  function countOmission(counted: string): void {
    if (named.size < maxNamedSources) named.add(counted);
    const source = named.has(counted) ? counted : otherSources;
    const key = `${minute} ${source}`;
    const omission = omissions.get(key);
    if (omission === undefined) omissions.set(key, { startsAt: minute, source, requests: 1 });
    else omission.requests += 1;
  }

  return {
    admit(source, now) {
      const current = Math.floor(now / msPerMinute);
      if (current !== minute) {
        minute = current;
        admitted = 0;
        requests.clear();
        named.clear();
      }
      const counted = requests.has(source) || requests.size < maxSources ? source : otherSources;
      const count = (requests.get(counted) ?? 0) + 1;
      requests.set(counted, count);
      if (count <= maxPerSource && admitted < maxFromAll) {
        admitted += 1;
        return true;
      }
      countOmission(counted);
      return false;
    },
    takeOmissions() {
      const taken = [...omissions.values()];
      omissions = new Map();
      return taken;
    },
  };
}
