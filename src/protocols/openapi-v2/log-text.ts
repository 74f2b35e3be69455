/** Text for the request log. */
import { formatAmount } from "../../core/money.ts";
import { markets } from "../../core/markets.ts";
import type { Rail } from "../../core/rails.ts";

/** `10.00 TZS`. */
export function formatMoney({ values, rail }: { values: { input_Amount: bigint }; rail: Rail }): string {
  const { currency, decimals } = markets[rail.market];
  return `${formatAmount(values.input_Amount, decimals)} ${currency}`;
}
