/**
 * Counts latencies in buckets that are at most 1/64 of their value wide.
 *
 * Recording a latency takes two shifts and an addition in preallocated memory, so it hardly affects the measurement.
 * Below 128 µs every microsecond has its own bucket. Above, each doubling of the latency has 64 buckets.
 */
export interface Histogram {
  readonly counts: Uint32Array;
  total: number;
  maxMs: number;
}

/** The number of bits that select a bucket within a doubling. The highest one is always set. */
const bitsKept = 7;
const perDoubling = 1 << (bitsKept - 1);

/** Latencies are 31-bit microseconds: longer ones count as 35 minutes. */
const maxMicroseconds = 0x7fffffff;

export function createHistogram(): Histogram {
  return { counts: new Uint32Array(findBucket(maxMicroseconds) + 1), total: 0, maxMs: 0 };
}

export function recordLatency(histogram: Histogram, latencyMs: number): void {
  const bucket = findBucket(Math.min(latencyMs * 1000, maxMicroseconds) | 0);
  histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1;
  histogram.total += 1;
  if (latencyMs > histogram.maxMs) histogram.maxMs = latencyMs;
}

/**
 * The latency in milliseconds that `share` (0 to 1) of all responses did not exceed; 0 if there were none.
 *
 * It is the upper edge of a bucket, so rounding never makes a server look faster than it was.
 */
export function getPercentileMs(histogram: Histogram, share: number): number {
  const rank = Math.ceil(histogram.total * share);
  let seen = 0;
  for (const [bucket, count] of histogram.counts.entries()) {
    seen += count;
    if (seen >= rank && count > 0) return Math.min(upperEdge(bucket) / 1000, histogram.maxMs);
  }
  return 0;
}

function findBucket(microseconds: number): number {
  const shift = Math.max(0, 32 - Math.clz32(microseconds) - bitsKept);
  return shift * perDoubling + (microseconds >>> shift);
}

/** The first whole microsecond of the next bucket. */
function upperEdge(bucket: number): number {
  const shift = Math.max(0, Math.floor(bucket / perDoubling) - 1);
  return (bucket - shift * perDoubling + 1) * 2 ** shift;
}
