/**
 * Collection (C2B): a customer pays an organisation, in one step or in two.
 *
 * The second step and the expiry of a hold are in `complete-hold.ts`.
 */
import {
  findCustomerAccount,
  findOrganisationAccount,
  checkLimits,
  fundScenario,
  getPromptBehaviour,
} from "./checks.ts";
import { refuse, type Decision, type LockedState, type PaymentRequest } from "../instruction.ts";

export interface Collection extends PaymentRequest {
  readonly msisdn: string;
  readonly amountMinor: bigint;
  /** How long the customer has to answer, in milliseconds. */
  readonly promptLifeMs: number;
  /** For a two-step payment: the code that commits it, and how long the money is held. */
  readonly twoStep: { readonly holdCode: string; readonly holdMs: number } | null;
}

/**
 * Decides a collection: refused, completed or held.
 *
 * The prompt comes last, so that a customer never enters a PIN for a payment that cannot succeed. The money
 * is held while the prompt is open, so that it is still available on approval (`answer-prompt.ts`).
 */
export function decideCollection(request: Collection, state: LockedState): Decision {
  const { accounts } = state;
  const refusal = checkLimits(request, request.amountMinor, state);
  if (refusal !== null) return refuse(refusal);

  const organisation = findOrganisationAccount(request.caller, request.organisation, accounts);
  if ("refusal" in organisation) return refuse(organisation.refusal);
  const customer = findCustomerAccount(request.msisdn, accounts);
  if ("refusal" in customer) return refuse(customer.refusal);

  const payer = customer.account;
  const receiver = request.twoStep === null ? organisation.account : null;
  const { amountMinor, simulation } = request;
  const funding = fundScenario(simulation, { payer, receiver, amountMinor }, accounts);
  if ("refusal" in funding) return refuse(funding.refusal);
  const hold = { account: payer, creditAccount: organisation.account, amountMinor: request.amountMinor };
  if (simulation === null) {
    if (payer.availableMinor < request.amountMinor) return refuse("customer_balance_too_low");
    const behaviour = getPromptBehaviour(payer);
    if (typeof behaviour === "object") return refuse(behaviour.refusal);
    if (behaviour === "is_asked") {
      const promptRequest = { msisdn: request.msisdn, mandate: null };
      const holdCode = request.twoStep?.holdCode ?? null;
      return {
        outcome: "held",
        hold: { ...hold, expiresAt: state.now + request.promptLifeMs, holdCode, promptRequest },
      };
    }
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
  return { outcome: "completed", postings: [...funding.postings, posting] };
}
