/** Questions: what became of a payment, what a mandate allows, what a customer is called. They move nothing. */
import { localTime } from "../clock.ts";
import type { Id } from "../ids.ts";
import { markets } from "../money.ts";
import { readAccounts, type AccountStatus } from "../store/accounts.ts";
import { readCustomer } from "../store/people.ts";
import { readMandates, type MandateRow } from "../store/mandates.ts";
import { readPayments, type PaymentRow } from "../store/payments.ts";
import { claimReference, referenceHolders } from "../store/references.ts";
import { mandateName } from "./decide-mandate.ts";
import type { MandateUse } from "./decide-mandate.ts";
import { wasParty } from "./decide-reversal.ts";
import { referenceKey } from "./keys.ts";
import { chooseMandate, isExpired, mandatesMeant } from "./mandate-terms.ts";
import type { Caller, Request } from "./order.ts";
import { actsFor } from "./parties.ts";
import type { RailContext } from "./payments.ts";
import { productNames, products } from "./products.ts";
import type { Refusal } from "./refusals.ts";

export interface Refused {
  readonly refusal: Refusal;
}

/** Whether the application acts for such an organisation; null if it does. */
async function organisationRefusal(
  context: RailContext,
  caller: Caller,
  shortcode: string,
): Promise<Refusal | null> {
  if (!actsFor(caller, shortcode)) return "organisation_unknown";
  const accounts = await readAccounts(context.sql, shortcode);
  return accounts.some((account) => account.kind === "working") ? null : "organisation_unknown";
}

/**
 * Finds a payment by its TransactionID, its ConversationID, or the caller's own reference for it.
 *
 * Only an organisation that was party to a payment hears of it; to all others it is unknown. A
 * reference that the application used in several calls means the latest of them.
 */
export async function findPayment(
  context: RailContext,
  request: Pick<Request, "caller" | "organisation">,
  name: string,
): Promise<{ payment: PaymentRow } | Refused> {
  const refusal = await organisationRefusal(context, request.caller, request.organisation);
  if (refusal !== null) return { refusal };

  const ids = await candidateIds(context, request.caller, name);
  const payments = await readPayments(context.sql, ids);
  const mine = payments.filter((payment) => wasParty(payment, request.organisation));
  const payment = mine.at(-1);
  return payment === undefined ? { refusal: "payment_unknown" } : { payment };
}

async function candidateIds(context: RailContext, caller: Caller, name: string): Promise<Id[]> {
  const own = productNames
    .filter((product) => products[product].once)
    .map((product) => referenceKey(caller.applicationId, product, name));
  const holders = await referenceHolders(context.sql, own);
  const wired = context.wire.find(name);
  return [...holders.map((holder) => holder.paymentId), ...(wired === null ? [] : [wired])];
}

/** Claims a question's reference. False when the application has asked with it before. */
export async function claimOnce(context: RailContext, request: Request): Promise<boolean> {
  const key = referenceKey(request.caller.applicationId, request.product, request.reference);
  return claimReference(context.sql, key, request.id);
}

/** Whether a customer has an amount to spend; false for nobody. */
export async function customerHas(context: RailContext, msisdn: string, minor: bigint): Promise<boolean> {
  const accounts = await readAccounts(context.sql, msisdn);
  return accounts.some((account) => account.kind === "wallet" && account.availableMinor >= minor);
}

export interface MandateAnswer {
  readonly mandate: MandateRow;
  readonly status: "active" | "cancelled" | "expired";
  readonly accountStatus: AccountStatus;
  /** Whether the customer has the amount that was asked about; null if none was. */
  readonly sufficient: boolean | null;
}

/** Answers what a mandate allows, and whether the customer has an amount. */
export async function queryMandate(
  context: RailContext,
  request: MandateUse & { readonly balanceMinor: bigint | null },
): Promise<MandateAnswer | Refused> {
  const { sql } = context;
  const refusal = await organisationRefusal(context, request.caller, request.organisation);
  if (refusal !== null) return { refusal };
  const wallet = (await readAccounts(sql, request.msisdn)).find((account) => account.kind === "wallet");
  if (wallet === undefined) return { refusal: "customer_unknown" };

  const name = mandateName(request);
  const { day: today } = localTime(context.clock.now(), markets[context.rail.market].timeZone);
  const chosen = chooseMandate(
    mandatesMeant(await readMandates(sql, [name]), name),
    name,
    request.msisdn,
    today,
  );
  if ("refusal" in chosen) return chosen;
  const { mandate } = chosen;
  return {
    mandate,
    status: mandate.cancelledAt !== null ? "cancelled" : isExpired(mandate, today) ? "expired" : "active",
    accountStatus: wallet.status,
    sufficient: request.balanceMinor === null ? null : wallet.availableMinor >= request.balanceMinor,
  };
}

/** The name that a customer is registered under. */
export async function beneficiaryName(
  context: RailContext,
  request: Pick<Request, "caller" | "organisation"> & { readonly msisdn: string },
): Promise<{ firstName: string; lastName: string } | Refused> {
  const refusal = await organisationRefusal(context, request.caller, request.organisation);
  if (refusal !== null) return { refusal };
  return (await readCustomer(context.sql, request.msisdn)) ?? { refusal: "customer_unknown" };
}
