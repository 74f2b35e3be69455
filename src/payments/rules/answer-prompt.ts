/** A customer's answer to the prompt on their handset: pay, consent, or not. */
import assert from "node:assert/strict";
import { canCredit, type Account } from "../../ledger/locked-accounts.ts";
import type { AccountKind } from "../../store/rail/accounts.ts";
import type { LockedPayment } from "../../store/rail/payments.ts";
import { refuse, type Decision, type LockedState, type MandateTerms } from "../instruction.ts";
import { refusals, type Refusal } from "../refusals.ts";

/** What the handset says: the customer's word, or that no more can be heard of them. */
export type PromptReply = "approve" | "decline" | "wrong_pin" | "unreachable" | "no_answer";

export interface PromptAnswer {
  readonly reply: PromptReply;
  /** How long the organisation then has to commit a two-step payment, in milliseconds. */
  readonly twoStepHoldMs: number;
}

const refusalByReply = {
  decline: "customer_declined",
  wrong_pin: "customer_pin_wrong",
  unreachable: "customer_unreachable",
  no_answer: "customer_did_not_answer",
} as const satisfies Record<Exclude<PromptReply, "approve">, Refusal>;

/**
 * Decides what an answer does. The payment passed every check when the prompt went out and its money is
 * held since; what may have changed meanwhile is asked again.
 */
export function decidePromptAnswer({ reply, twoStepHoldMs }: PromptAnswer, state: LockedState): Decision {
  const { original, accounts } = state;
  if (original === undefined || original.status !== "held" || original.heldKind !== "prompt") {
    return refuse("prompt_not_open");
  }
  // Its time may be up although nobody has come by yet to end it.
  if ((original.heldUntil?.getTime() ?? 0) <= state.now) return refuse("prompt_not_open");
  if (reply !== "approve") return closeWithoutApproval(original, state, refusalByReply[reply]);

  const { payer, amountMinor } = findHeldFunds(original, accounts);
  if (payer.status !== "active") return closeWithoutApproval(original, state, "customer_inactive");
  if (original.type === "mandate") return approveMandate(original, payer, state);

  const receiver = accounts.findAccount(original.creditKind as AccountKind, original.creditOwner ?? "");
  assert(receiver !== undefined, "a held collection has both its accounts");
  if (receiver.status !== "active") return closeWithoutApproval(original, state, "organisation_inactive");
  if (original.holdCode !== null) {
    const expiresAt = state.now + twoStepHoldMs;
    return {
      outcome: "completed",
      forPaymentId: original.id,
      closePrompt: original.id,
      extendHold: { paymentId: original.id, expiresAt },
    };
  }
  if (!canCredit(receiver, amountMinor)) return closeWithoutApproval(original, state, "account_full");
  return {
    outcome: "completed",
    forPaymentId: original.id,
    closePrompt: original.id,
    closeHold: { paymentId: original.id, releaseTo: null, amountMinor },
    postings: [{ from: payer, to: receiver, amountMinor, type: "collection", fromHeld: true }],
    paymentChange: toCompletedChange(original),
  };
}

function approveMandate(original: LockedPayment, payer: Account, state: LockedState): Decision {
  assert(payer.owner === original.counterparty, "a mandate's prompt is its customer's");
  const terms = parseTerms(original.promptedMandate);
  const organisation = state.accounts.findAccount("working", original.organisation);
  if (organisation?.status !== "active")
    return closeWithoutApproval(original, state, "organisation_inactive");
  if (terms.expiryDay !== null && terms.expiryDay < state.today.day) {
    return closeWithoutApproval(original, state, "mandate_expired");
  }
  return {
    outcome: "completed",
    forPaymentId: original.id,
    closePrompt: original.id,
    closeHold: { paymentId: original.id, releaseTo: null, amountMinor: 0n },
    createMandate: terms,
    paymentChange: toCompletedChange(original),
  };
}

/** Ends a prompt without a yes: whatever was held is the customer's again. */
export function closeWithoutApproval(
  original: LockedPayment,
  { accounts }: LockedState,
  reason: Refusal,
): Decision {
  const { payer, amountMinor } = findHeldFunds(original, accounts);
  return {
    outcome: "completed",
    forPaymentId: original.id,
    closePrompt: original.id,
    closeHold: { paymentId: original.id, releaseTo: payer, amountMinor },
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

/** Whose money an open payment holds, and how much. */
export function findHeldFunds(
  original: LockedPayment,
  accounts: LockedState["accounts"],
): { payer: Account; amountMinor: bigint } {
  const payer = accounts.findAccount(original.debitKind as AccountKind, original.debitOwner ?? "");
  assert(payer !== undefined && original.heldMinor !== null, "an open payment has a hold on its payer");
  return { payer, amountMinor: original.heldMinor };
}

/** The terms as a prompt's row keeps them: JSON has no bigint. */
export function serialiseTerms(terms: MandateTerms): object {
  return { ...terms, applicationId: terms.applicationId.toString() };
}

function parseTerms(stored: unknown): MandateTerms {
  const { applicationId, ...terms } = stored as Omit<MandateTerms, "applicationId"> & {
    applicationId: string;
  };
  return { ...terms, applicationId: BigInt(applicationId) };
}
