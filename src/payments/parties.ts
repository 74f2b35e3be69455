/**
 * What every decision asks first, in the order that is part of our contract: limits, then a sandbox
 * scenario that refuses, then the parties. `docs/order-of-checks.md` has the whole of it.
 */
import type { Account, Book, Move } from "../ledger/book.ts";
import { brokenLimit } from "./limits.ts";
import type { Caller, Facts, Request } from "./order.ts";
import type { StandingAnswer } from "../store/accounts.ts";
import type { Refusal } from "./refusals.ts";

/** The refusal that stands before any party is looked at, or null. */
export function refusedAtOnce(request: Request, amountMinor: bigint, facts: Facts): Refusal | null {
  const broken = brokenLimit(request.scope, amountMinor, facts.usage.session, facts.usage.customer);
  if (broken !== null) return broken;
  return request.scenario?.ends === "refused" ? request.scenario.refusal : null;
}

/** The account of the organisation that asks, if the application acts for it. */
export function organisationAccount(
  caller: Caller,
  shortcode: string,
  book: Book,
): { account: Account } | { refusal: Refusal } {
  const account = actsFor(caller, shortcode) ? book.find("working", shortcode) : undefined;
  if (account === undefined) return { refusal: "organisation_unknown" };
  return account.status === "active" ? { account } : { refusal: "organisation_inactive" };
}

export function actsFor(caller: Caller, shortcode: string): boolean {
  return caller.shortcodes === null || caller.shortcodes.has(shortcode);
}

/** A customer's wallet, if it may send and receive. */
export function customerAccount(msisdn: string, book: Book): { account: Account } | { refusal: Refusal } {
  const account = book.find("wallet", msisdn);
  if (account === undefined) return { refusal: "customer_unknown" };
  return account.status === "active" ? { account } : { refusal: "customer_inactive" };
}

/**
 * The move that funds a scenario's paying party, if this is one: money issued from the float, so that
 * scenarios never run dry and never take what somebody else put there.
 */
export function scenarioFunding(request: Request, payer: Account, minor: bigint, book: Book): Move[] {
  if (request.scenario?.ends !== "accepted") return [];
  return [{ from: book.operatorAccount("float"), to: payer, minor, why: "scenario_funding" }];
}

const standing: Readonly<Record<StandingAnswer, "approves" | "is_asked" | Refusal>> = {
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
export function standingAnswer({ answer }: Account): "approves" | "is_asked" | { refusal: Refusal } {
  const said = standing[answer];
  return said === "approves" || said === "is_asked" ? said : { refusal: said };
}
