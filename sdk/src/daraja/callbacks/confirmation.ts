/** A payment to a paybill or till: the confirmation after it, and the validation before it, which has the same fields. */
import { parseNairobiTime } from "../credentials.ts";
import { readText } from "../wire-response.ts";
import { findAmount, findText, isIdentifier, missing, type CallbackFields, type Meaning } from "./values.ts";

/** A payment that a customer makes. */
export interface CustomerPayment {
  /** The payment's receipt, TransID. */
  readonly receipt: string;
  /** Such as `Pay Bill` or `Buy Goods`. TransactionType */
  readonly transactionType: string;
  /** With two decimals. TransAmount */
  readonly amount: string;
  /** TransTime */
  readonly paidAt: Date | null;
  /** Your organisation's shortcode, BusinessShortCode. */
  readonly shortcode: string;
  /** The account that the customer paid to, BillRefNumber; empty at a till. */
  readonly accountReference: string;
  /** InvoiceNumber */
  readonly invoiceNumber: string | null;
  /** The customer's number, as the platform shows it to you: all digits, some of them, or its SHA-256. MSISDN */
  readonly msisdn: string;
  readonly firstName: string | null;
  readonly middleName: string | null;
  readonly lastName: string | null;
}

/** A payment that was made. */
export interface ConfirmationDetails extends CustomerPayment, Meaning {
  readonly kind: "confirmation";
  readonly outcome: "accepted";
  /** Your account's balance after the payment, OrgAccountBalance. */
  readonly balance: string | null;
  /** What your validation called the payment, ThirdPartyTransID. */
  readonly thirdPartyTransactionId: string | null;
}

export function parseConfirmation(fields: CallbackFields): ConfirmationDetails | string {
  const payment = parseCustomerPayment(fields);
  if (typeof payment === "string") return payment;
  return {
    kind: "confirmation",
    outcome: "accepted",
    code: "0",
    reason: "The customer paid.",
    advice: "",
    ...payment,
    balance: findAmount(fields, "OrgAccountBalance"),
    thirdPartyTransactionId: findText(fields, "ThirdPartyTransID"),
  };
}

/** Returns the payment, or an error message. */
export function parseCustomerPayment(fields: CallbackFields): CustomerPayment | string {
  const receipt = readText(fields, "TransID");
  const amount = findAmount(fields, "TransAmount");
  const shortcode = readText(fields, "BusinessShortCode");
  if (!isIdentifier(receipt)) return missing("TransID");
  if (amount === null) return missing("TransAmount");
  if (!/^\d{1,12}$/.test(shortcode)) return missing("BusinessShortCode");
  return {
    receipt,
    transactionType: readText(fields, "TransactionType"),
    amount,
    paidAt: parseNairobiTime(readText(fields, "TransTime")),
    shortcode,
    accountReference: readText(fields, "BillRefNumber"),
    invoiceNumber: findText(fields, "InvoiceNumber"),
    msisdn: readText(fields, "MSISDN"),
    firstName: findText(fields, "FirstName"),
    middleName: findText(fields, "MiddleName"),
    lastName: findText(fields, "LastName"),
  };
}
