/**
 * Funding: money that comes into a rail from outside, against the operator's float.
 *
 * What an operator does when cash is deposited in the trust bank, and what a sandbox does to fill a
 * wallet. It is a payment like any other: recorded, with its moves, and provable.
 */
import { floatAccount } from "./engine/post-batch.ts";
import { toInternalKey } from "./idempotency-keys.ts";
import { refuse, type Decision, type LockedState, type Outcome } from "./instruction.ts";
import type { Id } from "../core/ids.ts";
import type { AccountName } from "../store/rail/accounts.ts";
import type { Payments } from "./payments.ts";

export interface Funding {
  readonly id: Id;
  readonly account: AccountName;
  /** Positive puts money on the account, negative takes it off. Never zero. */
  readonly amountMinor: bigint;
  /** Why, for the books. */
  readonly description: string;
  /** Funds at most once per name: a second time is refused as a duplicate. */
  readonly idempotencyKey?: string;
}

export function fund(payments: Payments, funding: Funding): Promise<Outcome> {
  const { id, account, amountMinor, description } = funding;
  return payments.batcher.post({
    id,
    type: "funding",
    referenceKey: toInternalKey(funding.idempotencyKey ?? id),
    accounts: [account, floatAccount],
    creditOnlyAccounts: [],
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
      amountMinor: amountMinor < 0n ? -amountMinor : amountMinor,
      originalId: null,
    },
    origin: null,
    decide: (state) => decideFunding(funding, state),
  });
}

function decideFunding({ account, amountMinor }: Funding, { accounts }: LockedState): Decision {
  const float = accounts.getOperatorAccount("float");
  const fundedAccount = accounts.findAccount(account.kind, account.owner);
  if (fundedAccount === undefined)
    return refuse(account.kind === "wallet" ? "customer_unknown" : "organisation_unknown");
  if (amountMinor > 0n)
    return {
      outcome: "completed",
      postings: [{ from: float, to: fundedAccount, amountMinor, type: "funding" }],
    };
  if (fundedAccount.availableMinor < -amountMinor) {
    return refuse(account.kind === "wallet" ? "customer_balance_too_low" : "organisation_balance_too_low");
  }
  return {
    outcome: "completed",
    postings: [{ from: fundedAccount, to: float, amountMinor: -amountMinor, type: "funding" }],
  };
}
