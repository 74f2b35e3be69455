/** Mandates: create, use and cancel a customer's standing consent to debits. */
import {
  findConsentingCustomer,
  findOrganisationAccount,
  checkLimits,
  fundScenario,
  getPromptBehaviour,
} from "./checks.ts";
import { buildCharge, toCollectionUse } from "./charges.ts";
import { findPromptRefusal, type PromptLimits } from "../open-prompts.ts";
import type { MandateKey, MandateName } from "../../store/rail/mandates.ts";
import {
  selectMandate,
  getMandatePeriod,
  findMandateRefusal,
  isExpired,
  type Frequency,
} from "../mandate-terms.ts";
import type { Refusal } from "../refusals.ts";
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
  /** What each debit takes, if the customer consents to that; otherwise the organisation chooses. */
  readonly debitMinor?: bigint;
  /** How long the customer has to consent, in milliseconds. */
  readonly promptLifeMs: number;
  readonly promptLimits: PromptLimits;
}

/**
 * Decides the creation of a mandate. If the customer must approve a prompt, the decision is a hold of no money.
 *
 * A simulation's customer may have any number of mandates with one reference, so that a scenario can be repeated.
 */
export function decideMandate(request: MandateCreation, state: LockedState): Decision {
  const { accounts } = state;
  // The organisation chooses the amounts of the debits, and each has the limits of debits, unless the amount is agreed here.
  const refusal = checkLimits(request, request.debitMinor ?? 0n, state);
  if (refusal !== null) return refuse(refusal);

  const organisation = findOrganisationAccount(request, accounts);
  if ("refusal" in organisation) return refuse(organisation.refusal);
  const customer = findConsentingCustomer(request, request.msisdn, state);
  if ("refusal" in customer) return refuse(customer.refusal);
  const mandate = toMandateTerms(request);
  if (request.simulation !== null) return { outcome: "completed", createMandate: mandate };
  const vacancy = checkVacancy(mandate, state);
  if ("refusal" in vacancy) return refuse(vacancy.refusal);
  const behaviour = getPromptBehaviour(customer.account);
  if (typeof behaviour === "object") return refuse(behaviour.refusal);
  if (behaviour === "approves") return { outcome: "completed", createMandate: mandate, ...vacancy };
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

/**
 * Whether a mandate may be created now: an application has at most one active mandate with a reference from a
 * customer, and asks for it once at a time. If an expired one is there, the new one replaces it.
 */
export function checkVacancy(
  key: MandateKey,
  { findExistingMandate, today }: LockedState,
): { refusal: Refusal } | { replaceMandateId?: bigint } {
  const { mandate, promptedBy } = findExistingMandate(key);
  if (promptedBy !== null) return { refusal: "mandate_awaits_consent" };
  if (mandate === null) return {};
  return isExpired(mandate, today.day) && mandate.id !== null
    ? { replaceMandateId: mandate.id }
    : { refusal: "mandate_exists" };
}

export const toMandateKey = (
  request: PaymentRequest & { readonly msisdn: string; readonly mandateReference: string },
): MandateKey => ({
  applicationId: request.caller.applicationId,
  msisdn: request.msisdn,
  reference: request.mandateReference,
});

function toMandateTerms(request: MandateCreation): MandateTerms {
  return {
    ...toMandateKey(request),
    organisation: request.organisation,
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
  /** A debit that no application requests: a standing order is due. */
  readonly standingOrder?: {
    /** Counts the due days. It is paid once. */
    readonly period: number;
    /** The customer's account number at a paybill. */
    readonly accountReference: string;
  };
}

/** Decides a debit under a mandate. It needs no prompt: the customer consented when the mandate was created. */
export function decideDebit(request: Debit, state: LockedState): Decision {
  const { accounts, today } = state;
  const refusal = checkLimits(request, request.amountMinor, state);
  if (refusal !== null) return refuse(refusal);

  const organisation = findOrganisationAccount(request, accounts);
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
    const payment = {
      payer: customer.account,
      receiver: organisation.account,
      amountMinor: request.amountMinor,
    };
    const funding = fundScenario(request.simulation, payment, accounts);
    if ("refusal" in funding) return refuse(funding.refusal);
    return { outcome: "completed", postings: [...funding.postings, posting] };
  }

  const selected = selectMandate(state.mandates, toMandateName(request));
  if ("refusal" in selected) return refuse(selected.refusal);
  const mandateRefusal = findMandateRefusal(selected.mandate, today.day);
  if (mandateRefusal !== null) return refuse(mandateRefusal);
  const period = request.standingOrder?.period ?? getMandatePeriod(selected.mandate, today.day);
  if (period !== null && state.periodPaid(selected.mandate.id, period)) return refuse("mandate_period_paid");
  if (customer.account.availableMinor < request.amountMinor) return refuse("customer_balance_too_low");

  const use = toCollectionUse(request.organisationAccount);
  const charge = buildCharge(state.tariff, { ...request, use }, accounts);
  return {
    outcome: "completed",
    postings: [...charge, posting],
    markMandatePaid: { mandateId: selected.mandate.id, period },
  };
}

export function decideCancellation(request: MandateUse, state: LockedState): Decision {
  const { accounts } = state;
  const refusal = checkLimits(request, 0n, state);
  if (refusal !== null) return refuse(refusal);

  const organisation = findOrganisationAccount(request, accounts);
  if ("refusal" in organisation) return refuse(organisation.refusal);
  if (request.simulation !== null) return { outcome: "completed" };
  if (accounts.findAccount("wallet", request.msisdn) === undefined) return refuse("customer_unknown");

  const selected = selectMandate(state.mandates, toMandateName(request));
  if ("refusal" in selected) return refuse(selected.refusal);
  if (selected.mandate.cancelledAt !== null) return refuse("mandate_not_active");
  return { outcome: "completed", cancelMandateId: selected.mandate.id };
}

export function toMandateName(request: MandateUse): MandateName {
  return {
    organisation: request.organisation,
    reference: request.mandateReference,
    msisdn: request.msisdn,
    mandateId: request.mandateId,
    applicationId: request.caller.applicationId,
  };
}
