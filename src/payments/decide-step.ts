/** The second step of a two-step payment: commit it or release it; and the hold that nobody ended. */
import assert from "node:assert/strict";
import type { AccountKind } from "../store/accounts.ts";
import type { LockedPayment } from "../store/payments.ts";
import { endPrompt, held } from "./decide-answer.ts";
import { organisationAccount, refusedAtOnce } from "./parties.ts";
import { refused, type Decision, type Facts, type Request } from "./order.ts";

export interface Step extends Request {
  readonly ends: "commit" | "release";
  readonly voucher: string;
}

export function decideStep(order: Step, facts: Facts): Decision {
  const { original } = facts;
  const atOnce = refusedAtOnce(order, 0n, facts);
  if (atOnce !== null) return refused(atOnce);

  const organisation = organisationAccount(order.caller, order.organisation, facts.book);
  if ("refusal" in organisation) return refused(organisation.refusal);
  if (order.scenario !== null) return { outcome: "completed" };

  if (original === undefined) return refused("payment_unknown");
  if (original.organisation !== order.organisation) return refused("payment_not_yours");
  if (original.voucher === null) return refused("hold_not_open");
  if (original.voucher !== order.voucher) return refused("voucher_wrong");
  // While the customer has not approved there is nothing to commit, and the prompt is theirs to end.
  if (original.status !== "held" || original.heldKind !== "two_step") return refused("hold_not_open");
  // Its time may be up although nobody has come by yet to end it. The money can only go back.
  const overdue = original.heldUntil !== null && original.heldUntil.getTime() <= facts.now;
  if (overdue && order.ends === "commit") return refused("hold_expired");

  return order.ends === "commit"
    ? settle(original, facts)
    : release(original, facts, "released_by_organisation");
}

/** What happens when a hold's time is up. Refused when somebody ended it, or prolonged it, in the meantime. */
export function decideExpiry(facts: Facts): Decision {
  const { original } = facts;
  if (original === undefined || original.status !== "held") return refused("hold_not_open");
  if ((original.heldUntil?.getTime() ?? 0) > facts.now) return refused("hold_not_open");
  return original.heldKind === "prompt"
    ? endPrompt(original, facts, "customer_did_not_answer")
    : release(original, facts, "hold_expired");
}

function settle(original: LockedPayment, { book }: Facts): Decision {
  const { payer, minor } = held(original, book);
  const receiver = book.find(original.creditKind as AccountKind, original.creditOwner ?? "");
  assert(receiver !== undefined, "a held payment has both its accounts");
  return {
    outcome: "completed",
    amountMinor: minor,
    counterparty: original.counterparty,
    moves: [{ from: payer, to: receiver, minor, why: "collection", fromHeld: true }],
    endsHold: { paymentId: original.id, release: null, minor },
    change: { id: original.id, status: "completed", refusal: null, reversedMinor: original.reversedMinor },
  };
}

function release(
  original: LockedPayment,
  { book }: Facts,
  because: "released_by_organisation" | "hold_expired",
): Decision {
  const { payer, minor } = held(original, book);
  const status = because === "hold_expired" ? "expired" : "cancelled";
  return {
    outcome: "completed",
    counterparty: original.counterparty,
    endsHold: { paymentId: original.id, release: payer, minor },
    change: { id: original.id, status, refusal: because, reversedMinor: original.reversedMinor },
  };
}
