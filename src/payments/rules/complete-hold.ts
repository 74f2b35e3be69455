/** The second step of a two-step payment (commit or release), and the expiry of holds. */
import assert from "node:assert/strict";
import type { AccountKind } from "../../store/rail/accounts.ts";
import type { LockedPayment } from "../../store/rail/payments.ts";
import { closeWithoutApproval, findHeldFunds } from "./answer-prompt.ts";
import { buildCollectionCharge } from "./charges.ts";
import { findOrganisationAccount, checkLimits } from "./checks.ts";
import { refuse, type Decision, type LockedState, type PaymentRequest } from "../instruction.ts";

export interface HoldCompletion extends PaymentRequest {
  readonly action: "commit" | "release";
  readonly holdCode: string;
}

export function decideHoldCompletion(request: HoldCompletion, state: LockedState): Decision {
  const { original } = state;
  const refusal = checkLimits(request, 0n, state);
  if (refusal !== null) return refuse(refusal);

  const organisation = findOrganisationAccount(request, state.accounts);
  if ("refusal" in organisation) return refuse(organisation.refusal);
  if (request.simulation !== null) return { outcome: "completed" };

  if (original === undefined) return refuse("payment_unknown");
  if (original.organisation !== request.organisation) return refuse("payment_not_yours");
  if (original.holdCode === null) return refuse("hold_not_open");
  if (original.holdCode !== request.holdCode) return refuse("voucher_wrong");
  // Before the customer approves, there is nothing to commit, and only the customer can close the prompt.
  if (original.status !== "held" || original.heldKind !== "two_step") return refuse("hold_not_open");
  // The hold may have expired although the expiry job has not closed it yet. It can then only be released.
  const overdue = original.heldUntil !== null && original.heldUntil.getTime() <= state.now;
  if (overdue && request.action === "commit") return refuse("hold_expired");

  return request.action === "commit"
    ? commitHold(original, state)
    : releaseHold(original, state, "released_by_organisation");
}

/** Decides the expiry of a hold. Refused if the hold was closed or extended in the meantime. */
export function decideHoldExpiry(state: LockedState): Decision {
  const { original } = state;
  if (original === undefined || original.status !== "held") return refuse("hold_not_open");
  // A validation does not expire.
  if (original.heldUntil === null || original.heldUntil.getTime() > state.now) return refuse("hold_not_open");
  return original.heldKind === "prompt"
    ? closeWithoutApproval(
        original,
        state,
        original.promptDisplayed ? "prompt_expired" : "prompt_undelivered",
      )
    : releaseHold(original, state, "hold_expired");
}

function commitHold(original: LockedPayment, state: LockedState): Decision {
  const { accounts } = state;
  const { payer, amountMinor } = findHeldFunds(original, accounts);
  const receiver = accounts.findAccount(original.creditKind as AccountKind, original.creditOwner ?? "");
  assert(receiver !== undefined, "a held payment has a receiver");
  return {
    outcome: "completed",
    amountMinor,
    counterparty: original.counterparty,
    postings: [
      ...buildCollectionCharge(receiver, amountMinor, state),
      { from: payer, to: receiver, amountMinor, type: "collection", fromHeld: true },
    ],
    closeHold: { paymentId: original.id, releaseTo: null, amountMinor },
    paymentChange: {
      id: original.id,
      status: "completed",
      refusal: null,
      reversedMinor: original.reversedMinor,
    },
  };
}

function releaseHold(
  original: LockedPayment,
  { accounts }: LockedState,
  reason: "released_by_organisation" | "hold_expired",
): Decision {
  const { payer, amountMinor } = findHeldFunds(original, accounts);
  const status = reason === "hold_expired" ? "expired" : "cancelled";
  return {
    outcome: "completed",
    counterparty: original.counterparty,
    closeHold: { paymentId: original.id, releaseTo: payer, amountMinor },
    paymentChange: { id: original.id, status, refusal: reason, reversedMinor: original.reversedMinor },
  };
}
