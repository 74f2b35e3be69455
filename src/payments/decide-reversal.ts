/** Reversal: take back some or all of a completed payment from whoever received it. */
import assert from "node:assert/strict";
import type { AccountKind } from "../store/accounts.ts";
import type { LockedPayment } from "../store/payments.ts";
import { customerAccount, organisationAccount, refusedAtOnce, scenarioFunding } from "./parties.ts";
import { refused, type Decision, type Facts, type Request } from "./order.ts";

export interface Reversal extends Request {
  /** Null takes back all that is left. */
  readonly amountMinor: bigint | null;
}

/** Whom a scenario's reversal pays, and how much when no amount is asked for: ten of the major unit. */
export const scenarioReversal = { msisdn: "000000000001", amountMinor: 1_000n } as const;

/**
 * Decides a reversal.
 *
 * Either organisation that was party to the payment may ask; a payment's reversals together take back
 * at most its amount; and they take it from whoever received it, who must still have it.
 */
export function decideReversal(order: Reversal, facts: Facts): Decision {
  const { book, original } = facts;
  const atOnce = refusedAtOnce(order, order.amountMinor ?? 0n, facts);
  if (atOnce !== null) return refused(atOnce);

  const organisation = organisationAccount(order.caller, order.organisation, book);
  if ("refusal" in organisation) return refused(organisation.refusal);
  if (order.scenario !== null) return scenarioDecision(order, organisation.account, facts);

  if (original === undefined) return refused("payment_unknown");
  if (!wasParty(original, order.organisation)) return refused("payment_not_yours");
  if (!reversible.has(original.use)) return refused("payment_not_reversible");
  if (original.status !== "completed") return refused("payment_not_completed");

  const leftMinor = original.amountMinor - original.reversedMinor;
  if (leftMinor === 0n) return refused("already_reversed");
  const amountMinor = order.amountMinor ?? leftMinor;
  if (amountMinor > leftMinor) return refused("reversal_too_large");

  const payer = book.find(original.debitKind as AccountKind, original.debitOwner ?? "");
  const receiver = book.find(original.creditKind as AccountKind, original.creditOwner ?? "");
  assert(payer !== undefined && receiver !== undefined, "a completed payment has both its accounts");
  if (receiver.availableMinor < amountMinor) return refused("receiver_balance_too_low");

  return {
    outcome: "completed",
    amountMinor,
    counterparty: original.counterparty,
    moves: [{ from: receiver, to: payer, minor: amountMinor, why: "reversal" }],
    change: {
      id: original.id,
      status: original.status,
      refusal: original.refusal,
      reversedMinor: original.reversedMinor + amountMinor,
    },
  };
}

const reversible: ReadonlySet<string> = new Set(["collection", "payout", "transfer", "debit"]);

/** Whether the organisation was party to the payment: it asked for it, or was paid by it. */
export function wasParty(
  payment: Pick<LockedPayment, "use" | "organisation" | "counterparty">,
  shortcode: string,
): boolean {
  return (
    payment.organisation === shortcode || (payment.use === "transfer" && payment.counterparty === shortcode)
  );
}

/** The scenario's payment was never made: the organisation, funded for it, pays the scenario's customer. */
function scenarioDecision(
  order: Reversal,
  payer: Parameters<typeof scenarioFunding>[1],
  { book }: Facts,
): Decision {
  const customer = customerAccount(scenarioReversal.msisdn, book);
  if ("refusal" in customer) return refused(customer.refusal);
  const amountMinor = order.amountMinor ?? scenarioReversal.amountMinor;
  return {
    outcome: "completed",
    amountMinor,
    counterparty: scenarioReversal.msisdn,
    moves: [
      ...scenarioFunding(order, payer, amountMinor, book),
      { from: payer, to: customer.account, minor: amountMinor, why: "reversal" },
    ],
  };
}
