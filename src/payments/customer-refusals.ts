/**
 * Counts the requests that a customer refused, or that were refused for the customer's balance.
 *
 * Each of them discloses something or asks for attention: an amount above the balance, or a prompt that the customer
 * did not want. A few are normal. Many are probing, so the rules refuse an application's further requests to this
 * customer for the rest of the market's day. The counter is in the wallet's row, which every such request has locked.
 */
import type { Account } from "../ledger/locked-accounts.ts";
import type { Instruction, LockedState } from "./instruction.ts";
import type { RecordedRefusal } from "./refusals.ts";

const countedRefusals: ReadonlySet<RecordedRefusal> = new Set([
  "customer_balance_too_low",
  "customer_declined",
  "customer_did_not_answer",
  "prompt_expired",
  "customer_pin_wrong",
  "receiver_balance_too_low",
]);

export const isCountedRefusal = (refusal: RecordedRefusal): boolean => countedRefusals.has(refusal);

/** The wallet whose owner or balance refused an instruction. Undefined if it was an organisation's. */
export function findRefusingWallet(
  refusal: RecordedRefusal,
  { record }: Instruction,
  { accounts, original }: LockedState,
): Account | undefined {
  // The receiver of a reversed payout.
  if (refusal === "receiver_balance_too_low")
    return original?.creditKind === "wallet"
      ? accounts.findAccount("wallet", original.creditOwner ?? "")
      : undefined;
  return record === null ? undefined : accounts.findAccount("wallet", record.counterparty);
}
