/**
 * How often people may try what sends a mail or a message, and what checks a password or a code.
 *
 * Each limit counts the source (an IPv4 address, or the /64 network of an IPv6 address), and what it tries to reach, so that
 * many sources cannot guess the password of one account. A refusal says nothing about an account: unknown addresses count
 * the same.
 */
import type { FastifyRequest } from "fastify";
import { createAttemptLimit, type AttemptLimit } from "../../accounts/attempt-limit.ts";
import { msPerHour, msPerMinute, msPerSecond } from "../../core/clock.ts";
import { toClientKey } from "../../http/client-address.ts";
import { ApiError } from "../api-error.ts";

interface LimitPair {
  readonly source: AttemptLimit;
  readonly target: AttemptLimit;
}

export type LimitedAction = "sign_in" | "mail" | "code" | "message";

export type AccountLimits = Readonly<Record<LimitedAction, LimitPair>>;

/** Each server counts by itself. A source can be a room of people, who register together. */
export const createAccountLimits = (): AccountLimits => ({
  sign_in: {
    source: createAttemptLimit(150, 5 * msPerMinute),
    target: createAttemptLimit(20, 15 * msPerMinute),
  },
  mail: { source: createAttemptLimit(100, msPerHour), target: createAttemptLimit(5, msPerHour) },
  code: {
    source: createAttemptLimit(150, 5 * msPerMinute),
    target: createAttemptLimit(30, 15 * msPerMinute),
  },
  message: { source: createAttemptLimit(100, msPerHour), target: createAttemptLimit(5, msPerHour) },
});

/** Throws 429. `targets`: what is tried, such as an address. */
export function assertWithinLimit(
  limits: AccountLimits,
  action: LimitedAction,
  request: FastifyRequest,
  ...targets: readonly string[]
): void {
  const { source, target } = limits[action];
  const waitsMs = [source.count(toClientKey(request.ip)), ...targets.map((each) => target.count(each))];
  const waitMs = Math.max(...waitsMs);
  if (waitMs === 0) return;
  const minutes = Math.ceil(waitMs / msPerMinute);
  const time = waitMs < msPerMinute ? `${Math.ceil(waitMs / msPerSecond)} seconds` : `${minutes} minutes`;
  throw new ApiError(429, `There were too many attempts. Try again in ${time}.`);
}
