/** Mandates: create, use and cancel a customer's standing consent to debits. */
import {
  findConsentingCustomer,
  findOrganisationAccount,
  checkLimits,
  getPromptBehaviour,
} from "./checks.ts";
import { findPromptRefusal, type PromptLimits } from "../open-prompts.ts";
import { selectMandate, getMandatePeriod, findMandateRefusal, type Frequency } from "../mandate-terms.ts";
import {
  refuse,
  type Decision,
  type LockedState,
  type MandateTerms,
  type PaymentRequest,
} from "../instruction.ts";

export interface MandateCreation extends PaymentRequest {
  readonly msisdn: string;
  /** The organisation's own name for the mandate. */
  readonly mandateReference: string;
  /** Null means "on demand". */
  readonly frequency: Frequency | null;
  /** Local days as yyyymmdd. A frequency without a first day starts today. */
  readonly firstPaymentDay: number | null;
  readonly expiryDay: number | null;
  readonly rangeStart: number | null;
  readonly rangeEnd: number | null;
  /** How long the customer has to consent, in milliseconds. */
  readonly promptLifeMs: number;
  readonly promptLimits: PromptLimits;
}

/** Decides the creation of a mandate. If the customer must approve a prompt, the decision is a hold of no money. */
export function decideMandate(request: MandateCreation, state: LockedState): Decision {
  const { accounts } = state;
  const refusal = checkLimits(request, 0n, state);
  if (refusal !== null) return refuse(refusal);

  const organisation = findOrganisationAccount(request.caller, request.organisation, accounts);
  if ("refusal" in organisation) return refuse(organisation.refusal);
  const customer = findConsentingCustomer(request, request.msisdn, state);
  if ("refusal" in customer) return refuse(customer.refusal);
  const mandate = toMandateTerms(request);
  const behaviour = request.simulation === null ? getPromptBehaviour(customer.account) : "approves";
  if (typeof behaviour === "object") return refuse(behaviour.refusal);
  if (behaviour === "approves") return { outcome: "completed", createMandate: mandate };
  const promptRefusal = findPromptRefusal(
    customer.account.openPrompts,
    request.caller.applicationId,
    request.promptLimits,
  );
  if (promptRefusal !== null) return refuse(promptRefusal);
  const hold = {
    account: customer.account,
    creditAccount: null,
    amountMinor: 0n,
    expiresAt: state.now + request.promptLifeMs,
    holdCode: null,
    promptRequest: { msisdn: request.msisdn, mandate },
  };
  return { outcome: "held", hold };
}

function toMandateTerms(request: MandateCreation): MandateTerms {
  return {
    applicationId: request.caller.applicationId,
    organisation: request.organisation,
    msisdn: request.msisdn,
    reference: request.mandateReference,
    frequency: request.frequency,
    firstPaymentDay: request.firstPaymentDay,
    expiryDay: request.expiryDay,
    rangeStart: request.rangeStart,
    rangeEnd: request.rangeEnd,
  };
}

export interface MandateUse extends PaymentRequest {
  readonly msisdn: string;
  readonly mandateReference: string;
  readonly mandateId: bigint | null;
}

export interface Debit extends MandateUse {
  readonly amountMinor: bigint;
}

/** Decides a debit under a mandate. It needs no prompt: the customer consented when the mandate was created. */
export function decideDebit(request: Debit, state: LockedState): Decision {
  const { accounts, today } = state;
  const refusal = checkLimits(request, request.amountMinor, state);
  if (refusal !== null) return refuse(refusal);

  const organisation = findOrganisationAccount(request.caller, request.organisation, accounts);
  if ("refusal" in organisation) return refuse(organisation.refusal);
  const customer = findConsentingCustomer(request, request.msisdn, state);
  if ("refusal" in customer) return refuse(customer.refusal);

  const posting = {
    from: customer.account,
    to: organisation.account,
    amountMinor: request.amountMinor,
    type: "debit",
  } as const;
  if (request.simulation !== null) {
    const funding = request.simulation.fundPayer(customer.account, request.amountMinor, accounts);
    return { outcome: "completed", postings: [...funding, posting] };
  }

  const selected = selectMandate(state.mandates, toMandateName(request), request.msisdn, today.day);
  if ("refusal" in selected) return refuse(selected.refusal);
  const mandateRefusal = findMandateRefusal(selected.mandate, today.day);
  if (mandateRefusal !== null) return refuse(mandateRefusal);
  const period = getMandatePeriod(selected.mandate, today.day);
  if (period !== null && state.periodPaid(selected.mandate.id, period)) return refuse("mandate_period_paid");
  if (customer.account.availableMinor < request.amountMinor) return refuse("customer_balance_too_low");

  return {
    outcome: "completed",
    postings: [posting],
    markMandatePaid: { mandateId: selected.mandate.id, period },
  };
}

export function decideCancellation(request: MandateUse, state: LockedState): Decision {
  const { accounts, today } = state;
  const refusal = checkLimits(request, 0n, state);
  if (refusal !== null) return refuse(refusal);

  const organisation = findOrganisationAccount(request.caller, request.organisation, accounts);
  if ("refusal" in organisation) return refuse(organisation.refusal);
  if (request.simulation !== null) return { outcome: "completed" };
  if (accounts.findAccount("wallet", request.msisdn) === undefined) return refuse("customer_unknown");

  const selected = selectMandate(state.mandates, toMandateName(request), request.msisdn, today.day);
  if ("refusal" in selected) return refuse(selected.refusal);
  if (selected.mandate.cancelledAt !== null) return refuse("mandate_not_active");
  return { outcome: "completed", cancelMandateId: selected.mandate.id };
}

export function toMandateName(request: {
  organisation: string;
  mandateReference: string;
  mandateId: bigint | null;
}) {
  return {
    organisation: request.organisation,
    reference: request.mandateReference,
    mandateId: request.mandateId,
  };
}
