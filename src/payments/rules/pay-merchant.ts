/**
 * Payment to a merchant: a customer pays a paybill or a till without a request from it.
 *
 * The customer has consented by starting it, so there is no prompt. An organisation that validates such payments is asked
 * first: the money is held, and `validate.ts` decides when the answer is there.
 */
import type { Id } from "../../core/ids.ts";
import { buildCollectionCharge } from "./charges.ts";
import { findCustomerAccount } from "./checks.ts";
import { refuse, type Decision, type HeldValidation, type LockedState } from "../instruction.ts";
import type { RecordedRefusal } from "../refusals.ts";
import type { AccountName } from "../../store/rail/accounts.ts";

export interface MerchantPayment {
  readonly id: Id;
  readonly msisdn: string;
  /** The organisation's account that collects such payments; null if an organisation of its kind has none. */
  readonly receiver: AccountName | null;
  readonly amountMinor: bigint;
  /** A refusal that is certain before the decision, such as that of a sandbox trigger; null decides the payment. */
  readonly refusal: RecordedRefusal | null;
  /** The request to the organisation's server; null if it is not asked. */
  readonly validation: HeldValidation | null;
}

/** The smallest and the largest payment: a shilling, and M-Pesa's limit of one transaction. */
const minAmountMinor = 1_00n;
const maxAmountMinor = 250_000_00n;

export function decideMerchantPayment(
  { msisdn, receiver, amountMinor, refusal, validation }: MerchantPayment,
  state: LockedState,
): Decision {
  const { accounts } = state;
  if (refusal !== null) return refuse(refusal);
  if (amountMinor < minAmountMinor) return refuse("amount_below_minimum");
  if (amountMinor > maxAmountMinor) return refuse("amount_above_maximum");
  const customer = findCustomerAccount(msisdn, accounts);
  if ("refusal" in customer) return refuse(customer.refusal);
  if (receiver === null) return refuse("receiver_invalid");
  const creditAccount = accounts.findAccount(receiver.kind, receiver.owner);
  if (creditAccount === undefined) return refuse("receiver_unknown");
  if (creditAccount.status !== "active") return refuse("organisation_inactive");

  const { account } = customer;
  if (account.availableMinor < amountMinor) return refuse("customer_balance_too_low");
  if (validation === null) {
    const posting = { from: account, to: creditAccount, amountMinor, type: "collection" } as const;
    const charge = buildCollectionCharge(creditAccount, amountMinor, state);
    return { outcome: "completed", postings: [...charge, posting] };
  }
  const hold = { account, creditAccount, amountMinor, expiresAt: null, holdCode: null, promptRequest: null };
  return { outcome: "held", hold: { ...hold, validation } };
}
