/** Payout (B2C): an organisation pays a customer. */
import { findCustomerAccount, findOrganisationAccount, checkLimits, fundScenario } from "./checks.ts";
import { buildCharge } from "./charges.ts";
import { refuse, type Decision, type LockedState, type PaymentRequest } from "../instruction.ts";

export interface Payout extends PaymentRequest {
  readonly msisdn: string;
  readonly amountMinor: bigint;
  /** Whether the payment is a prize or the like, so that its message congratulates the customer. */
  readonly isPromotion?: boolean;
}

export function decidePayout(request: Payout, state: LockedState): Decision {
  const { accounts } = state;
  const refusal = checkLimits(request, request.amountMinor, state);
  if (refusal !== null) return refuse(refusal);

  const organisation = findOrganisationAccount(request, accounts);
  if ("refusal" in organisation) return refuse(organisation.refusal);
  const customer = findCustomerAccount(request.msisdn, accounts);
  if ("refusal" in customer) return refuse(customer.refusal);

  const payer = organisation.account;
  const { amountMinor, simulation } = request;
  const funding = fundScenario(simulation, { payer, receiver: customer.account, amountMinor }, accounts);
  if ("refusal" in funding) return refuse(funding.refusal);
  if (simulation === null && payer.availableMinor < request.amountMinor) {
    return refuse("organisation_balance_too_low");
  }
  const posting = {
    from: payer,
    to: customer.account,
    amountMinor: request.amountMinor,
    type: "payout",
  } as const;
  const charge =
    simulation === null ? buildCharge(state.tariff, { ...request, use: "payout" }, accounts) : [];
  return {
    outcome: "completed",
    postings: [...funding.postings, ...charge, posting],
    ...(request.isPromotion === true ? { payoutMessage: "promotion" } : {}),
  };
}
