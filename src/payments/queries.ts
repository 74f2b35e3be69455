/** Queries: the status of a payment, the terms of a mandate, a customer's name. They change nothing. */
import type { Id } from "../core/ids.ts";
import { localTime, msPerDay } from "../core/clock.ts";
import { minIdAt } from "../core/ids.ts";
import { markets } from "../core/markets.ts";
import { readAccounts, type AccountStatus } from "../store/rail/accounts.ts";
import { readCustomer } from "../store/rail/customers.ts";
import { readMandates, type MandateRow } from "../store/rail/mandates.ts";
import {
  hasCollection,
  readCollections,
  readPayments,
  readPaymentsBetween,
  readPaymentsByReceipt,
  type PaymentRow,
  type RecentCollection,
} from "../store/rail/payments.ts";
import { readPostings } from "../store/rail/postings.ts";
import { claimReferenceKey, readReferencePayments } from "../store/rail/idempotency-keys.ts";
import { isBlocked } from "./blocked-organisations.ts";
import { toMandateName } from "./rules/mandate.ts";
import type { MandateUse } from "./rules/mandate.ts";
import { isParty } from "./rules/reverse.ts";
import { toReferenceKey } from "./idempotency-keys.ts";
import { hasDatedReceipts, isReceipt } from "./receipts.ts";
import { selectReferencedPayment } from "./select-payment.ts";
import { selectMandate, isExpired, findMatchingMandates } from "./mandate-terms.ts";
import type { Caller, PaymentRequest } from "./instruction.ts";
import { mayActFor } from "./rules/checks.ts";
import type { RailContext } from "./payments.ts";
import type { Refusal } from "./refusals.ts";

export interface QueryRefusal {
  readonly refusal: Refusal;
}

/** Returns a refusal unless the organisation exists and the application may act for it. */
async function checkOrganisation(
  context: RailContext,
  caller: Caller,
  shortcode: string,
): Promise<Refusal | null> {
  if (!mayActFor(caller, shortcode)) return "organisation_unknown";
  const accounts = await readAccounts(context.sql, shortcode);
  return accounts.some((account) => account.kind === "working") ? null : "organisation_unknown";
}

/**
 * Finds a payment by a public id, or by the caller's own reference for it (docs/payment-names.md).
 *
 * A public id always means its own payment, whatever references callers have used since. So a text that is the id of a
 * payment is never searched as a reference, even if the organisation is not a party to that payment. Of several
 * payments with one reference, `selectReferencedPayment` selects. Only the references of `operations` are searched.
 *
 * Only the organisations of a payment can find it. For all others it is `payment_unknown`.
 */
export async function findPayment(
  context: RailContext,
  request: Pick<PaymentRequest, "caller" | "organisation">,
  name: string,
  operations: readonly string[],
): Promise<{ payment: PaymentRow } | QueryRefusal> {
  const refusal = await checkOrganisation(context, request.caller, request.organisation);
  if (refusal !== null) return { refusal };

  const identified = await readNamedPayment(context, name);
  const named =
    identified === undefined
      ? await readReferencedPayments(context, request.caller, name, operations)
      : [identified];
  const payment = selectReferencedPayment(named.filter((each) => isParty(each, request.organisation)));
  return payment === undefined ? { refusal: "payment_unknown" } : { payment };
}

/**
 * The payments of an operation with an id in this range, whose other party's name ends so. For protocols whose ids
 * have the time of the request and digits of the customer's number.
 */
export async function findPaymentsByTime(
  { sql }: RailContext,
  { protocol, operation, fromId, untilId, counterpartyEnd }: PaymentClue,
): Promise<PaymentRow[]> {
  const rows = await readPaymentsBetween(sql, fromId, untilId);
  return rows.filter(
    (row) =>
      row.protocol === protocol && row.operation === operation && row.counterparty.endsWith(counterpartyEnd),
  );
}

export interface PaymentClue {
  readonly protocol: string;
  readonly operation: string;
  readonly fromId: bigint;
  /** Exclusive. The range must be short. */
  readonly untilId: bigint;
  readonly counterpartyEnd: string;
}

/** The payment whose public id or dated receipt this text is, also if the caller took no part in it. */
export async function readNamedPayment(context: RailContext, name: string): Promise<PaymentRow | undefined> {
  const id = context.publicIds.decode(name);
  return id === null ? readReceiptPayment(context, name) : readPaymentWithId(context, id);
}

/** The payment with this id. */
export const readPaymentWithId = async ({ sql }: RailContext, id: bigint): Promise<PaymentRow | undefined> =>
  (await readPayments(sql, [id]))[0];

/** The payment with this dated receipt, in any case. */
export async function readReceiptPayment(
  { sql, rail }: RailContext,
  receipt: string,
): Promise<PaymentRow | undefined> {
  if (!hasDatedReceipts(rail.market) || !isReceipt(receipt)) return undefined;
  return (await readPaymentsByReceipt(sql, receipt.toUpperCase()))[0];
}

/** A page of the payments that customers made to an organisation. */
export interface CollectionQuery {
  readonly organisation: string;
  /** Business time, in milliseconds since 1970; the end is inclusive. */
  readonly from: number;
  readonly until: number;
  readonly offset: number;
  readonly limit: number;
}

/** In the order in which they were made. */
export function listCollections(
  { sql, rail }: RailContext,
  { organisation, from, until, offset, limit }: CollectionQuery,
): Promise<PaymentRow[]> {
  // Ids are wall time, which the sandbox's business time need not follow.
  const fromId = rail.environment === "live" ? minIdAt(from - msPerDay) : 0n;
  return readCollections(sql, { organisation, fromId, from, until }, offset, limit);
}

/** Whether a customer's payment of this amount to an organisation completed since then (business time). */
export const hasPaidSince = (
  { sql, rail }: RailContext,
  payment: Omit<RecentCollection, "fromId">,
): Promise<boolean> =>
  hasCollection(sql, {
    ...payment,
    // Ids are wall time, which the sandbox's business time need not follow.
    fromId: rail.environment === "live" ? minIdAt(payment.since - msPerDay) : 0n,
  });

/** Where a payment moved its money, and what it cost the organisation. */
export interface PaymentMovement {
  /** Null if it moved none. */
  readonly from: PaymentParty | null;
  readonly to: PaymentParty | null;
  readonly chargeMinor: bigint;
}

export interface PaymentParty {
  /** The kind of account. */
  readonly kind: string;
  readonly owner: string;
}

export async function readPaymentMovement({ sql }: RailContext, id: bigint): Promise<PaymentMovement> {
  const postings = await readPostings(sql, id);
  const movement = postings.find(({ type }) => !sidePostings.has(type));
  const charges = postings.filter(({ type }) => type === chargeType);
  return {
    from: movement === undefined ? null : { kind: movement.fromKind, owner: movement.fromOwner },
    to: movement === undefined ? null : { kind: movement.toKind, owner: movement.toOwner },
    chargeMinor: charges.reduce((sum, { amountMinor }) => sum + amountMinor, 0n),
  };
}

const chargeType = "charge";

/** The postings of a payment that do not move its own money. */
const sidePostings: ReadonlySet<string> = new Set([chargeType, "scenario_funding"]);

/** The caller's payments with this reference: at most one of each operation. */
export async function readReferencedPayments(
  { sql }: RailContext,
  { applicationId, protocol }: Pick<Caller, "applicationId" | "protocol">,
  reference: string,
  operations: readonly string[],
): Promise<PaymentRow[]> {
  const keys = operations.map((operation) => toReferenceKey(applicationId, protocol, operation, reference));
  const holders = await readReferencePayments(sql, keys);
  return readPayments(
    sql,
    holders.map(({ paymentId }) => paymentId),
  );
}

/** The request, a payment or a query, that claimed a reference in a scope. Undefined if none has. */
export async function findReferencedId(
  { sql }: RailContext,
  { applicationId, protocol }: Pick<Caller, "applicationId" | "protocol">,
  reference: string,
  scope: string,
): Promise<Id | undefined> {
  const [holder] = await readReferencePayments(sql, [
    toReferenceKey(applicationId, protocol, scope, reference),
  ]);
  return holder?.paymentId;
}

/** Claims the reference of a query. Returns false if the application already used it. */
export async function claimRequestReference(
  context: RailContext,
  request: Pick<PaymentRequest, "id" | "operation" | "reference" | "referenceScope"> & {
    readonly caller: Pick<Caller, "applicationId" | "protocol">;
  },
): Promise<boolean> {
  const key = toReferenceKey(
    request.caller.applicationId,
    request.caller.protocol,
    request.referenceScope ?? request.operation,
    request.reference,
  );
  return claimReferenceKey(context.sql, key, request.id);
}

/** Whether a customer's available balance covers an amount. False if the customer does not exist. */
export async function hasBalance(
  context: RailContext,
  msisdn: string,
  amountMinor: bigint,
): Promise<boolean> {
  const accounts = await readAccounts(context.sql, msisdn);
  return accounts.some((account) => account.kind === "wallet" && account.availableMinor >= amountMinor);
}

export interface MandateQueryResult {
  readonly mandate: MandateRow;
  readonly status: "active" | "cancelled" | "expired";
  readonly accountStatus: AccountStatus;
  /**
   * Whether the available balance covers the requested amount. Null if the request has none, or if the customer does not
   * consent to debits of this mandate: no other caller learns about the balance.
   */
  readonly sufficient: boolean | null;
}

/** Returns a mandate with its status, and whether the balance of a customer who consents to it covers an amount. */
export async function queryMandate(
  context: RailContext,
  request: MandateUse & { readonly balanceMinor: bigint | null },
): Promise<MandateQueryResult | QueryRefusal> {
  const { sql } = context;
  const refusal = await checkOrganisation(context, request.caller, request.organisation);
  if (refusal !== null) return { refusal };
  const wallet = (await readAccounts(sql, request.msisdn)).find((account) => account.kind === "wallet");
  if (wallet === undefined) return { refusal: "customer_unknown" };

  const name = toMandateName(request);
  const { day: today } = localTime(context.clock.now(), markets[context.rail.market].timeZone);
  const selected = selectMandate(findMatchingMandates(await readMandates(sql, [name]), name), name);
  if ("refusal" in selected) return selected;
  const { mandate } = selected;
  const status =
    mandate.cancelledAt !== null ? "cancelled" : isExpired(mandate, today) ? "expired" : "active";
  const consents = status === "active" && !isBlocked(wallet.blockedOrganisations, request.organisation);
  const { balanceMinor } = request;
  return {
    mandate,
    status,
    accountStatus: wallet.status,
    sufficient: consents && balanceMinor !== null ? wallet.availableMinor >= balanceMinor : null,
  };
}

/** The name that a customer is registered under. */
export async function findBeneficiaryName(
  context: RailContext,
  request: Pick<PaymentRequest, "caller" | "organisation"> & { readonly msisdn: string },
): Promise<{ firstName: string; lastName: string } | QueryRefusal> {
  const refusal = await checkOrganisation(context, request.caller, request.organisation);
  if (refusal !== null) return { refusal };
  return (await readCustomer(context.sql, request.msisdn)) ?? { refusal: "customer_unknown" };
}
