/** Payments that were never made, with data from the seed of a run. */
import { formatAmount } from "../core/money.ts";
import { markets, type Market } from "../core/markets.ts";
import type { CheckedPayment, ListenerChecks, SeededRandom } from "../protocols/listener-checks.ts";

export interface PaymentOptions {
  readonly checks: ListenerChecks;
  readonly random: SeededRandom;
  readonly market: Market;
  readonly call: string;
  readonly label: string;
}

/** Creates a payment. Its data depends only on the seed and the label. */
export function createPayment(options: PaymentOptions): Omit<CheckedPayment, "requested"> {
  const { checks, random, market, call, label } = options;
  const { currency, decimals, prefix, digits } = markets[market];
  const { amountUnitMinor = 1n } = checks;
  const anyMinor = BigInt(1000 + random.below(`${label}/amount`, 899_000));
  const amountMinor = anyMinor - (anyMinor % amountUnitMinor);
  return {
    label,
    call,
    market,
    reference: `check${random.letters(`${label}/reference`, 19)}`,
    ...checks.createIds(random, label, call),
    amount: formatAmount(amountMinor, decimals),
    currency,
    msisdn: `${prefix}7${random.digits(`${label}/msisdn`, digits - prefix.length - 1)}`,
    committedTransactionId: "",
  };
}
