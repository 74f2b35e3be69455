/** Payout (B2C): an organisation pays a customer. */
import { customerAccount, organisationAccount, refusedAtOnce, scenarioFunding } from "./parties.ts";
import { refused, type Decision, type Facts, type Request } from "./order.ts";

export interface Payout extends Request {
  readonly msisdn: string;
  readonly amountMinor: bigint;
}

export function decidePayout(order: Payout, facts: Facts): Decision {
  const { book } = facts;
  const atOnce = refusedAtOnce(order, order.amountMinor, facts);
  if (atOnce !== null) return refused(atOnce);

  const organisation = organisationAccount(order.caller, order.organisation, book);
  if ("refusal" in organisation) return refused(organisation.refusal);
  const customer = customerAccount(order.msisdn, book);
  if ("refusal" in customer) return refused(customer.refusal);

  const payer = organisation.account;
  const funding = scenarioFunding(order, payer, order.amountMinor, book);
  if (funding.length === 0 && payer.availableMinor < order.amountMinor) {
    return refused("organisation_balance_too_low");
  }
  const payout = { from: payer, to: customer.account, minor: order.amountMinor, why: "payout" } as const;
  return { outcome: "completed", moves: [...funding, payout] };
}
