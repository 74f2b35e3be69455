/** The retry schedule of callbacks, in business time. */
import { msPerDay, msPerHour, msPerMinute, msPerSecond } from "../core/clock.ts";

/** The delays that most protocols use: 10 seconds, growing to a day. */
export const standardRetryDelaysMs: readonly number[] = [
  10 * msPerSecond,
  1 * msPerMinute,
  5 * msPerMinute,
  30 * msPerMinute,
  2 * msPerHour,
  6 * msPerHour,
  12 * msPerHour,
  24 * msPerHour,
];

/** The status of a single attempt. */
export function attemptStatus(attempt: {
  readonly failure: string | null;
  readonly warning: string | null;
  readonly deadLettered: boolean;
}): "delivered" | "delivered_with_warning" | "failed" | "dead_lettered" {
  if (attempt.failure === null) return attempt.warning === null ? "delivered" : "delivered_with_warning";
  return attempt.deadLettered ? "dead_lettered" : "failed";
}

/** The longest delay that a listener can request. */
const maxRetryAfterMs = msPerDay;

/**
 * Returns the time of the next attempt, in milliseconds of business time, or null after the last attempt.
 *
 * The delays grow: a server that is down for seconds is usually being deployed, and one that is down for an
 * hour usually needs a person. The eight delays add up to almost two days; after that, a person should check
 * the payment and the listener.
 *
 * Jitter adds up to a tenth of the delay. It spreads the retries to listeners on one host, which all come back
 * at the same time.
 *
 * `attemptsMade` counts finished attempts: pass 1 after the first failure. `jitter` is a random number in
 * [0, 1). `requestedDelayMs` is the listener's Retry-After; the next attempt is not made before it.
 */
export function calculateNextAttemptAt(
  retryDelaysMs: readonly number[],
  attemptsMade: number,
  now: number,
  jitter: number,
  requestedDelayMs: number | null,
): number | null {
  const delayMs = retryDelaysMs[attemptsMade - 1];
  if (delayMs === undefined) return null;
  const jitteredMs = Math.round(delayMs * (1 + jitter / 10));
  return now + Math.max(jitteredMs, Math.min(requestedDelayMs ?? 0, maxRetryAfterMs));
}

/**
 * Parses a Retry-After header to milliseconds; null if it is missing or invalid.
 *
 * It is a number of seconds or an HTTP date. The listener's dates are wall time, so they are compared with
 * `wallNow` and not with the business clock.
 */
export function parseRetryAfterMs(header: string | undefined, wallNow: number): number | null {
  const text = header?.trim() ?? "";
  if (/^\d{1,12}$/.test(text)) return Number(text) * msPerSecond;
  if (!httpDate.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - wallNow);
}

/** The format that RFC 9110 requires of senders: `Sun, 06 Nov 1994 08:49:37 GMT`. */
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
