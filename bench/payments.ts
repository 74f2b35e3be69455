import { randomBytes } from "node:crypto";
import { type RequestBuffer, widths, writeDigits, writeHex } from "./request.ts";

/** Which customers pay which organisations: consecutive numbers, so that a set is two integers. */
export interface Parties {
  /** The first customer's nine digits after the prefix; the others follow. */
  readonly firstMsisdn: number;
  readonly customers: number;
  /** The first organisation's shortcode, six digits; one organisation makes it the hot merchant. */
  readonly firstShortcode: number;
  readonly organisations: number;
}

/**
 * Returns a function that turns a connection's request into the next payment: another customer,
 * organisation and amount, and a reference that was never sent before.
 *
 * `seed` (a whole number, not 0) decides who pays whom, so that two runs can be compared.
 */
export function createPaymentWriter(parties: Parties, seed: number): (request: RequestBuffer) => void {
  const run = randomBytes((widths.reference - 8) / 2);
  const runText = Buffer.from(run.toString("hex"), "latin1");
  let count = 0;
  let state = seed | 0;
  const pick = (choices: number) => {
    state = xorshift(state);
    return (state >>> 0) % choices;
  };

  return ({ bytes, offsets: at }) => {
    writeDigits(bytes, at.msisdn, widths.msisdn, parties.firstMsisdn + pick(parties.customers));
    writeDigits(bytes, at.shortcode, widths.shortcode, parties.firstShortcode + pick(parties.organisations));
    writeDigits(bytes, at.amount, widths.amount, 10 + pick(90));

    const scattered = scatter(count);
    count += 1;
    writeHex(bytes, at.reference, scattered);
    runText.copy(bytes, at.reference + 8);
    writeHex(bytes, at.transaction, scattered);
  };
}

/**
 * Maps every 32-bit number to another one, no two to the same.
 *
 * Real clients send random references. Counting upwards instead would let every index on them grow
 * at its right edge only, which is the one case that stays fast for ever and that nobody has.
 */
function scatter(count: number): number {
  let value = Math.imul(count, 0x9e3779b1);
  value ^= value >>> 15;
  value = Math.imul(value, 0x85ebca6b);
  return value ^ (value >>> 13);
}

/** Marsaglia's 32-bit generator: three shifts, a period of 2^32 - 1, good enough to pick customers. */
function xorshift(state: number): number {
  let next = state;
  next ^= next << 13;
  next ^= next >>> 17;
  next ^= next << 5;
  return next;
}
