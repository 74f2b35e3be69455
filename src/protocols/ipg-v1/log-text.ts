/** Text for the request log. */
import { markets } from "../../core/markets.ts";
import { formatAmount } from "../../core/money.ts";
import { ipgV1Market } from "./names.ts";

const { currency, decimals } = markets[ipgV1Market];

/** `10.00 MZN`. */
export const formatMoney = (amountMinor: bigint): string =>
  `${formatAmount(amountMinor, decimals)} ${currency}`;
