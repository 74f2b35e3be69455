/** Money that a test or a tool puts on an account or takes off it: payments of their own, with their moves. */
import type { Market } from "../../core/money.ts";
import { fund } from "../../payments/funding.ts";
import type { AccountName } from "../../store/rail/accounts.ts";
import { parseAmountMinor } from "./fields.ts";
import { ControlError, type ControlDeps } from "./route.ts";

/** As many as are posted at once: a tenth of what may wait, so that payments beside them are not turned away. */
const batchSize = 2_000;

export interface OpeningBalance {
  readonly account: AccountName;
  readonly amountMinor: bigint;
}

/** Puts the opening balances of new accounts on them. Amounts in minor units, more than zero. */
export async function fundAll(
  { payments, newId }: ControlDeps,
  market: Market,
  balances: readonly OpeningBalance[],
): Promise<void> {
  for (let from = 0; from < balances.length; from += batchSize) {
    const batch = balances.slice(from, from + batchSize);
    await Promise.all(
      batch.map((balance) =>
        fund(payments(market), {
          id: newId(),
          account: balance.account,
          amountMinor: balance.amountMinor,
          description: "Opening balance",
        }),
      ),
    );
  }
}

/** Tops an account up by a signed amount. Throws 404 for an account that nobody has, 409 for one that cannot. */
export async function topUp(
  { payments, newId }: ControlDeps,
  market: Market,
  account: AccountName,
  amount: string,
): Promise<void> {
  const amountMinor = parseAmountMinor(amount, market, "amount");
  if (amountMinor === 0n) throw new ControlError(400, "amount is zero, which changes nothing.");
  const { refusal } = await fund(payments(market), {
    id: newId(),
    account,
    amountMinor,
    description: "Top-up",
  });
  if (refusal === null) return;
  if (refusal === "customer_unknown") throw new ControlError(404, "Nobody in this market has this MSISDN.");
  if (refusal === "organisation_unknown")
    throw new ControlError(404, "No organisation in this market has this shortcode.");
  throw new ControlError(
    409,
    refusal === "account_full"
      ? "The account cannot hold this much more."
      : "The account does not hold this much.",
  );
}
