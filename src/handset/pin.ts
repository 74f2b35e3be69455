/**
 * PINs: the stored hash, the count of wrong attempts, and the lock.
 *
 * A PIN of four digits has only ten thousand values. So the hash is keyed: a copy of the table is useless without the
 * environment's key. And attempts are counted with the handset's row locked: of a thousand concurrent guesses, three
 * are checked.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Sql } from "../store/driver/connect.ts";
import { lockHandset, setPinAttempts } from "../store/rail/handsets.ts";
import type { PinRefusal, PinState } from "./handset-api.ts";

export const maxAttempts = 3;

export const hashPin = (key: Buffer, msisdn: string, pin: string): Buffer =>
  createHmac("sha256", key).update(`${msisdn}:${pin}`).digest();

export interface PinAttempts {
  readonly wrongPins: number;
  /** Business time, in milliseconds since 1970. Null if the handset was never locked, or was unlocked. */
  readonly lockedUntil: number | null;
}

export interface PinDecision {
  readonly verdict: { readonly outcome: "right" } | Exclude<PinRefusal, { outcome: "no_handset" }>;
  /** The new state to store; null if it does not change. */
  readonly attempts: PinAttempts | null;
}

/** While a lock is active, no PIN is checked. After it has expired, counting starts from zero. */
export function decidePin(attempts: PinAttempts, isRight: boolean, now: number, lockMs: number): PinDecision {
  const { lockedUntil } = attempts;
  if (lockedUntil !== null && lockedUntil > now) {
    return { verdict: { outcome: "locked", until: lockedUntil }, attempts: null };
  }
  if (isRight) {
    const unchanged = attempts.wrongPins === 0 && lockedUntil === null;
    return {
      verdict: { outcome: "right" },
      attempts: unchanged ? null : { wrongPins: 0, lockedUntil: null },
    };
  }
  const wrongPins = attempts.wrongPins + 1;
  if (wrongPins < maxAttempts) {
    return {
      verdict: { outcome: "wrong_pin", left: maxAttempts - wrongPins },
      attempts: { wrongPins, lockedUntil: null },
    };
  }
  const until = now + lockMs;
  return { verdict: { outcome: "locked", until }, attempts: { wrongPins: 0, lockedUntil: until } };
}

export function pinState({ wrongPins, lockedUntil }: PinAttempts, now: number): PinState {
  return {
    left: maxAttempts - wrongPins,
    lockedUntil: lockedUntil !== null && lockedUntil > now ? lockedUntil : null,
  };
}

export interface PinContext {
  readonly sql: Sql;
  readonly pinKey: Buffer;
  readonly clock: { now(): number };
  readonly pinLockMs: number;
}

/** `justLocked`: this attempt locked the handset, so its prompt ends too. */
export type PinCheckResult =
  | { readonly outcome: "right" }
  | { readonly outcome: "wrong_pin"; readonly left: number }
  | { readonly outcome: "locked"; readonly until: number; readonly justLocked: boolean }
  | { readonly outcome: "no_handset" };

export function checkPin(context: PinContext, msisdn: string, pin: string): Promise<PinCheckResult> {
  const typedHash = hashPin(context.pinKey, msisdn, pin);
  return context.sql.begin(async (tx): Promise<PinCheckResult> => {
    const handset = await lockHandset(tx, msisdn);
    if (handset === undefined) return { outcome: "no_handset" };
    const storedAttempts = {
      wrongPins: handset.wrongPins,
      lockedUntil: handset.lockedUntil?.getTime() ?? null,
    };
    const isRight = timingSafeEqual(handset.pinHash, typedHash);
    const { verdict, attempts } = decidePin(storedAttempts, isRight, context.clock.now(), context.pinLockMs);
    if (attempts !== null) await setPinAttempts(tx, msisdn, attempts);
    return verdict.outcome === "locked" ? { ...verdict, justLocked: attempts !== null } : verdict;
  });
}
