/** A customer's answer to the prompt on their handset: pay, consent, or not. */
import assert from "node:assert/strict";
import { fits, type Account } from "../ledger/book.ts";
import type { AccountKind } from "../store/accounts.ts";
import type { LockedPayment } from "../store/payments.ts";
import { refused, type Decision, type Facts, type MandateTerms } from "./order.ts";
import { refusals, type Refusal } from "./refusals.ts";

/** What the handset says: the customer's word, or that no more can be heard of them. */
export type PromptWord = "approve" | "decline" | "wrong_pin" | "unreachable" | "no_answer";

export interface PromptAnswer {
  readonly says: PromptWord;
  /** How long the organisation then has to commit a two-step payment, in milliseconds. */
  readonly twoStepHoldMs: number;
}

const refusalFor = {
  decline: "customer_declined",
  wrong_pin: "customer_pin_wrong",
  unreachable: "customer_unreachable",
  no_answer: "customer_did_not_answer",
} as const satisfies Record<Exclude<PromptWord, "approve">, Refusal>;

/**
 * Decides what an answer does. The payment passed every check when the prompt went out and its money is
 * held since; what may have changed meanwhile is asked again.
 */
export function decideAnswer({ says, twoStepHoldMs }: PromptAnswer, facts: Facts): Decision {
  const { original, book } = facts;
  if (original === undefined || original.status !== "held" || original.heldKind !== "prompt") {
    return refused("prompt_not_open");
  }
  // Its time may be up although nobody has come by yet to end it.
  if ((original.heldUntil?.getTime() ?? 0) <= facts.now) return refused("prompt_not_open");
  if (says !== "approve") return endPrompt(original, facts, refusalFor[says]);

  const { payer, minor } = held(original, book);
  if (payer.status !== "active") return endPrompt(original, facts, "customer_inactive");
  if (original.use === "mandate") return consent(original, payer, facts);

  const receiver = book.find(original.creditKind as AccountKind, original.creditOwner ?? "");
  assert(receiver !== undefined, "a held collection has both its accounts");
  if (receiver.status !== "active") return endPrompt(original, facts, "organisation_inactive");
  if (original.voucher !== null) {
    const expiresAt = facts.now + twoStepHoldMs;
    return {
      outcome: "completed",
      onBehalfOf: original.id,
      endsPrompt: original.id,
      holdsOn: { paymentId: original.id, expiresAt },
    };
  }
  if (!fits(receiver, minor)) return endPrompt(original, facts, "account_full");
  return {
    outcome: "completed",
    onBehalfOf: original.id,
    endsPrompt: original.id,
    endsHold: { paymentId: original.id, release: null, minor },
    moves: [{ from: payer, to: receiver, minor, why: "collection", fromHeld: true }],
    change: completed(original),
  };
}

function consent(original: LockedPayment, payer: Account, facts: Facts): Decision {
  assert(payer.owner === original.counterparty, "a mandate's prompt is its customer's");
  const terms = termsIn(original.promptedMandate);
  const organisation = facts.book.find("working", original.organisation);
  if (organisation?.status !== "active") return endPrompt(original, facts, "organisation_inactive");
  if (terms.expiryDay !== null && terms.expiryDay < facts.today.day) {
    return endPrompt(original, facts, "mandate_expired");
  }
  return {
    outcome: "completed",
    onBehalfOf: original.id,
    endsPrompt: original.id,
    endsHold: { paymentId: original.id, release: null, minor: 0n },
    createsMandate: terms,
    change: completed(original),
  };
}

/** Ends a prompt without a yes: whatever was held is the customer's again. */
export function endPrompt(original: LockedPayment, { book }: Facts, because: Refusal): Decision {
  const { payer, minor } = held(original, book);
  return {
    outcome: "completed",
    onBehalfOf: original.id,
    endsPrompt: original.id,
    endsHold: { paymentId: original.id, release: payer, minor },
    change: {
      id: original.id,
      status: refusals[because].ending,
      refusal: because,
      reversedMinor: original.reversedMinor,
    },
  };
}

const completed = (original: LockedPayment) => ({
  id: original.id,
  status: "completed" as const,
  refusal: null,
  reversedMinor: original.reversedMinor,
});

/** Whose money an open payment holds, and how much. */
export function held(original: LockedPayment, book: Facts["book"]): { payer: Account; minor: bigint } {
  const payer = book.find(original.debitKind as AccountKind, original.debitOwner ?? "");
  assert(payer !== undefined && original.heldMinor !== null, "an open payment has a hold on its payer");
  return { payer, minor: original.heldMinor };
}

/** The terms as a prompt's row keeps them: JSON has no bigint. */
export function storedTerms(terms: MandateTerms): object {
  return { ...terms, applicationId: terms.applicationId.toString() };
}

function termsIn(stored: unknown): MandateTerms {
  const { applicationId, ...terms } = stored as Omit<MandateTerms, "applicationId"> & {
    applicationId: string;
  };
  return { ...terms, applicationId: BigInt(applicationId) };
}
