/**
 * PINs: a handset's keyed hash of one, wrong ones counted, and the lock.
 *
 * Four digits are ten thousand guesses. So the hash is keyed, and a copy of the table says nothing without
 * the environment's key; and guesses are counted with the handset's row locked, so that a thousand at once
 * are three.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Sql } from "../store/connect.ts";
import { lockHandset, setPinTries } from "../store/handsets.ts";
import type { PinRefusal, PinState } from "./phone.ts";

export const triesMax = 3;

export const pinHash = (key: Buffer, msisdn: string, pin: string): Buffer =>
  createHmac("sha256", key).update(`${msisdn}:${pin}`).digest();

export interface Tries {
  readonly wrongPins: number;
  /** Business time, in milliseconds since 1970; null when it never was locked, or somebody unlocked it. */
  readonly lockedUntil: number | null;
}

export interface PinDecision {
  readonly verdict: { readonly outcome: "right" } | Exclude<PinRefusal, { outcome: "no_handset" }>;
  /** What to remember; null for nothing new. */
  readonly tries: Tries | null;
}

/** What a PIN does. A lock whose time is over counts from the beginning; while it stands, nothing is looked at. */
export function decidePin(tries: Tries, right: boolean, now: number, lockMs: number): PinDecision {
  const { lockedUntil } = tries;
  if (lockedUntil !== null && lockedUntil > now) {
    return { verdict: { outcome: "locked", until: lockedUntil }, tries: null };
  }
  if (right) {
    const clean = tries.wrongPins === 0 && lockedUntil === null;
    return { verdict: { outcome: "right" }, tries: clean ? null : { wrongPins: 0, lockedUntil: null } };
  }
  const wrongPins = tries.wrongPins + 1;
  if (wrongPins < triesMax) {
    return {
      verdict: { outcome: "wrong_pin", left: triesMax - wrongPins },
      tries: { wrongPins, lockedUntil: null },
    };
  }
  const until = now + lockMs;
  return { verdict: { outcome: "locked", until }, tries: { wrongPins: 0, lockedUntil: until } };
}

/** What a screen says of a handset's tries. */
export function pinState({ wrongPins, lockedUntil }: Tries, now: number): PinState {
  return {
    left: triesMax - wrongPins,
    lockedUntil: lockedUntil !== null && lockedUntil > now ? lockedUntil : null,
  };
}

export interface PinContext {
  readonly sql: Sql;
  readonly pinKey: Buffer;
  readonly clock: { now(): number };
  readonly pinLockMs: number;
}

/** The verdict, and whether it is this PIN that locked the handset: then what was asked for ends with it. */
export type PinVerdict =
  | { readonly outcome: "right" }
  | { readonly outcome: "wrong_pin"; readonly left: number }
  | { readonly outcome: "locked"; readonly until: number; readonly justNow: boolean }
  | { readonly outcome: "no_handset" };

export function checkPin(context: PinContext, msisdn: string, pin: string): Promise<PinVerdict> {
  const given = pinHash(context.pinKey, msisdn, pin);
  return context.sql.begin(async (tx): Promise<PinVerdict> => {
    const handset = await lockHandset(tx, msisdn);
    if (handset === undefined) return { outcome: "no_handset" };
    const before = { wrongPins: handset.wrongPins, lockedUntil: handset.lockedUntil?.getTime() ?? null };
    const right = timingSafeEqual(handset.pinHash, given);
    const { verdict, tries } = decidePin(before, right, context.clock.now(), context.pinLockMs);
    if (tries !== null) await setPinTries(tx, msisdn, tries);
    return verdict.outcome === "locked" ? { ...verdict, justNow: tries !== null } : verdict;
  });
}
