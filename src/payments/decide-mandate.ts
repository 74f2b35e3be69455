/** Mandates: a customer's standing consent to be debited is created, used and cancelled. */
import {
  customerAccount,
  organisationAccount,
  refusedAtOnce,
  scenarioFunding,
  standingAnswer,
} from "./parties.ts";
import { chooseMandate, mandatePeriod, notPayable, type Frequency } from "./mandate-terms.ts";
import { refused, type Decision, type Facts, type MandateTerms, type Request } from "./order.ts";

export interface MandateCreation extends Request {
  readonly msisdn: string;
  /** What the organisation calls the mandate. */
  readonly mandateReference: string;
  /** Null is "whenever asked". */
  readonly frequency: Frequency | null;
  /** Local days as yyyymmdd. A frequency without a first day begins today. */
  readonly firstPaymentDay: number | null;
  readonly expiryDay: number | null;
  readonly rangeStart: number | null;
  readonly rangeEnd: number | null;
  /** How long the customer has to consent, in milliseconds. */
  readonly promptLifeMs: number;
}

/** Decides whether the customer consents. One who has to be asked first waits with a hold of no money. */
export function decideMandate(order: MandateCreation, facts: Facts): Decision {
  const { book } = facts;
  const atOnce = refusedAtOnce(order, 0n, facts);
  if (atOnce !== null) return refused(atOnce);

  const organisation = organisationAccount(order.caller, order.organisation, book);
  if ("refusal" in organisation) return refused(organisation.refusal);
  const customer = customerAccount(order.msisdn, book);
  if ("refusal" in customer) return refused(customer.refusal);
  const mandate = termsOf(order);
  const answer = order.scenario === null ? standingAnswer(customer.account) : "approves";
  if (typeof answer === "object") return refused(answer.refusal);
  if (answer === "approves") return { outcome: "completed", createsMandate: mandate };
  const hold = {
    account: customer.account,
    credit: null,
    minor: 0n,
    expiresAt: facts.now + order.promptLifeMs,
    voucher: null,
    asks: { msisdn: order.msisdn, mandate },
  };
  return { outcome: "held", hold };
}

function termsOf(order: MandateCreation): MandateTerms {
  return {
    applicationId: order.caller.applicationId,
    organisation: order.organisation,
    msisdn: order.msisdn,
    reference: order.mandateReference,
    frequency: order.frequency,
    firstPaymentDay: order.firstPaymentDay,
    expiryDay: order.expiryDay,
    rangeStart: order.rangeStart,
    rangeEnd: order.rangeEnd,
  };
}

export interface MandateUse extends Request {
  readonly msisdn: string;
  readonly mandateReference: string;
  readonly mandateId: bigint | null;
}

export interface Debit extends MandateUse {
  readonly amountMinor: bigint;
}

/** Decides a debit under a mandate. The customer consented when it was created, and is not asked again. */
export function decideDebit(order: Debit, facts: Facts): Decision {
  const { book, today } = facts;
  const atOnce = refusedAtOnce(order, order.amountMinor, facts);
  if (atOnce !== null) return refused(atOnce);

  const organisation = organisationAccount(order.caller, order.organisation, book);
  if ("refusal" in organisation) return refused(organisation.refusal);
  const customer = customerAccount(order.msisdn, book);
  if ("refusal" in customer) return refused(customer.refusal);

  const debit = {
    from: customer.account,
    to: organisation.account,
    minor: order.amountMinor,
    why: "debit",
  } as const;
  if (order.scenario !== null) {
    const funding = scenarioFunding(order, customer.account, order.amountMinor, book);
    return { outcome: "completed", moves: [...funding, debit] };
  }

  const chosen = chooseMandate(facts.mandates, mandateName(order), order.msisdn, today.day);
  if ("refusal" in chosen) return refused(chosen.refusal);
  const cannot = notPayable(chosen.mandate, today.day);
  if (cannot !== null) return refused(cannot);
  const period = mandatePeriod(chosen.mandate, today.day);
  if (period !== null && facts.periodPaid(chosen.mandate.id, period)) return refused("mandate_period_paid");
  if (customer.account.availableMinor < order.amountMinor) return refused("customer_balance_too_low");

  return { outcome: "completed", moves: [debit], paysMandate: { mandateId: chosen.mandate.id, period } };
}

export function decideCancellation(order: MandateUse, facts: Facts): Decision {
  const { book, today } = facts;
  const atOnce = refusedAtOnce(order, 0n, facts);
  if (atOnce !== null) return refused(atOnce);

  const organisation = organisationAccount(order.caller, order.organisation, book);
  if ("refusal" in organisation) return refused(organisation.refusal);
  if (order.scenario !== null) return { outcome: "completed" };
  if (book.find("wallet", order.msisdn) === undefined) return refused("customer_unknown");

  const chosen = chooseMandate(facts.mandates, mandateName(order), order.msisdn, today.day);
  if ("refusal" in chosen) return refused(chosen.refusal);
  if (chosen.mandate.cancelledAt !== null) return refused("mandate_not_active");
  return { outcome: "completed", cancelsMandate: chosen.mandate.id };
}

export function mandateName(order: {
  organisation: string;
  mandateReference: string;
  mandateId: bigint | null;
}) {
  return { organisation: order.organisation, reference: order.mandateReference, mandateId: order.mandateId };
}
