import { createHistogram, getPercentileMs } from "./histogram.ts";

/** The result of a load generator run. */
export interface LoadResult {
  /** Responses, and payments among them, within the measured time. */
  readonly requests: number;
  readonly ok: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** From the first request to the last response, including the warm-up. The ledger must match. */
  readonly sent: number;
  readonly paid: number;
  /** When the last response arrived, in milliseconds since 1970. */
  readonly lastResponseAt: number;
  /** Requests with an unknown outcome: the connection closed, or no response arrived. */
  readonly unanswered: number;
  readonly byStatus: Record<string, number>;
  /** Counts by the code in the body of responses that are no payments. */
  readonly byCode: Record<string, number>;
  readonly errors: Record<string, number>;
  /** The generator's own CPU time. */
  readonly cpuMicrosecondsPerRequest: number;
}

/** The generator's counters during a run. */
export type Tally = ReturnType<typeof createTally>;

export const createTally = () => ({
  latencies: createHistogram(),
  ok: 0,
  sent: 0,
  unanswered: 0,
  byStatus: new Map<number, number>(),
  byCode: new Map<string, number>(),
  errors: new Map<string, number>(),
});

export function increment<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

export interface RunFacts {
  /** The measured time. */
  readonly seconds: number;
  /** In milliseconds since 1970. */
  readonly lastResponseAt: number;
  /** The status of a payment's response. */
  readonly paidStatus: number;
  /** The CPU time of the whole run. */
  readonly cpu: NodeJS.CpuUsage;
}

export function summarise(tally: Tally, { seconds, lastResponseAt, paidStatus, cpu }: RunFacts): LoadResult {
  const { latencies } = tally;
  const percentile = (share: number) => round(getPercentileMs(latencies, share));
  return {
    requests: latencies.total,
    ok: tally.ok,
    seconds: round(seconds),
    perSecond: seconds > 0 ? Math.round(tally.ok / seconds) : 0,
    p50Ms: percentile(0.5),
    p95Ms: percentile(0.95),
    p99Ms: percentile(0.99),
    maxMs: round(latencies.maxMs),
    sent: tally.sent,
    lastResponseAt,
    paid: tally.byStatus.get(paidStatus) ?? 0,
    unanswered: tally.unanswered,
    byStatus: Object.fromEntries(tally.byStatus),
    byCode: Object.fromEntries(tally.byCode),
    errors: Object.fromEntries(tally.errors),
    cpuMicrosecondsPerRequest: round((cpu.user + cpu.system) / Math.max(1, tally.sent)),
  };
}

const round = (value: number) => Math.round(value * 100) / 100;
