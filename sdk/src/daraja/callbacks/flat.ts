/** The callbacks of express checkout, Ratiba and Bill Manager. */
import { readList, readPath, readText } from "../wire-response.ts";
import {
  findAmount,
  findText,
  interpretCode,
  isCode,
  isIdentifier,
  missing,
  type CallbackFields,
  type Meaning,
} from "./values.ts";

/** The result of a `collectFromTill`. */
export interface CheckoutDetails extends Meaning {
  readonly kind: "checkout";
  /** The `reference` of the request. requestId */
  readonly requestId: string;
  readonly amount: string | null;
  /** The payment's receipt, transactionId; null if it failed. */
  readonly receipt: string | null;
  readonly conversationId: string | null;
  /** Only of a failure. */
  readonly paymentReference: string | null;
}

/** The customer's answer to a `createRatibaOrder`. */
export interface RatibaOrderDetails extends Meaning {
  readonly kind: "ratiba-order";
  /** From the result of `createRatibaOrder`. responseRefID */
  readonly requestId: string;
  /** TransactionID; null if it failed. */
  readonly receipt: string | null;
  /** Masked. */
  readonly msisdn: string | null;
}

/** Bill Manager: a payment of an invoice. */
export interface InvoicePaymentDetails extends Meaning {
  readonly kind: "invoice";
  readonly outcome: "accepted";
  /** The payment's receipt, transactionId. */
  readonly receipt: string;
  readonly amount: string;
  readonly msisdn: string;
  readonly accountReference: string;
  readonly shortcode: string;
  /** As the platform wrote it. */
  readonly dateCreated: string;
}

export function parseFlat(
  fields: CallbackFields,
): CheckoutDetails | RatibaOrderDetails | InvoicePaymentDetails | string {
  if (readPath(fields, "paidAmount") !== undefined) return parseInvoicePayment(fields);
  if (readPath(fields, "requestId") !== undefined) return parseCheckout(fields);
  const header = readPath(fields, "responseHeader") ?? readPath(fields, "ResponseHeader");
  if (header !== undefined) return parseRatibaOrder(fields, header);
  return "The body is none of M-Pesa's callbacks.";
}

function parseCheckout(fields: CallbackFields): CheckoutDetails | string {
  const requestId = readText(fields, "requestId");
  const code = readText(fields, "resultCode");
  if (!isIdentifier(requestId)) return missing("requestId");
  if (!isCode(code)) return missing("resultCode");
  return {
    kind: "checkout",
    ...interpretCode(code, readText(fields, "resultDesc")),
    requestId,
    amount: findAmount(fields, "amount"),
    receipt: findText(fields, "transactionId"),
    conversationId: findText(fields, "conversationID"),
    paymentReference: findText(fields, "paymentReference"),
  };
}

/** A success has lower-case names, a failure has upper-case ones. */
function parseRatibaOrder(fields: CallbackFields, header: unknown): RatibaOrderDetails | string {
  const requestId = readText(header, "responseRefID");
  const code = readText(header, "responseCode");
  if (!isIdentifier(requestId)) return missing("responseRefID");
  if (!isCode(code)) return missing("responseCode");
  const data = readPath(fields, "responseBody.responseData") ?? readPath(fields, "ResponseBody.ResponseData");
  const values = Object.fromEntries(
    readList(data).map((item) => [
      (readText(item, "name") || readText(item, "Name")).toLowerCase(),
      readText(item, "value") || readText(item, "Value"),
    ]),
  );
  const meaning = interpretCode(code === "200" ? "0" : code, readText(header, "responseDescription"));
  return {
    kind: "ratiba-order",
    ...meaning,
    requestId,
    receipt: meaning.outcome === "accepted" ? findText(values, "transactionid") : null,
    msisdn: findText(values, "msisdn"),
  };
}

function parseInvoicePayment(fields: CallbackFields): InvoicePaymentDetails | string {
  const receipt = readText(fields, "transactionId");
  const amount = findAmount(fields, "paidAmount");
  if (!isIdentifier(receipt)) return missing("transactionId");
  if (amount === null) return missing("paidAmount");
  return {
    kind: "invoice",
    outcome: "accepted",
    code: "0",
    reason: "The customer paid the invoice.",
    advice: "",
    receipt,
    amount,
    msisdn: readText(fields, "msisdn"),
    accountReference: readText(fields, "accountReference"),
    shortcode: readText(fields, "shortCode"),
    dateCreated: readText(fields, "dateCreated"),
  };
}
