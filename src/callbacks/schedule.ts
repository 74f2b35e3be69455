/** When a callback is tried again, and when we stop. Business time, as a sandbox's clock has it. */
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

/** What came of an attempt, in a word. */
export function attemptStatus(attempt: {
  readonly failure: string | null;
  readonly warning: string | null;
  readonly deadLettered: boolean;
}): "delivered" | "delivered_with_warning" | "failed" | "dead_lettered" {
  if (attempt.failure === null) return attempt.warning === null ? "delivered" : "delivered_with_warning";
  return attempt.deadLettered ? "dead_lettered" : "failed";
}

/** A listener may ask for patience, but not for ever. */
const maxRetryAfterMs = msPerDay;

/**
 * When to try again, in milliseconds of business time, or null once we have tried long enough.
 *
 * The gaps grow because a server that is gone for a second is usually being deployed, and one that is gone
 * for an hour usually waits for somebody to wake up. Eight gaps cover both and give up after almost two
 * days: by then a person should look, at the payment and at the listener.
 *
 * The jitter only ever waits longer, by a tenth at most. It spreads out listeners on one host, which all
 * come back in the same second and would otherwise hear from us in the same second too.
 *
 * `attemptsMade` counts finished attempts: pass 1 after the first failure. `random` is a number in [0, 1).
 * `retryAfterMs` is what the listener asked for, if it did: never sooner than that.
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
 * How long a Retry-After header asks us to wait, in milliseconds; null without one that can be read.
 *
 * It is a number of seconds or an HTTP date. Dates are the listener's, so they are compared with
 * `wallNow`, the time on the wall, and not with a business clock that may have been moved.
 */
export function parseRetryAfterMs(header: string | undefined, wallNow: number): number | null {
  const text = header?.trim() ?? "";
  if (/^\d{1,12}$/.test(text)) return Number(text) * msPerSecond;
  if (!httpDate.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - wallNow);
}

/** The form that RFC 9110 has every sender use: `Sun, 06 Nov 1994 08:49:37 GMT`. */
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
