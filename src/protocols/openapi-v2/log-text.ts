/** Text for the request log. */
import { formatAmount, markets, type Rail } from "../../core/money.ts";

/** `10.00 TZS`. */
export function formatMoney({ values, rail }: { values: { input_Amount: bigint }; rail: Rail }): string {
  const { currency, decimals } = markets[rail.market];
  return `${formatAmount(values.input_Amount, decimals)} ${currency}`;
}
