/** Reversal: return some or all of a completed payment from its receiver to its payer. */
import assert from "node:assert/strict";
import type { Account } from "../../ledger/locked-accounts.ts";
import type { AccountKind } from "../../store/rail/accounts.ts";
import type { PaymentType } from "../../store/rail/payments.ts";
import { findCustomerAccount, findOrganisationAccount, checkLimits, fundScenario } from "./checks.ts";
import type { Simulation } from "../simulation.ts";
import { refuse, type Decision, type LockedState, type PaymentRequest } from "../instruction.ts";

export interface Reversal extends PaymentRequest {
  /** Null reverses the remaining amount. */
  readonly amountMinor: bigint | null;
}

/**
 * Decides a reversal.
 *
 * Each organisation that was party to the payment may reverse it. The reversals of a payment add up to at
 * most its amount. The receiver's available balance must cover the reversal.
 */
export function decideReversal(request: Reversal, state: LockedState): Decision {
  const { accounts, original } = state;
  const refusal = checkLimits(request, request.amountMinor ?? 0n, state);
  if (refusal !== null) return refuse(refusal);

  const organisation = findOrganisationAccount(request, accounts);
  if ("refusal" in organisation) return refuse(organisation.refusal);
  if (request.simulation !== null)
    return decideSimulatedReversal(request, request.simulation, organisation.account, state);

  if (original === undefined) return refuse("payment_unknown");
  if (!isParty(original, request.organisation)) return refuse("payment_not_yours");
  if (!reversibleTypes.has(original.type)) return refuse("payment_not_reversible");
  if (original.status !== "completed") return refuse("payment_not_completed");

  const remainingMinor = original.amountMinor - original.reversedMinor;
  if (remainingMinor === 0n) return refuse("already_reversed");
  const amountMinor = request.amountMinor ?? remainingMinor;
  if (amountMinor > remainingMinor) return refuse("reversal_too_large");

  const payer = accounts.findAccount(original.debitKind as AccountKind, original.debitOwner ?? "");
  const receiver = accounts.findAccount(original.creditKind as AccountKind, original.creditOwner ?? "");
  assert(payer !== undefined && receiver !== undefined, "a completed payment has both its accounts");
  if (receiver.kind === "wallet" && state.isRefusalLimitReached(receiver, request.caller.applicationId))
    return refuse("customer_refusal_limit");
  if (receiver.availableMinor < amountMinor) return refuse("receiver_balance_too_low");

  return {
    outcome: "completed",
    amountMinor,
    // The other party: the payer, if the receiver of a transfer gives it back.
    counterparty:
      request.organisation === original.organisation ? original.counterparty : original.organisation,
    postings: [{ from: receiver, to: payer, amountMinor, type: "reversal" }],
    paymentChange: {
      id: original.id,
      status: original.status,
      refusal: original.refusal,
      reversedMinor: original.reversedMinor + amountMinor,
    },
  };
}

const reversibleTypes: ReadonlySet<string> = new Set(["collection", "payout", "transfer", "debit"]);

/** Whether the organisation was party to the payment: as requester, or as receiver of a transfer. */
export function isParty(
  payment: { readonly type: PaymentType; readonly organisation: string; readonly counterparty: string },
  shortcode: string,
): boolean {
  return (
    payment.organisation === shortcode || (payment.type === "transfer" && payment.counterparty === shortcode)
  );
}

/** A simulated reversal has no earlier payment: the organisation is funded, and pays the simulation's customer. */
function decideSimulatedReversal(
  request: Reversal,
  simulation: Simulation,
  payer: Account,
  { accounts }: LockedState,
): Decision {
  const { msisdn } = simulation.reversal;
  const customer = findCustomerAccount(msisdn, accounts);
  if ("refusal" in customer) return refuse(customer.refusal);
  const amountMinor = request.amountMinor ?? simulation.reversal.amountMinor;
  const funding = fundScenario(simulation, { payer, receiver: customer.account, amountMinor }, accounts);
  if ("refusal" in funding) return refuse(funding.refusal);
  return {
    outcome: "completed",
    amountMinor,
    counterparty: msisdn,
    postings: [...funding.postings, { from: payer, to: customer.account, amountMinor, type: "reversal" }],
  };
}
