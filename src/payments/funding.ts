/**
 * Funding: money that enters a rail from outside, against the operator's float.
 *
 * An operator funds an account when cash is deposited in the trust bank. The sandbox funds wallets with test
 * money. Funding is recorded like any other payment, with postings.
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
  /** Positive credits the account, negative debits it. Never zero. */
  readonly amountMinor: bigint;
  /** The reason, stored with the payment. */
  readonly description: string;
  /** Funding with the same key happens once. The second is refused with `duplicate`. */
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
  // Charges are owed to the operator: the account that counts them is never above zero.
  if (account.kind === "charges_paid" && fundedAccount.availableMinor + amountMinor > 0n)
    return refuse("account_full");
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
