/**
 * Payments that a customer starts, to a paybill or a till: from the handset's menu, by the control API, or simulated by
 * an application. And the answers to the validations that some of them wait for.
 */
import type { Id } from "../core/ids.ts";
import type { Market } from "../core/markets.ts";
import type { AccountName } from "../store/rail/accounts.ts";
import { readMerchant, type MerchantRow } from "../store/rail/c2b-urls.ts";
import type { OrganisationKind } from "../store/rail/organisations.ts";
import type { Sql } from "../store/driver/connect.ts";
import { listChargeAccounts, toCollectionUse } from "./rules/charges.ts";
import { decideMerchantPayment } from "./rules/pay-merchant.ts";
import { decideValidation, type ValidationResult } from "./rules/validate.ts";
import { findInvoiceUrl, type InvoiceUrl } from "./invoices.ts";
import { invoiceKind } from "./notifications.ts";
import { toInternalKey } from "./idempotency-keys.ts";
import type { HeldValidation, InstructionOrigin, Outcome } from "./instruction.ts";
import { platformInstruction, type Payments } from "./payments.ts";
import type { RecordedRefusal } from "./refusals.ts";

/** What the customer chose in the menu: a paybill with an account number, or a till. */
export type MerchantPaymentPurpose = "pay_bill" | "buy_goods";

export interface MerchantPaymentRequest {
  readonly id: Id;
  readonly msisdn: string;
  /** The shortcode of the paybill or till. */
  readonly organisation: string;
  /** The account number at a paybill. Not used for a till. */
  readonly account: string;
  readonly amountMinor: bigint;
  /** Null if it is whatever the shortcode is for. */
  readonly purpose: MerchantPaymentPurpose | null;
  readonly description: string;
  /** The application that simulates the customer; null if a customer or a tool pays. */
  readonly simulatedBy: Omit<InstructionOrigin, "endpoints"> | null;
  /** A refusal that is certain before the decision; null decides the payment. */
  readonly refusal: RecordedRefusal | null;
}

/** The markets whose customers start payments. In the others, organisations collect only what they request. */
const merchantMarkets: ReadonlySet<Market> = new Set(["safaricomKEN"]);

export const canPayMerchants = (market: Market): boolean => merchantMarkets.has(market);

/** The account that collects the payments of customers, by kind of organisation. The others take none. */
const receivingAccounts = {
  paybill: { kind: "utility", purpose: "pay_bill" },
  till: { kind: "merchant", purpose: "buy_goods" },
  store: { kind: "merchant", purpose: "buy_goods" },
} as const satisfies Partial<
  Record<OrganisationKind, Pick<AccountName, "kind"> & { purpose: MerchantPaymentPurpose }>
>;

/** The operation of a payment that no application requested. */
export const customerOperation = "customerPayment";

/** The kind of notification that a protocol owes for such a payment, and the key of its URL. */
export const confirmationKind = "confirmation";

/**
 * Moves the money, or holds it until the organisation's server has answered.
 *
 * The organisation's registration is read before the decision. One that changes meanwhile applies to the next payment.
 */
export async function payMerchant(payments: Payments, request: MerchantPaymentRequest): Promise<Outcome> {
  const { id, msisdn, organisation, amountMinor, refusal } = request;
  const merchant = await readMerchant(payments.context.sql, organisation);
  const receiver =
    merchant === undefined ? unknownReceiver(organisation) : findReceiver(merchant, request.purpose);
  const account = receiver?.kind === "merchant" ? "" : request.account;
  const invoice = await findInvoiceUrl(payments.context, organisation, account);
  const origin = toOrigin(request, merchant, invoice);
  const validation =
    merchant === undefined ? null : toValidation(merchant, payments.context.validationTimeoutMs);
  return payments.batcher.post({
    id,
    type: "collection",
    referenceKey: toInternalKey(id),
    accounts: [{ kind: "wallet", owner: msisdn }],
    creditOnlyAccounts:
      receiver === null
        ? []
        : [
            receiver,
            ...listChargeAccounts(payments.context.tariff, toCollectionUse(receiver.kind), organisation),
          ],
    originalId: null,
    mandate: null,
    sessionUsageKey: null,
    customerCounter: null,
    record: {
      organisation,
      counterparty: msisdn,
      applicationId: origin?.applicationId ?? null,
      reference: id.toString(),
      customerReference: account,
      description: request.description,
      amountMinor,
      originalId: null,
    },
    origin,
    isStartedByCustomer: true,
    decide: (state) =>
      decideMerchantPayment({ id, msisdn, receiver, amountMinor, refusal, validation }, state),
  });
}

/** An account that does not exist, so that the rule refuses it in its own order. */
const unknownReceiver = (owner: string): AccountName => ({ kind: "utility", owner });

/** An organisation that customers can pay for this purpose, or null. */
export async function findMerchant(
  sql: Sql,
  shortcode: string,
  purpose: MerchantPaymentPurpose,
): Promise<{ readonly name: string } | null> {
  const merchant = await readMerchant(sql, shortcode);
  return merchant === undefined || findReceiver(merchant, purpose) === null ? null : merchant;
}

function findReceiver(
  { shortcode, kind, stkOnly }: MerchantRow,
  purpose: MerchantPaymentPurpose | null,
): AccountName | null {
  if (stkOnly) return null;
  const account =
    kind in receivingAccounts ? receivingAccounts[kind as keyof typeof receivingAccounts] : null;
  return account === null || (purpose !== null && account.purpose !== purpose)
    ? null
    : { kind: account.kind, owner: shortcode };
}

/** The application that registered the URLs owns the payment, because the notification is signed with its secret. */
function toOrigin(
  { simulatedBy }: MerchantPaymentRequest,
  merchant: MerchantRow | undefined,
  invoice: InvoiceUrl | undefined,
): InstructionOrigin | null {
  const urls = merchant?.urls ?? null;
  const owner = urls ?? invoice;
  if (owner === undefined) return simulatedBy === null ? null : { ...simulatedBy, endpoints: null };
  return {
    applicationId: owner.applicationId,
    protocol: owner.protocol,
    operation: simulatedBy?.operation ?? customerOperation,
    endpoints: {
      ...(urls === null ? {} : { [confirmationKind]: urls.confirmationUrl }),
      ...(invoice === undefined ? {} : { [invoiceKind]: invoice.callbackUrl }),
    },
  };
}

function toValidation(
  { urls, isValidationEnabled }: MerchantRow,
  sendWithinMs: number,
): HeldValidation | null {
  if (!isValidationEnabled || urls === null || urls.validationUrl === null) return null;
  const { protocol, applicationId, validationUrl: url, responseType } = urls;
  return { protocol, applicationId, url, responseType, sendWithinMs };
}

/**
 * Ends the validation of a held payment. Of several results the first counts; the others are refused with
 * `hold_not_open`. `id` is the id of the result, not of the payment.
 */
export const completeValidation = (
  { batcher }: Payments,
  { id, paymentId, result }: { readonly id: Id; readonly paymentId: Id; readonly result: ValidationResult },
): Promise<Outcome> =>
  batcher.post({
    ...platformInstruction(id, paymentId),
    decide: (state) => decideValidation(result, state),
  });
