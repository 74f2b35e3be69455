/**
 * Ids: one 62-bit number per request, and its two public forms.
 *
 * The number grows with wall time, so new rows are added at the end of every index, and a range of ids is a range of
 * time (`migrations/rail/0001-ledger.sql` partitions by it). Callers see the same number encrypted with the
 * environment's key: it looks random, does not reveal the number of payments, and decodes to the number without
 * another index, however many payments are stored.
 *
 * A public id is not a secret. Access to a payment depends on the caller's authentication.
 */

const epoch = Date.UTC(2024, 0, 1);
const sequenceBits = 11n;
const serverBits = 10n;
const timeShift = sequenceBits + serverBits;
const maxSequence = (1 << Number(sequenceBits)) - 1;
const mask31 = 0x7fffffff;

export type Id = bigint;

/** The smallest id of a request at this wall time. Times before 2024 count as 2024. */
export function minIdAt(at: number): Id {
  return BigInt(Math.max(0, Math.floor(at) - epoch)) << timeShift;
}

/** The wall time, in milliseconds, at which an id was generated. */
export function idTimestamp(id: Id): number {
  return Number(id >> timeShift) + epoch;
}

/**
 * Generates ids. `server` is a number from 0 to 1023, unique among running servers.
 *
 * Ids always increase. If the machine's clock is set back, or the 2,048 ids of one millisecond are used up, ids continue
 * from the last one until wall time catches up.
 */
export function createIdGenerator(server: number, now: () => number = Date.now): () => Id {
  const serverPart = BigInt(server & 0x3ff) << sequenceBits;
  let last = 0;
  let sequence = 0;
  return () => {
    const at = Math.max(0, now() - epoch);
    if (at > last) {
      last = at;
      sequence = 0;
    } else if (sequence === maxSequence) {
      last += 1;
      sequence = 0;
    } else {
      sequence += 1;
    }
    return (BigInt(last) << timeShift) | serverPart | BigInt(sequence);
  };
}

/** Encodes ids to their public forms, and decodes them. */
export interface PublicIds {
  /** M-Pesa's TransactionID: twelve lower-case letters and digits. */
  receipt(id: Id): string;
  /** M-Pesa's ConversationID: thirty-two hexadecimal digits. */
  requestId(id: Id): string;
  /** The id of either form, or null if the text is neither. Case is ignored. */
  decode(name: string): Id | null;
}

/** `key`: at least 64 random bytes, which belong to the environment and never change. */
export function createPublicIds(key: Buffer): PublicIds {
  if (key.length < 64) throw new RangeError("public ids need a key of at least 64 bytes");
  const transactionKeys = roundKeys(key, 0);
  const conversationKeys = roundKeys(key, 24);
  const checkKey = key.readUInt32LE(48);

  const receipt = (id: Id): string => shuffle(id, transactionKeys).toString(36).padStart(12, "0");
  const requestId = (id: Id): string => {
    const front = shuffle(id, conversationKeys);
    return front.toString(16).padStart(16, "0") + checkDigits(front, checkKey);
  };

  return {
    receipt,
    requestId,
    decode(name) {
      const text = name.toLowerCase();
      if (/^[0-9a-f]{32}$/.test(text)) {
        const front = BigInt(`0x${text.slice(0, 16)}`);
        if (front >> 62n !== 0n || checkDigits(front, checkKey) !== text.slice(16)) return null;
        return unshuffle(front, conversationKeys);
      }
      if (!/^[0-9a-z]{12}$/.test(text)) return null;
      let shuffled = 0n;
      for (const digit of text) shuffled = shuffled * 36n + BigInt(parseInt(digit, 36));
      return shuffled >> 62n === 0n ? unshuffle(shuffled, transactionKeys) : null;
    },
  };
}

function roundKeys(key: Buffer, offset: number): number[] {
  return Array.from({ length: 6 }, (_, round) => key.readUInt32LE(offset + round * 4));
}

/** A Feistel network over two halves of 31 bits: a permutation for any `mix`. */
function shuffle(id: Id, keys: readonly number[]): bigint {
  let left = Number(id >> 31n);
  let right = Number(id & 0x7fffffffn);
  for (const key of keys) {
    const next = left ^ mix(right, key);
    left = right;
    right = next & mask31;
  }
  return (BigInt(left) << 31n) | BigInt(right);
}

function unshuffle(shuffled: bigint, keys: readonly number[]): Id {
  let left = Number(shuffled >> 31n);
  let right = Number(shuffled & 0x7fffffffn);
  for (let round = keys.length - 1; round >= 0; round -= 1) {
    const previous = (right ^ mix(left, keys[round] ?? 0)) & mask31;
    right = left;
    left = previous;
  }
  return (BigInt(left) << 31n) | BigInt(right);
}

/** Thirty-one bits that depend on every bit of both arguments (the finisher of MurmurHash3). */
function mix(half: number, key: number): number {
  let h = (half ^ key) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) & mask31;
}

/** Sixteen hexadecimal check digits, which detect invented ConversationIDs. */
function checkDigits(front: bigint, key: number): string {
  const left = Number(front >> 31n);
  const right = Number(front & 0x7fffffffn);
  const a = mix(left ^ mix(right, key), key ^ 0x9e3779b9);
  const b = mix(right ^ mix(left, key ^ 0x7f4a7c15), key);
  return a.toString(16).padStart(8, "0") + b.toString(16).padStart(8, "0");
}
