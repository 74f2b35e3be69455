import { randomBytes } from "node:crypto";
import { type RequestBuffer, type VariableField, widths, writeDigits, writeHex } from "./request.ts";

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
  const encodedShortcodes = Array.from({ length: parties.organisations }, (_, index) =>
    Buffer.from(Buffer.from(`${parties.firstShortcode + index}`).toString("base64"), "latin1"),
  );
  let count = 0;
  let state = seed | 0;
  const pick = (choices: number) => {
    state = xorshift(state);
    return (state >>> 0) % choices;
  };

  return ({ bytes, offsets }) => {
    const msisdn = parties.firstMsisdn + pick(parties.customers);
    for (const at of offsets.msisdn) writeDigits(bytes, at, widths.msisdn, msisdn);
    const shortcode = pick(parties.organisations);
    for (const at of offsets.shortcode)
      writeDigits(bytes, at, widths.shortcode, parties.firstShortcode + shortcode);
    for (const at of offsets.encodedShortcode) encodedShortcodes[shortcode]?.copy(bytes, at);
    const amount = 10 + pick(90);
    for (const at of offsets.amount) writeDigits(bytes, at, widths.amount, amount);

    const scattered = scatter(count);
    count += 1;
    for (const at of offsets.reference) {
      writeHex(bytes, at, scattered);
      runText.copy(bytes, at + 8);
    }
    for (const at of offsets.transaction) writeHex(bytes, at, scattered);
  };
}

/** Writes the payment of one request into another. */
export function copyPayment(from: RequestBuffer, to: RequestBuffer): void {
  for (const [field, offsets] of Object.entries(to.offsets) as [VariableField, readonly number[]][]) {
    const [start] = from.offsets[field];
    if (start === undefined) continue;
    for (const at of offsets) from.bytes.copy(to.bytes, at, start, start + widths[field]);
  }
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
