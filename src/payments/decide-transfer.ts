/** Transfer (B2B): an organisation pays another. */
import { organisationAccount, refusedAtOnce, scenarioFunding } from "./parties.ts";
import { refused, type Decision, type Facts, type Request } from "./order.ts";

export interface Transfer extends Request {
  /** The shortcode of the organisation that is paid. */
  readonly receiver: string;
  readonly amountMinor: bigint;
}

export function decideTransfer(order: Transfer, facts: Facts): Decision {
  const { book } = facts;
  const atOnce = refusedAtOnce(order, order.amountMinor, facts);
  if (atOnce !== null) return refused(atOnce);

  const organisation = organisationAccount(order.caller, order.organisation, book);
  if ("refusal" in organisation) return refused(organisation.refusal);
  // Anybody may be paid, so the receiver need not be one that the application acts for.
  const receiver = book.find("working", order.receiver);
  if (receiver === undefined) return refused("receiver_unknown");
  if (receiver.status !== "active") return refused("organisation_inactive");
  if (receiver === organisation.account) return refused("same_party");

  const payer = organisation.account;
  const funding = scenarioFunding(order, payer, order.amountMinor, book);
  if (funding.length === 0 && payer.availableMinor < order.amountMinor) {
    return refused("organisation_balance_too_low");
  }
  const transfer = { from: payer, to: receiver, minor: order.amountMinor, why: "transfer" } as const;
  return { outcome: "completed", moves: [...funding, transfer] };
}
