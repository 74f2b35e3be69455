/** How the core writes amounts and dates. */
import { formatAmount } from "../../core/money.ts";

/** Minor units as `92540.00`. */
export const formatDecimal = (amountMinor: bigint): string => formatAmount(amountMinor, 2);

/** The letters of a day, by which receipts begin: year (A = 2006), month, day (1–9, A = 10 … V = 31). */
export function formatReceiptDate(nairobiTime: string): string {
  const year = String.fromCharCode(65 + ((Number(nairobiTime.slice(0, 4)) - 2006) % 26));
  const month = String.fromCharCode(64 + Number(nairobiTime.slice(4, 6)));
  const day = Number(nairobiTime.slice(6, 8)).toString(36).toUpperCase();
  return year + month + day;
}
