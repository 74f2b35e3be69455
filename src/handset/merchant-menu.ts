/** The menu's payments to paybills and tills. The PIN was checked before. */
import { markets } from "../core/markets.ts";
import { parseAmount } from "../core/money.ts";
import { findMerchant, payMerchant } from "../payments/pay-merchant.ts";
import { getRefusalInfo } from "../payments/refusals.ts";
import type { Sql } from "../store/driver/connect.ts";
import { defaultLanguage, getWords } from "../words/index.ts";
import type { HandsetContext } from "./answer-prompt.ts";
import type { MenuPayment, MenuPaymentResult, MerchantPaymentPurpose, Party } from "./handset-api.ts";

const { prompts } = getWords(defaultLanguage);

export async function findMerchantParty(
  sql: Sql,
  shortcode: string,
  purpose: MerchantPaymentPurpose,
): Promise<Party | null> {
  const merchant = await findMerchant(sql, shortcode, purpose);
  return merchant === null ? null : { shortcode, name: merchant.name };
}

export async function payFromMenu(
  { payments, newId, rail }: HandsetContext,
  msisdn: string,
  { purpose, shortcode, account, amount }: MenuPayment,
): Promise<MenuPaymentResult> {
  const amountMinor = parseAmount(amount, markets[rail.market].decimals);
  if (amountMinor === null) return toRefused("amount_above_maximum");
  const { status, refusal } = await payMerchant(payments, {
    id: newId(),
    msisdn,
    organisation: shortcode,
    account,
    amountMinor,
    purpose,
    description: "Payment from the handset's menu",
    simulatedBy: null,
    refusal: null,
  });
  if (refusal !== null) return toRefused(refusal);
  return { status: status === "held" ? "pending" : "paid" };
}

const toRefused = (refusal: Parameters<typeof getRefusalInfo>[0]): MenuPaymentResult => ({
  status: "refused",
  reason: prompts.refused(refusal, getRefusalInfo(refusal).description),
});
