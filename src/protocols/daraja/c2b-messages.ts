/**
 * The two messages of a C2B payment to an organisation's server, and the answer to the first: validation and confirmation.
 *
 * Both have the same fields in the same order, and all values are strings. A validation has no balance yet. Pure.
 */
import type { ValidationAnswer, ValidationResponse } from "../../validations/validation-format.ts";
import type { ValidationRefusal } from "../../payments/rules/validate.ts";
import type { OrganisationBalances, PaymentParties } from "../../callbacks/notification.ts";
import type { PaymentRow } from "../../payments/payments.ts";
import { formatNairobiTime } from "../g2/identifiers.ts";
import { formatMsisdn, getMsisdnForm, type MaskStyle } from "./msisdn-forms.ts";
import { cutThirdPartyReference, findValidationRefusal, toTransactionType } from "../g2/c2b.ts";
import { formatDecimal } from "../g2/formats.ts";
import type { WireObject } from "./wire-json.ts";

export interface C2bMessage {
  /** `Pay Bill`, `Buy Goods`, or what a standing order is called. */
  readonly transactionType: string;
  /** The payment's receipt. */
  readonly receipt: string;
  /** Business time, in milliseconds since 1970. */
  readonly at: number;
  readonly amountMinor: bigint;
  readonly shortcode: string;
  /** The account number at a paybill; empty for a till. */
  readonly account: string;
  /** The organisation's balance after the payment; null in a validation. */
  readonly balanceMinor: bigint | null;
  /** What the organisation's server called the payment when it validated it; null if it did not. */
  readonly thirdPartyReference: string | null;
  /** As `formatMsisdn` writes it. */
  readonly msisdn: string;
  readonly firstName: string;
  readonly middleName: string;
  readonly lastName: string;
}

/** What differs between the messages about one payment. */
export interface C2bRendering {
  readonly receipt: string;
  /** Business time, in milliseconds since 1970. */
  readonly at: number;
  /** The organisation's balances after the payment, in a confirmation; null in a validation. */
  readonly balances: OrganisationBalances | null;
  readonly maskStyle: MaskStyle;
}

/** The message about a payment, with the names of its parties. */
export function renderC2bMessage(
  payment: PaymentRow,
  parties: PaymentParties,
  { receipt, at, balances, maskStyle }: C2bRendering,
): WireObject {
  const { customer, organisationKind, msisdnForm, registrationVersion } = parties;
  const transactionType = toTransactionType(organisationKind ?? "");
  const account = transactionType === "Buy Goods" ? "merchant" : "utility";
  return buildC2bMessage({
    transactionType,
    receipt,
    at,
    amountMinor: payment.amountMinor,
    shortcode: payment.organisation,
    account: payment.customerReference,
    balanceMinor: balances === null ? null : (balances[account] ?? 0n),
    thirdPartyReference: payment.thirdPartyReference,
    msisdn: formatMsisdn(
      payment.counterparty,
      getMsisdnForm(msisdnForm, registrationVersion ?? ""),
      maskStyle,
    ),
    firstName: customer?.firstName ?? "",
    middleName: customer?.middleName ?? "",
    lastName: customer?.lastName ?? "",
  });
}

/** The fields of a validation or a confirmation. */
export function buildC2bMessage(message: C2bMessage): WireObject {
  const { balanceMinor } = message;
  return {
    TransactionType: message.transactionType,
    TransID: message.receipt,
    TransTime: formatNairobiTime(message.at),
    TransAmount: formatDecimal(message.amountMinor),
    BusinessShortCode: message.shortcode,
    BillRefNumber: message.account,
    InvoiceNumber: "",
    OrgAccountBalance: balanceMinor === null ? "" : formatDecimal(balanceMinor),
    ThirdPartyTransID: message.thirdPartyReference ?? "",
    MSISDN: message.msisdn,
    FirstName: message.firstName,
    MiddleName: message.middleName,
    LastName: message.lastName,
  };
}

/**
 * Reads the answer of an organisation's server. The number 0 or the string "0" accepts, any other `ResultCode` rejects,
 * whatever the HTTP status of a rejection is. A response without a `ResultCode` is no answer.
 */
export function parseValidationAnswer({ httpStatus, body }: ValidationResponse): ValidationAnswer {
  const fields = parseObject(body);
  if (fields === null) return { verdict: "none", failure: "The response is not a JSON object." };
  const code = fields["ResultCode"];
  if (code === undefined || code === null)
    return { verdict: "none", failure: "The response has no ResultCode." };
  if (code !== 0 && code !== "0") return { verdict: "refused", refusal: findRefusal(code) };
  if (httpStatus < 200 || httpStatus > 299)
    return { verdict: "none", failure: `It answered ${httpStatus}, which does not accept the payment.` };
  return { verdict: "accepted", thirdPartyReference: readThirdPartyReference(fields["ThirdPartyTransID"]) };
}

function parseObject(body: string): Readonly<Record<string, unknown>> | null {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Readonly<Record<string, unknown>>)
      : null;
  } catch {
    return null;
  }
}

const findRefusal = (code: unknown): ValidationRefusal =>
  typeof code === "string" ? findValidationRefusal(code) : "validation_rejected";

function readThirdPartyReference(value: unknown): string | null {
  return typeof value === "string" || typeof value === "number"
    ? cutThirdPartyReference(String(value))
    : null;
}
