import { randomBytes } from "node:crypto";
import { type RequestBuffer, widths, writeDigits, writeHex } from "./request.ts";

/** The customers and the organisations: consecutive numbers, so that two integers describe a set. */
export interface Parties {
  /** The first customer's nine digits after the prefix. */
  readonly firstMsisdn: number;
  readonly customers: number;
  /** The first organisation's shortcode, six digits. */
  readonly firstShortcode: number;
  readonly organisations: number;
}

/**
 * Creates a function that changes a connection's request to the next payment: another customer, organisation and
 * amount, and a new reference.
 *
 * `seed` (a whole number, not 0) determines the parties, so that two runs are comparable.
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
 * Maps 32-bit numbers to 32-bit numbers, without collisions.
 *
 * Real clients send random references. With rising references, every index on them would grow only at its right edge,
 * which is faster than in production.
 */
function scatter(count: number): number {
  let value = Math.imul(count, 0x9e3779b1);
  value ^= value >>> 15;
  value = Math.imul(value, 0x85ebca6b);
  return value ^ (value >>> 13);
}

/** Marsaglia's 32-bit xorshift generator, with a period of 2^32 - 1. */
function xorshift(state: number): number {
  let next = state;
  next ^= next << 13;
  next ^= next >>> 17;
  next ^= next << 5;
  return next;
}
