/** Decides the effect of a validation: the organisation accepted or refused a customer's payment, or there is no answer. */
import assert from "node:assert/strict";
import { canCredit } from "../../ledger/locked-accounts.ts";
import type { AccountKind } from "../../store/rail/accounts.ts";
import type { ResponseType } from "../../store/rail/c2b-urls.ts";
import type { LockedPayment } from "../../store/rail/payments.ts";
import type { EndedValidation } from "../../store/rail/validations.ts";
import { refuse, type Decision, type LockedState } from "../instruction.ts";
import { refusals, type Refusal } from "../refusals.ts";
import { buildCollectionCharge } from "./charges.ts";
import { findHeldFunds } from "./answer-prompt.ts";

/** Why an organisation refuses a payment: its answer's reason. */
export type ValidationRefusal = Extract<Refusal, `validation_rejected${string}`>;

/** `none`: no answer came, and the registered response type decides. `failure` says why, as a sentence. */
export type ValidationResult =
  | { readonly verdict: "accepted"; readonly thirdPartyReference: string | null }
  | { readonly verdict: "refused"; readonly refusal: ValidationRefusal }
  | { readonly verdict: "none"; readonly responseType: ResponseType; readonly failure: string };

/**
 * Decides the effect of a result. The first result counts: a later one finds no hold and changes nothing.
 *
 * The money was set aside when the payment was started, so the customer's account is not checked again.
 */
export function decideValidation(result: ValidationResult, state: LockedState): Decision {
  const { original, accounts } = state;
  if (original === undefined || original.status !== "held" || original.heldKind !== "validation")
    return refuse("hold_not_open");
  const refusal = findRefusal(result);
  if (refusal !== null) return releaseFunds(original, result, refusal, state);

  const { payer, amountMinor } = findHeldFunds(original, accounts);
  const receiver = accounts.findAccount(original.creditKind as AccountKind, original.creditOwner ?? "");
  assert(receiver !== undefined, "a held payment has a receiver");
  if (receiver.status !== "active") return releaseFunds(original, result, "organisation_inactive", state);
  if (!canCredit(receiver, amountMinor)) return releaseFunds(original, result, "account_full", state);
  const thirdPartyReference = result.verdict === "accepted" ? result.thirdPartyReference : null;
  return {
    outcome: "completed",
    forPaymentId: original.id,
    postings: [
      ...buildCollectionCharge(receiver, amountMinor, state),
      { from: payer, to: receiver, amountMinor, type: "collection", fromHeld: true },
    ],
    closeHold: { paymentId: original.id, releaseTo: null, amountMinor },
    endValidation: toEndedValidation(original, result),
    ...(thirdPartyReference === null ? {} : { thirdPartyReference }),
    paymentChange: {
      id: original.id,
      status: "completed",
      refusal: null,
      reversedMinor: original.reversedMinor,
    },
  };
}

function findRefusal(result: ValidationResult): Refusal | null {
  if (result.verdict === "refused") return result.refusal;
  return result.verdict === "none" && result.responseType === "cancelled" ? "validation_unanswered" : null;
}

function releaseFunds(
  original: LockedPayment,
  result: ValidationResult,
  refusal: Refusal,
  { accounts }: LockedState,
): Decision {
  const { payer, amountMinor } = findHeldFunds(original, accounts);
  return {
    outcome: "completed",
    forPaymentId: original.id,
    closeHold: { paymentId: original.id, releaseTo: payer, amountMinor },
    endValidation: toEndedValidation(original, result),
    paymentChange: {
      id: original.id,
      status: refusals[refusal].finalStatus,
      refusal,
      reversedMinor: original.reversedMinor,
    },
  };
}

const toEndedValidation = ({ id }: LockedPayment, result: ValidationResult): EndedValidation => ({
  paymentId: id,
  verdict: result.verdict,
  failure: result.verdict === "none" ? result.failure : null,
});
