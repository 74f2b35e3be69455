/** The numbers behind receipts (`payments/receipts.ts`). */
import type { Sql, Transaction } from "../driver/connect.ts";

/** The increment of the sequence `receipt_numbers`. */
export const receiptBlockSize = 1000;

/** Returns the first number of a block that no other server gets. */
export async function readNextReceiptBlock(tx: Sql | Transaction): Promise<number> {
  const [row] = await tx<{ start: bigint }[]>`select nextval('receipt_numbers') as start`;
  return Number(row?.start ?? 0n);
}
