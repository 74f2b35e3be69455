/** Queries: the status of a payment, the terms of a mandate, a customer's name. They change nothing. */
import { localTime } from "../core/clock.ts";
import { markets } from "../core/markets.ts";
import { readAccounts, type AccountStatus } from "../store/rail/accounts.ts";
import { readCustomer } from "../store/rail/customers.ts";
import { readMandates, type MandateRow } from "../store/rail/mandates.ts";
import {
  readPayments,
  readPaymentsBetween,
  readPaymentsByReceipt,
  type PaymentRow,
} from "../store/rail/payments.ts";
import { claimReferenceKey, readReferencePayments } from "../store/rail/idempotency-keys.ts";
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
 * The newest payment of an operation with an id in this range, whose other party's name ends so. For protocols whose ids
 * have the time of the request and digits of the customer's number.
 */
export async function findPaymentByTime(
  { sql }: RailContext,
  { protocol, operation, fromId, untilId, counterpartyEnd }: PaymentClue,
): Promise<PaymentRow | undefined> {
  const rows = await readPaymentsBetween(sql, fromId, untilId);
  return rows.findLast(
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
export async function readNamedPayment(
  { sql, publicIds, rail }: RailContext,
  name: string,
): Promise<PaymentRow | undefined> {
  const id = publicIds.decode(name);
  if (id !== null) return (await readPayments(sql, [id]))[0];
  if (!hasDatedReceipts(rail.market) || !isReceipt(name)) return undefined;
  return (await readPaymentsByReceipt(sql, name.toUpperCase()))[0];
}

/** The caller's payments with this reference: at most one of each operation. */
async function readReferencedPayments(
  { sql }: RailContext,
  { applicationId, protocol }: Caller,
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

/** Claims the reference of a query. Returns false if the application already used it. */
export async function claimRequestReference(context: RailContext, request: PaymentRequest): Promise<boolean> {
  const key = toReferenceKey(
    request.caller.applicationId,
    request.caller.protocol,
    request.operation,
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
  /** Whether the available balance covers the requested amount. Null if the request has none. */
  readonly sufficient: boolean | null;
}

/** Returns a mandate with its status, and whether the customer's balance covers an amount. */
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
  return {
    mandate,
    status: mandate.cancelledAt !== null ? "cancelled" : isExpired(mandate, today) ? "expired" : "active",
    accountStatus: wallet.status,
    sufficient: request.balanceMinor === null ? null : wallet.availableMinor >= request.balanceMinor,
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
