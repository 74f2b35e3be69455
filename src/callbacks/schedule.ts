/** When a callback is tried again, and when we stop. Business time, as a sandbox's clock has it. */
import { day, hour, minute, second } from "../clock.ts";

const gapsMs = [
  10 * second,
  1 * minute,
  5 * minute,
  30 * minute,
  2 * hour,
  6 * hour,
  12 * hour,
  24 * hour,
] as const;

/** The last attempt: a delivery that it does not close is parked. */
export const attemptsMax = gapsMs.length + 1;

/** What came of an attempt, in a word. */
export function outcomeWord(attempt: {
  readonly failure: string | null;
  readonly flag: string | null;
  readonly attempt: number;
}): "told" | "flagged" | "failed" | "parked" {
  if (attempt.failure === null) return attempt.flag === null ? "told" : "flagged";
  return attempt.attempt >= attemptsMax ? "parked" : "failed";
}

/** A listener may ask for patience, but not for ever. */
const retryAfterMaxMs = day;

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
export function nextAttemptAt(
  attemptsMade: number,
  now: number,
  random: number,
  retryAfterMs: number | null,
): number | null {
  const gapMs = gapsMs[attemptsMade - 1];
  if (gapMs === undefined) return null;
  const waitMs = Math.round(gapMs * (1 + random / 10));
  return now + Math.max(waitMs, Math.min(retryAfterMs ?? 0, retryAfterMaxMs));
}

/**
 * How long a Retry-After header asks us to wait, in milliseconds; null without one that can be read.
 *
 * It is a number of seconds or an HTTP date. Dates are the listener's, so they are compared with
 * `wallNow`, the time on the wall, and not with a business clock that may have been moved.
 */
export function retryAfterMs(header: string | undefined, wallNow: number): number | null {
  const text = header?.trim() ?? "";
  if (/^\d{1,12}$/.test(text)) return Number(text) * second;
  if (!httpDate.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - wallNow);
}

/** The form that RFC 9110 has every sender use: `Sun, 06 Nov 1994 08:49:37 GMT`. */
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
