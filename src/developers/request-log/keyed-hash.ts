/**
 * Keyed hashes, by which the log finds MSISDNs, references and ids that it does not store or index as text.
 *
 * Without the key no reader can tell from a hash which MSISDN it stands for, although there are few enough MSISDNs to try
 * them all.
 */
import { hash } from "node:crypto";

/** The bytes of a key that these functions use. */
export const hashKeyBytes = 32;

/** The hash of a reference or an id: 64 bits of SHA-256. */
export function hashName(key: Uint8Array, name: string): bigint {
  const bytes = hash("sha256", Buffer.concat([key, Buffer.from(name.toWellFormed())]), "buffer");
  return bytes.readBigInt64LE(0);
}

/**
 * The hash of an MSISDN: HalfSipHash-2-4, 32 bits. Every request has one, and it takes a tenth of the time of SHA-256.
 * Several MSISDNs share a hash, so a match is only a candidate.
 */
export function hashMsisdn(key: Uint8Array, msisdn: string): number {
  const key0 = readWord(key, 0);
  const key1 = readWord(key, 4);
  const state = new Int32Array([key0, key1, 0x6c796765 ^ key0, 0x74656462 ^ key1]);
  let word = 0;
  for (let i = 0; i < msisdn.length; i += 1) {
    word |= (msisdn.charCodeAt(i) & 0xff) << ((i & 3) * 8);
    if ((i & 3) === 3) {
      addWord(state, word);
      word = 0;
    }
  }
  addWord(state, word | (msisdn.length << 24));
  state[2] = (state[2] ?? 0) ^ 0xff;
  for (let round = 0; round < 4; round += 1) mix(state);
  return (state[1] ?? 0) ^ (state[3] ?? 0);
}

function addWord(state: Int32Array, word: number): void {
  state[3] = (state[3] ?? 0) ^ word;
  mix(state);
  mix(state);
  state[0] = (state[0] ?? 0) ^ word;
}

/** One SipRound on 32-bit words. */
function mix(state: Int32Array): void {
  let [v0 = 0, v1 = 0, v2 = 0, v3 = 0] = state;
  v0 = (v0 + v1) | 0;
  v1 = rotate(v1, 5) ^ v0;
  v0 = rotate(v0, 16);
  v2 = (v2 + v3) | 0;
  v3 = rotate(v3, 8) ^ v2;
  v0 = (v0 + v3) | 0;
  v3 = rotate(v3, 7) ^ v0;
  v2 = (v2 + v1) | 0;
  v1 = rotate(v1, 13) ^ v2;
  v2 = rotate(v2, 16);
  state[0] = v0;
  state[1] = v1;
  state[2] = v2;
  state[3] = v3;
}

const rotate = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

const readWord = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) |
  ((bytes[at + 1] ?? 0) << 8) |
  ((bytes[at + 2] ?? 0) << 16) |
  ((bytes[at + 3] ?? 0) << 24);
