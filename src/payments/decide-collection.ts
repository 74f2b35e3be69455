/**
 * Collection (C2B): a customer pays an organisation, at once or in two steps.
 *
 * The second step, and what becomes of a hold that nobody ends, are in `decide-step.ts`.
 */
import {
  customerAccount,
  organisationAccount,
  refusedAtOnce,
  scenarioFunding,
  standingAnswer,
} from "./parties.ts";
import { refused, type Decision, type Facts, type Request } from "./order.ts";

export interface Collection extends Request {
  readonly msisdn: string;
  readonly amountMinor: bigint;
  /** How long the customer has to answer, in milliseconds. */
  readonly promptLifeMs: number;
  /** For a two-step payment: the code that commits it, and how long the money is held. */
  readonly twoStep: { readonly voucher: string; readonly holdMs: number } | null;
}

/**
 * Decides whether the customer pays, and moves or holds the money if so.
 *
 * The customer is asked last: nobody should type a PIN for a payment that cannot go through. While they
 * are asked the money is held, so that it is still there when they say yes (`decide-answer.ts`).
 */
export function decideCollection(order: Collection, facts: Facts): Decision {
  const { book } = facts;
  const atOnce = refusedAtOnce(order, order.amountMinor, facts);
  if (atOnce !== null) return refused(atOnce);

  const organisation = organisationAccount(order.caller, order.organisation, book);
  if ("refusal" in organisation) return refused(organisation.refusal);
  const customer = customerAccount(order.msisdn, book);
  if ("refusal" in customer) return refused(customer.refusal);

  const payer = customer.account;
  const funding = scenarioFunding(order, payer, order.amountMinor, book);
  const hold = { account: payer, credit: organisation.account, minor: order.amountMinor };
  if (funding.length === 0) {
    if (payer.availableMinor < order.amountMinor) return refused("customer_balance_too_low");
    const answer = standingAnswer(payer);
    if (typeof answer === "object") return refused(answer.refusal);
    if (answer === "is_asked") {
      const asks = { msisdn: order.msisdn, mandate: null };
      const voucher = order.twoStep?.voucher ?? null;
      return {
        outcome: "held",
        hold: { ...hold, expiresAt: facts.now + order.promptLifeMs, voucher, asks },
      };
    }
  }

  if (order.twoStep !== null) {
    const { voucher, holdMs } = order.twoStep;
    return {
      outcome: "held",
      moves: funding,
      hold: { ...hold, expiresAt: facts.now + holdMs, voucher, asks: null },
    };
  }
  const collection = {
    from: payer,
    to: organisation.account,
    minor: order.amountMinor,
    why: "collection",
  } as const;
  return { outcome: "completed", moves: [...funding, collection] };
}
