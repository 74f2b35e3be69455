/**
 * What every decision asks first, in the order that is part of our contract: limits, then a sandbox
 * scenario that refuses, then the parties. `docs/order-of-checks.md` has the whole of it.
 */
import type { Account, LockedAccounts, Posting } from "../../ledger/locked-accounts.ts";
import { findExceededLimit } from "../limits.ts";
import type { Caller, LockedState, PaymentRequest } from "../instruction.ts";
import type { PromptBehaviour } from "../../store/rail/accounts.ts";
import type { RecordedRefusal, Refusal } from "../refusals.ts";

/** The refusal that stands before any party is looked at, or null. */
export function checkLimits(
  request: PaymentRequest,
  amountMinor: bigint,
  state: LockedState,
): RecordedRefusal | null {
  const exceeded = findExceededLimit(request.limits, amountMinor, state.usage.session, state.usage.customer);
  if (exceeded !== null) return exceeded;
  return request.simulation?.refusal ?? null;
}

/** The account of the organisation that asks, if the application acts for it. */
export function findOrganisationAccount(
  caller: Caller,
  shortcode: string,
  accounts: LockedAccounts,
): { account: Account } | { refusal: Refusal } {
  const account = mayActFor(caller, shortcode) ? accounts.findAccount("working", shortcode) : undefined;
  if (account === undefined) return { refusal: "organisation_unknown" };
  return account.status === "active" ? { account } : { refusal: "organisation_inactive" };
}

export function mayActFor(caller: Caller, shortcode: string): boolean {
  return caller.shortcodes === null || caller.shortcodes.has(shortcode);
}

/** A customer's wallet, if it may send and receive. */
export function findCustomerAccount(
  msisdn: string,
  accounts: LockedAccounts,
): { account: Account } | { refusal: Refusal } {
  const account = accounts.findAccount("wallet", msisdn);
  if (account === undefined) return { refusal: "customer_unknown" };
  return account.status === "active" ? { account } : { refusal: "customer_inactive" };
}

const outcomeByBehaviour: Readonly<Record<PromptBehaviour, "approves" | "is_asked" | Refusal>> = {
  approve: "approves",
  decline: "customer_declined",
  ignore: "customer_did_not_answer",
  off: "customer_unreachable",
  ask: "is_asked",
  no_signal: "is_asked",
  slow: "is_asked",
  late: "is_asked",
  loses_signal: "is_asked",
};

/** What a customer's wallet says to a prompt: nothing stands in the way, they have to be asked, or why not. */
export function getPromptBehaviour({ behaviour }: Account): "approves" | "is_asked" | { refusal: Refusal } {
  const outcome = outcomeByBehaviour[behaviour];
  return outcome === "approves" || outcome === "is_asked" ? outcome : { refusal: outcome };
}
