/**
 * Dated receipts: ten characters, of which the first three are the business day and the others a number.
 *
 * The number comes from a sequence of the rail, of which a server takes a block at a time. A keyed permutation shuffles
 * it, so that receipts are unique and do not count the payments. The rail's other public ids (`core/ids.ts`) need no
 * storage; receipts are too short for an id, so `payments.receipt` stores them.
 */
import type { Market } from "../core/markets.ts";
import type { Transaction } from "../store/driver/connect.ts";
import { readNextReceiptBlock, receiptBlockSize } from "../store/rail/receipts.ts";

const marketsWithReceipts: ReadonlySet<Market> = new Set(["safaricomKEN"]);

/** Whether payments in this market have dated receipts. */
export const hasDatedReceipts = (market: Market): boolean => marketsWithReceipts.has(market);

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const firstYear = 2006;
const yearLetters = 26;

/** The first three characters: a letter for the year (A is 2006), one for the month, and 1 to 9 or A to V for the day. */
export function formatReceiptDay(day: number): string {
  const year = Math.floor(day / 10_000);
  const month = Math.floor(day / 100) % 100;
  const index = (((year - firstYear) % yearLetters) + yearLetters) % yearLetters;
  return (digits[10 + index] ?? "") + (digits[9 + month] ?? "") + (digits[day % 100] ?? "");
}

/** The receipt of results without a payment. No payment has it. `day` is a local day as yyyymmdd. */
export const formatDummyReceipt = (day: number): string => `${formatReceiptDay(day)}0000000`;

/** Whether a text has the form of a receipt, in any case. */
export const isReceipt = (text: string): boolean => /^[0-9A-Za-z]{10}$/.test(text);

const leftSize = 36 ** 3;
const rightSize = 36 ** 4;
/** All receipts of a day but the dummy's. */
const receiptCount = leftSize * rightSize - 1;

/** Formats the receipt of a day and a number of the sequence. */
export type ReceiptFormatter = (day: number, number: number) => string;

/** `key`: at least 64 random bytes, which belong to the environment and never change. */
export function createReceiptFormatter(key: Buffer): ReceiptFormatter {
  const keys = Array.from({ length: 8 }, (_, round) => key.readUInt32LE(round * 4) ^ 0x52636570);
  return (day, number) => {
    let shuffled = shuffle(1 + (number % receiptCount), keys);
    // Zero is the dummy's. No other number is shuffled to what zero is, so the result stays unique.
    if (shuffled === 0) shuffled = shuffle(0, keys);
    return formatReceiptDay(day) + shuffled.toString(36).toUpperCase().padStart(7, "0");
  };
}

/** A Feistel network over two parts of unequal size: a permutation of the numbers below 36^7 for any `mix`. */
function shuffle(number: number, keys: readonly number[]): number {
  let left = Math.floor(number / rightSize);
  let right = number % rightSize;
  keys.forEach((key, round) => {
    if (round % 2 === 0) left = (left + mix(right, key)) % leftSize;
    else right = (right + mix(left, key)) % rightSize;
  });
  return left * rightSize + right;
}

/** Thirty-one bits that depend on every bit of both arguments (the finisher of MurmurHash3). */
function mix(half: number, key: number): number {
  let h = (half ^ key) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) & 0x7fffffff;
}

/** The receipts of one rail. */
export interface Receipts {
  /** Takes receipts for `count` payments. The numbers are never given again, also if the transaction fails. */
  take(tx: Transaction, count: number): Promise<TakenReceipts>;
}

export interface TakenReceipts {
  /** `day` is the business day, as yyyymmdd in the market. */
  next(day: number): string;
}

export function createReceipts(format: ReceiptFormatter): Receipts {
  let next = 0;
  let end = 0;
  return {
    async take(tx, count) {
      // Two batches take receipts at the same time, so the block may have been used meanwhile.
      while (end - next < count) {
        const start = await readNextReceiptBlock(tx);
        if (end - next >= count) break;
        next = start;
        end = start + receiptBlockSize;
      }
      let number = next;
      next += count;
      const last = next;
      return {
        next(day) {
          if (number >= last) throw new Error("more receipts were used than taken");
          number += 1;
          return format(day, number - 1);
        },
      };
    },
  };
}
