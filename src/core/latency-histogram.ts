/**
 * Latency histograms: counts by duration, which are merged by adding them.
 *
 * The first bucket has everything under 256 µs. Then each doubling has four buckets, up to 67 seconds, so that a
 * percentile read from a histogram is at most a quarter too high.
 */

const firstExponent = 8;
const lastBucket = 72;

/** The bucket of a duration in microseconds. */
export function latencyBucket(microseconds: number): number {
  if (microseconds < 1 << firstExponent) return 0;
  const whole = Math.min(microseconds, 0x7fffffff) | 0;
  const exponent = 31 - Math.clz32(whole);
  return Math.min(lastBucket, 1 + (exponent - firstExponent) * 4 + ((whole >> (exponent - 2)) & 3));
}

/** The first duration of each bucket but the first, in microseconds. */
export const latencyBounds: readonly number[] = Array.from(
  { length: lastBucket },
  (_, index) => (4 + (index % 4)) << (firstExponent - 2 + (index >> 2)),
);
