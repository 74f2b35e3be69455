/** Decides the effect of a customer's reply to a prompt for a payment or a mandate. */
import assert from "node:assert/strict";
import { canCredit, type Account } from "../../ledger/locked-accounts.ts";
import type { AccountKind } from "../../store/rail/accounts.ts";
import type { LockedPayment } from "../../store/rail/payments.ts";
import { isBlocked } from "../blocked-organisations.ts";
import { buildCollectionCharge } from "./charges.ts";
import { checkVacancy } from "./mandate.ts";
import { refuse, type Decision, type LockedState, type MandateTerms } from "../instruction.ts";
import { refusals, type Refusal } from "../refusals.ts";

/** The reply from the handset: the customer's choice, or the reason why there is none. */
export type PromptReply = "approve" | "decline" | "wrong_pin" | "unreachable" | "no_answer";

export interface PromptAnswer {
  readonly reply: PromptReply;
  /** How long the organisation has to commit a two-step payment after the reply, in milliseconds. */
  readonly twoStepHoldMs: number;
}

const refusalByReply = {
  decline: "customer_declined",
  wrong_pin: "customer_pin_wrong",
  unreachable: "customer_unreachable",
  no_answer: "customer_did_not_answer",
} as const satisfies Record<Exclude<PromptReply, "approve">, Refusal>;

/**
 * Decides the effect of a reply. The payment passed the other checks before the prompt was sent. Conditions that may
 * have changed are checked again, and the balance is checked for the first time: the wallet is locked, so two
 * approvals at once cannot both spend the same money.
 */
export function decidePromptAnswer({ reply, twoStepHoldMs }: PromptAnswer, state: LockedState): Decision {
  const { original, accounts } = state;
  if (original === undefined || original.status !== "held" || original.heldKind !== "prompt") {
    return refuse("prompt_not_open");
  }
  // The prompt may have expired although the expiry job has not closed it yet.
  if ((original.heldUntil?.getTime() ?? 0) <= state.now) return refuse("prompt_not_open");
  if (reply !== "approve") return closeWithoutApproval(original, state, refusalByReply[reply]);

  const { payer } = findHeldFunds(original, accounts);
  if (payer.status !== "active") return closeWithoutApproval(original, state, "customer_inactive");
  if (isBlocked(payer.blockedOrganisations, original.organisation))
    return closeWithoutApproval(original, state, "organisation_blocked");
  if (original.type === "mandate") return approveMandate(original, payer, state);

  const receiver = accounts.findAccount(original.creditKind as AccountKind, original.creditOwner ?? "");
  assert(receiver !== undefined, "a held collection has a receiver");
  if (receiver.status !== "active") return closeWithoutApproval(original, state, "organisation_inactive");
  const { amountMinor } = original;
  if (payer.availableMinor < amountMinor)
    return closeWithoutApproval(original, state, "customer_balance_too_low");
  if (original.holdCode !== null) {
    const expiresAt = state.now + twoStepHoldMs;
    return {
      outcome: "completed",
      forPaymentId: original.id,
      closePrompt: original.id,
      extendHold: { paymentId: original.id, account: payer, amountMinor, expiresAt },
    };
  }
  if (!canCredit(receiver, amountMinor)) return closeWithoutApproval(original, state, "account_full");
  return {
    outcome: "completed",
    forPaymentId: original.id,
    closePrompt: original.id,
    closeHold: { paymentId: original.id, releaseTo: null, amountMinor: 0n },
    postings: [
      ...buildCollectionCharge(receiver, amountMinor, state),
      { from: payer, to: receiver, amountMinor, type: "collection" },
    ],
    paymentChange: toCompletedChange(original),
  };
}

function approveMandate(original: LockedPayment, payer: Account, state: LockedState): Decision {
  assert(payer.owner === original.counterparty, "the prompt of a mandate belongs to the mandate's customer");
  const terms = parseTerms(original.promptedMandate);
  const organisation = state.accounts.findAccount("working", original.organisation);
  if (organisation?.status !== "active")
    return closeWithoutApproval(original, state, "organisation_inactive");
  if (terms.expiryDay !== null && terms.expiryDay < state.today.day) {
    return closeWithoutApproval(original, state, "mandate_expired");
  }
  // The prompt kept other requests for this mandate away while it was open. A clock that was set back can open it again.
  const vacancy = checkVacancy(terms, {
    ...state,
    findExistingMandate: (key) => ({ ...state.findExistingMandate(key), promptedBy: null }),
  });
  if ("refusal" in vacancy) return closeWithoutApproval(original, state, vacancy.refusal);
  return {
    outcome: "completed",
    forPaymentId: original.id,
    closePrompt: original.id,
    closeHold: { paymentId: original.id, releaseTo: null, amountMinor: 0n },
    createMandate: terms,
    ...vacancy,
    paymentChange: toCompletedChange(original),
  };
}

/** Closes a prompt without taking money. Nothing was set aside, so there is nothing to release. */
export function closeWithoutApproval(
  original: LockedPayment,
  { accounts }: LockedState,
  reason: Refusal,
): Decision {
  const { payer, amountMinor } = findHeldFunds(original, accounts);
  assert(amountMinor === 0n, "the hold of a prompt has no money");
  return {
    outcome: "completed",
    forPaymentId: original.id,
    closePrompt: original.id,
    closeHold: { paymentId: original.id, releaseTo: null, amountMinor: 0n },
    refusedCustomer: { wallet: payer, refusal: reason },
    paymentChange: {
      id: original.id,
      status: refusals[reason].finalStatus,
      refusal: reason,
      reversedMinor: original.reversedMinor,
    },
  };
}

const toCompletedChange = (original: LockedPayment) => ({
  id: original.id,
  status: "completed" as const,
  refusal: null,
  reversedMinor: original.reversedMinor,
});

/** Returns the payer and the held amount of an open payment. */
export function findHeldFunds(
  original: LockedPayment,
  accounts: LockedState["accounts"],
): { payer: Account; amountMinor: bigint } {
  const payer = accounts.findAccount(original.debitKind as AccountKind, original.debitOwner ?? "");
  assert(payer !== undefined && original.heldMinor !== null, "an open payment has a hold on its payer");
  return { payer, amountMinor: original.heldMinor };
}

/** Converts the terms for the prompt's row: JSON has no bigint. */
export function serialiseTerms(terms: MandateTerms): object {
  return { ...terms, applicationId: terms.applicationId.toString() };
}

/** The terms of a prompt's row. */
export function parseTerms(stored: unknown): MandateTerms {
  const { applicationId, ...terms } = stored as Omit<MandateTerms, "applicationId"> & {
    applicationId: string;
  };
  return { ...terms, applicationId: BigInt(applicationId) };
}
