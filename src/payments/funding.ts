/**
 * Funding: money that comes into a rail from outside, against the operator's float.
 *
 * What an operator does when cash is deposited in the trust bank, and what a sandbox does to fill a
 * wallet. It is a payment like any other: recorded, with its moves, and provable.
 */
import { floatAccount } from "./post-batch.ts";
import { ownKey } from "./keys.ts";
import { refused, type Decision, type Facts, type Outcome } from "./order.ts";
import type { Id } from "../ids.ts";
import type { AccountName } from "../store/accounts.ts";
import type { Payments } from "./payments.ts";

export interface Funding {
  readonly id: Id;
  readonly account: AccountName;
  /** Positive puts money on the account, negative takes it off. Never zero. */
  readonly minor: bigint;
  /** Why, for the books. */
  readonly description: string;
  /** Funds at most once per name: a second time is refused as a duplicate. */
  readonly once?: string;
}

export function fund(payments: Payments, funding: Funding): Promise<Outcome> {
  const { id, account, minor, description } = funding;
  return payments.lanes.post({
    id,
    use: "funding",
    referenceKey: ownKey(funding.once ?? id),
    accounts: [account, floatAccount],
    credits: [],
    originalId: null,
    mandate: null,
    sessionUsageKey: null,
    customerCounter: null,
    record: {
      organisation: account.kind === "wallet" ? "" : account.owner,
      counterparty: account.owner,
      applicationId: null,
      reference: id.toString(),
      customerReference: "",
      description,
      amountMinor: minor < 0n ? -minor : minor,
      originalId: null,
    },
    listener: null,
    decide: (facts) => decideFunding(funding, facts),
  });
}

function decideFunding({ account, minor }: Funding, { book }: Facts): Decision {
  const float = book.operatorAccount("float");
  const other = book.find(account.kind, account.owner);
  if (other === undefined)
    return refused(account.kind === "wallet" ? "customer_unknown" : "organisation_unknown");
  if (minor > 0n) return { outcome: "completed", moves: [{ from: float, to: other, minor, why: "funding" }] };
  if (other.availableMinor < -minor) {
    return refused(account.kind === "wallet" ? "customer_balance_too_low" : "organisation_balance_too_low");
  }
  return { outcome: "completed", moves: [{ from: other, to: float, minor: -minor, why: "funding" }] };
}
