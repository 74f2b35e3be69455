/**
 * Collection (C2B): a customer pays an organisation, in one step or in two.
 *
 * The second step and the expiry of a hold are in `complete-hold.ts`.
 */
import {
  findConsentingCustomer,
  findOrganisationAccount,
  checkLimits,
  fundScenario,
  getPromptBehaviour,
} from "./checks.ts";
import { buildCharge, toCollectionUse } from "./charges.ts";
import { findPromptRefusal, type PromptLimits } from "../open-prompts.ts";
import type { Posting } from "../../ledger/locked-accounts.ts";
import { refuse, type Decision, type LockedState, type PaymentRequest } from "../instruction.ts";

export interface Collection extends PaymentRequest {
  readonly msisdn: string;
  readonly amountMinor: bigint;
  /** How long the customer has to answer, in milliseconds. */
  readonly promptLifeMs: number;
  readonly promptLimits: PromptLimits;
  /** For a two-step payment: the code that commits it, and how long the money is held. */
  readonly twoStep: { readonly holdCode: string; readonly holdMs: number } | null;
}

/**
 * Decides a collection: refused, completed or held.
 *
 * The customer's consent comes before the balance. Without it, no caller learns whether the balance suffices, and no
 * money is set aside: `answer-prompt.ts` checks the balance when the customer approves.
 */
export function decideCollection(request: Collection, state: LockedState): Decision {
  const { accounts } = state;
  const refusal = checkLimits(request, request.amountMinor, state);
  if (refusal !== null) return refuse(refusal);

  const organisation = findOrganisationAccount(request, accounts);
  if ("refusal" in organisation) return refuse(organisation.refusal);
  const customer = findConsentingCustomer(request, request.msisdn, state);
  if ("refusal" in customer) return refuse(customer.refusal);

  const payer = customer.account;
  const receiver = request.twoStep === null ? organisation.account : null;
  const { amountMinor, simulation } = request;
  const funding = fundScenario(simulation, { payer, receiver, amountMinor }, accounts);
  if ("refusal" in funding) return refuse(funding.refusal);
  const hold = { account: payer, creditAccount: organisation.account, amountMinor: request.amountMinor };
  if (simulation === null) {
    const behaviour = getPromptBehaviour(payer);
    if (typeof behaviour === "object") return refuse(behaviour.refusal);
    if (behaviour === "is_asked") {
      const promptRefusal = findPromptRefusal(
        payer.openPrompts,
        request.caller.applicationId,
        request.promptLimits,
      );
      if (promptRefusal !== null) return refuse(promptRefusal);
      const promptRequest = { msisdn: request.msisdn, mandate: null };
      const holdCode = request.twoStep?.holdCode ?? null;
      const expiresAt = state.now + request.promptLifeMs;
      return { outcome: "held", hold: { ...hold, amountMinor: 0n, expiresAt, holdCode, promptRequest } };
    }
    if (payer.availableMinor < request.amountMinor) return refuse("customer_balance_too_low");
  }

  if (request.twoStep !== null) {
    const { holdCode, holdMs } = request.twoStep;
    return {
      outcome: "held",
      postings: funding.postings,
      hold: { ...hold, expiresAt: state.now + holdMs, holdCode, promptRequest: null },
    };
  }
  const posting = {
    from: payer,
    to: organisation.account,
    amountMinor: request.amountMinor,
    type: "collection",
  } as const;
  return { outcome: "completed", postings: [...funding.postings, ...chargeFor(request, state), posting] };
}

/** Simulated payments are free, as they need no money either. */
const chargeFor = (request: Collection, { accounts, tariff }: LockedState): readonly Posting[] =>
  request.simulation === null
    ? buildCharge(tariff, { ...request, use: toCollectionUse(request.organisationAccount) }, accounts)
    : [];
