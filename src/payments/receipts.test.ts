/** Receipts: the day in their first characters, and numbers that neither repeat nor count. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import type { Transaction } from "../store/driver/connect.ts";
import {
  createReceiptFormatter,
  createReceipts,
  formatDummyReceipt,
  formatReceiptDay,
  isReceipt,
} from "./receipts.ts";

test("the first three characters are those of M-Pesa's receipts of the day", () => {
  const receipts = [
    [20191219, "NLJ7RT61SV"],
    [20240706, "SG632NMJ7H"],
    [20251106, "TK60708BHZ"],
    [20231210, "RLA0R69NXM"],
    [20200109, "OA90000000"],
    [20241114, "SKE0000000"],
    [20060131, "AAV"],
    [20311201, "ZL1"],
    [20320601, "AF1"],
  ] as const;
  for (const [day, receipt] of receipts) assert.equal(formatReceiptDay(day), receipt.slice(0, 3), receipt);
  assert.equal(formatDummyReceipt(20200109), "OA90000000");
});

test("a hundred thousand numbers in a row give different receipts that are not in a row", () => {
  const format = createReceiptFormatter(randomBytes(64));
  const receipts = Array.from({ length: 100_000 }, (_, number) => format(20261128, number));
  assert.equal(new Set(receipts).size, receipts.length);
  for (const receipt of receipts) assert.match(receipt, /^UKS[0-9A-Z]{7}$/);
  assert(!receipts.includes(formatDummyReceipt(20261128)));
  const inOrder = receipts.filter((receipt, index) => index > 0 && receipt > (receipts[index - 1] ?? ""));
  assert(inOrder.length > 40_000 && inOrder.length < 60_000, `${inOrder.length} increase`);
});

test("the receipts depend on the environment's key", () => {
  const [one, two] = [createReceiptFormatter(randomBytes(64)), createReceiptFormatter(randomBytes(64))];
  assert.notEqual(one(20261128, 1), two(20261128, 1));
});

test("a receipt is recognised in any case, and other ids are none", () => {
  for (const text of ["NLJ7RT61SV", "nlj7rt61sv"]) assert.equal(isReceipt(text), true);
  for (const text of ["NLJ7RT61S", "hv9ahxcg4ccv", "NLJ7RT61S-"]) assert.equal(isReceipt(text), false);
});

test("two batches that take receipts at the same time share no number", async () => {
  let start = -1000;
  const tx = (async () => {
    start += 1000;
    const block = start;
    await new Promise((resolve) => setImmediate(resolve));
    return [{ start: BigInt(block) }];
  }) as unknown as Transaction;
  const receipts = createReceipts(createReceiptFormatter(randomBytes(64)));
  const take = async (count: number): Promise<string[]> => {
    const taken = await receipts.take(tx, count);
    const list = Array.from({ length: count }, () => taken.next(20261128));
    assert.throws(() => taken.next(20261128), /more receipts were used/);
    return list;
  };
  const lists = await Promise.all(Array.from({ length: 20 }, () => take(400)));
  assert.equal(new Set(lists.flat()).size, 8000);
});
