/**
 * Collection from an organisation: it pays another one, once a person who may decide for it has approved a prompt.
 *
 * The reply is decided as for a customer (`answer-prompt.ts`). The prompt counts as one of the debited account. The person
 * may have blocked the receiver, and is not asked by an application whose requests they have refused too often.
 */
import { isBlocked } from "../blocked-organisations.ts";
import type { Refusal } from "../refusals.ts";
import { checkLimits, findOrganisationAccount } from "./checks.ts";
import {
  refuse,
  type Decision,
  type LockedState,
  type OrganisationAccount,
  type PaymentRequest,
} from "../instruction.ts";
import { findPromptRefusal, type PromptLimits } from "../open-prompts.ts";

export interface OrganisationCollection extends PaymentRequest {
  /** The shortcode of the organisation that pays, and its account. */
  readonly payer: string;
  readonly payerAccount: OrganisationAccount;
  /** The MSISDN of the handset that gets the prompt. */
  readonly approver: string;
  readonly amountMinor: bigint;
  /** How long the person has to answer, in milliseconds. */
  readonly promptLifeMs: number;
  readonly promptLimits: PromptLimits;
}

/** Decides whether there is a prompt. The balance is checked when it is approved. */
export function decideOrganisationCollection(request: OrganisationCollection, state: LockedState): Decision {
  const refusal = checkLimits(request, request.amountMinor, state);
  if (refusal !== null) return refuse(refusal);
  const receiver = findOrganisationAccount(request, state.accounts);
  if ("refusal" in receiver) return refuse(receiver.refusal);
  const payer = state.accounts.findAccount(request.payerAccount, request.payer);
  if (payer === undefined) return refuse("organisation_product_missing");
  if (payer.status !== "active") return refuse("organisation_inactive");
  if (payer === receiver.account) return refuse("same_party");
  const { caller, promptLimits, promptLifeMs, approver } = request;
  const approverRefusal = findApproverRefusal(request, state);
  if (approverRefusal !== null) return refuse(approverRefusal);
  const promptRefusal = findPromptRefusal(payer.openPrompts, caller.applicationId, promptLimits);
  if (promptRefusal !== null) return refuse(promptRefusal);
  return {
    outcome: "held",
    hold: {
      account: payer,
      creditAccount: receiver.account,
      amountMinor: 0n,
      expiresAt: state.now + promptLifeMs,
      holdCode: null,
      promptRequest: { msisdn: approver, mandate: null },
    },
  };
}

function findApproverRefusal(
  { approver, organisation, caller }: OrganisationCollection,
  state: LockedState,
): Refusal | null {
  const wallet = state.accounts.findAccount("wallet", approver);
  if (wallet === undefined) return null;
  if (isBlocked(wallet.blockedOrganisations, organisation)) return "organisation_blocked";
  return state.isRefusalLimitReached(wallet, caller.applicationId) ? "customer_refusal_limit" : null;
}
