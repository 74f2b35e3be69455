/** Opening balances and top-ups. Each is a payment of its own, with postings. */
import type { Market } from "../../core/markets.ts";
import { fund } from "../../payments/funding.ts";
import type { AccountName } from "../../store/rail/accounts.ts";
import { parseAmountMinor } from "./fields.ts";
import { ApiError } from "../api-error.ts";
import type { ControlDeps } from "./route.ts";

/** A tenth of the payment queue, so that other payments are not refused meanwhile. */
const batchSize = 2_000;

export const floatExhausted =
  "The market has issued as much money as its float can. The accounts exist, without an opening balance.";

export interface OpeningBalance {
  readonly account: AccountName;
  readonly amountMinor: bigint;
}

/** Funds new accounts. The amounts are greater than zero. Throws 409 if the float cannot issue all of them. */
export async function fundAll(
  { payments, newId }: ControlDeps,
  market: Market,
  balances: readonly OpeningBalance[],
): Promise<void> {
  let refused = 0;
  for (let from = 0; from < balances.length; from += batchSize) {
    const batch = balances.slice(from, from + batchSize);
    const outcomes = await Promise.all(
      batch.map((balance) =>
        fund(payments(market), {
          id: newId(),
          account: balance.account,
          amountMinor: balance.amountMinor,
          description: "Opening balance",
        }),
      ),
    );
    refused += outcomes.filter(({ refusal }) => refusal !== null).length;
  }
  if (refused > 0)
    throw new ApiError(
      409,
      `${market} has issued almost as much money as its float can: ${refused} of the new accounts have no opening balance. Withdraw money from other accounts, or restore a snapshot, and top them up.`,
    );
}

/** Adds a signed amount to an account. Throws 404 if the account does not exist, 409 if its balance does not allow it. */
export async function topUp(
  { payments, newId }: ControlDeps,
  market: Market,
  account: AccountName,
  amount: string,
): Promise<void> {
  const amountMinor = parseAmountMinor(amount, market, "amount");
  if (amountMinor === 0n) throw new ApiError(400, "amount must not be zero.");
  const { refusal } = await fund(payments(market), {
    id: newId(),
    account,
    amountMinor,
    description: "Top-up",
  });
  if (refusal === null) return;
  if (refusal === "customer_unknown") throw new ApiError(404, "No customer in this market has this MSISDN.");
  if (refusal === "organisation_unknown")
    throw new ApiError(404, "No organisation in this market has this shortcode, or it has no such account.");
  throw new ApiError(
    409,
    refusal === "account_full"
      ? "The balance of the account, or of the market's float, would exceed the maximum."
      : "The balance is too low.",
  );
}
