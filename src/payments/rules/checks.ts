/**
 * The first checks of every decision, in a fixed order: what the protocol found out before, limits, then a sandbox scenario that refuses, then
 * the parties. The order is part of the contract; see `docs/order-of-checks.md`.
 */
import type { Account, LockedAccounts, Posting } from "../../ledger/locked-accounts.ts";
import { isBlocked } from "../blocked-organisations.ts";
import { findExceededLimit } from "../limits.ts";
import type { Caller, LockedState, PaymentRequest } from "../instruction.ts";
import type { SimulatedPayment, Simulation } from "../simulation.ts";
import type { PromptBehaviour } from "../../store/rail/accounts.ts";
import type { RecordedRefusal, Refusal } from "../refusals.ts";

/** Returns the refusal that the protocol found, or that by a limit or a sandbox scenario, or null. */
export function checkLimits(
  request: PaymentRequest,
  amountMinor: bigint,
  state: LockedState,
): RecordedRefusal | null {
  if (request.refusal !== undefined && request.refusal !== null) return request.refusal;
  const exceeded = findExceededLimit(request.limits, amountMinor, state.usage.session, state.usage.customer);
  if (exceeded !== null) return exceeded;
  return request.simulation?.refusal ?? null;
}

/** Finds the account of the requesting organisation that the request moves money on, if the application may act for it. */
export function findOrganisationAccount(
  { caller, organisation, organisationAccount }: PaymentRequest,
  accounts: LockedAccounts,
): { account: Account } | { refusal: Refusal } {
  if (!mayActFor(caller, organisation)) return { refusal: "organisation_unknown" };
  const account = accounts.findAccount(organisationAccount, organisation);
  if (account === undefined) {
    return { refusal: organisationAccount === "working" ? "organisation_unknown" : "receiver_invalid" };
  }
  return account.status === "active" ? { account } : { refusal: "organisation_inactive" };
}

export function mayActFor(caller: Caller, shortcode: string): boolean {
  return caller.shortcodes === null || caller.shortcodes.has(shortcode);
}

/** Finds a customer's wallet, if it is active. */
export function findCustomerAccount(
  msisdn: string,
  accounts: LockedAccounts,
): { account: Account } | { refusal: Refusal } {
  const account = accounts.findAccount("wallet", msisdn);
  if (account === undefined) return { refusal: "customer_unknown" };
  return account.status === "active" ? { account } : { refusal: "customer_inactive" };
}

/** The postings that fund the payer of a sandbox scenario; none for any other payment. */
export function fundScenario(
  simulation: Simulation | null,
  payment: SimulatedPayment,
  accounts: LockedAccounts,
): { postings: readonly Posting[] } | { refusal: Refusal } {
  const postings = simulation === null ? [] : simulation.fundPayer(payment, accounts);
  return postings === null ? { refusal: "account_full" } : { postings };
}

/**
 * Finds a customer's wallet, if it is active and the organisation may ask its owner for money.
 *
 * Nothing here depends on the balance: what a caller learns before the customer has consented must not disclose it.
 */
export function findConsentingCustomer(
  { caller, organisation, simulation }: PaymentRequest,
  msisdn: string,
  state: LockedState,
): { account: Account } | { refusal: Refusal } {
  const customer = findCustomerAccount(msisdn, state.accounts);
  if ("refusal" in customer || simulation !== null) return customer;
  if (isBlocked(customer.account.blockedOrganisations, organisation))
    return { refusal: "organisation_blocked" };
  if (state.isRefusalLimitReached(customer.account, caller.applicationId))
    return { refusal: "customer_refusal_limit" };
  return customer;
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

/** Returns how a wallet's configured behaviour answers a prompt: approved, by the customer (`is_asked`), or refused. */
export function getPromptBehaviour({ behaviour }: Account): "approves" | "is_asked" | { refusal: Refusal } {
  const outcome = outcomeByBehaviour[behaviour];
  return outcome === "approves" || outcome === "is_asked" ? outcome : { refusal: outcome };
}
