/**
 * Counts latencies in buckets that are never wider than 1/64 of the value they hold.
 *
 * Recording one is two shifts and an addition in memory that was allocated before the run, so
 * measuring does not disturb what is measured. Below 128 µs every microsecond has a bucket of its
 * own; above, each doubling of the latency is cut into 64.
 */
export interface Histogram {
  readonly counts: Uint32Array;
  total: number;
  maxMs: number;
}

/** The bits of a value that choose its bucket within a doubling, one of them always set. */
const bitsKept = 7;
const perDoubling = 1 << (bitsKept - 1);

/** Latencies are 31-bit microseconds: anything above 35 minutes counts as 35 minutes. */
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
 * The latency in milliseconds that `share` (0 to 1) of all answers stayed within; 0 if there were none.
 *
 * It is the upper edge of a bucket: rounding never makes a server look faster than it was.
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

/** The first whole microsecond that would fall into the next bucket. */
function upperEdge(bucket: number): number {
  const shift = Math.max(0, Math.floor(bucket / perDoubling) - 1);
  return (bucket - shift * perDoubling + 1) * 2 ** shift;
}
