/** The client's calls of Bill Manager. */
import { defineCall, read, type CallOptions, type RequestFields } from "./call.ts";
import * as encode from "./field-encoders.ts";
import type * as requests from "./requests.ts";
import type * as results from "./results.ts";

const billManager = "/v1/billmanager-invoice/";

const billCall: CallOptions = { code: "rescode", description: "resmsg", successCodes: /^200$/ };

const billerFields: RequestFields<requests.BillerRequest> = {
  shortcode: encode.shortcodeText("shortcode"),
  email: encode.text("email"),
  officialContact: encode.text("officialContact"),
  sendReminders: encode.choice("sendReminders", { true: "1", false: "0" }),
  logo: encode.optional(encode.text("logo", 100_000)),
  callbackUrl: encode.url("callbackurl"),
};

const invoiceFields: RequestFields<requests.InvoiceRequest> = {
  externalReference: encode.text("externalReference"),
  billedFullName: encode.text("billedFullName"),
  billedPhoneNumber: encode.msisdnText("billedPhoneNumber"),
  billedPeriod: encode.text("billedPeriod"),
  invoiceName: encode.text("invoiceName"),
  dueDate: encode.text("dueDate"),
  accountReference: encode.text("accountReference"),
  amount: encode.amountText("amount"),
  invoiceItems: encode.optional(
    encode.items("invoiceItems", {
      itemName: encode.text("itemName"),
      amount: encode.amountText("amount"),
    }),
  ),
};

const cancelFields: RequestFields<requests.CancelInvoiceRequest> = {
  externalReference: encode.text("externalReference"),
};

export const billManagerCalls = {
  registerBiller: defineCall<requests.BillerRequest, results.Biller>(
    `${billManager}optin`,
    billerFields,
    { appKey: read("app_key") },
    billCall,
  ),
  changeBiller: defineCall<requests.BillerRequest, results.Done>(
    `${billManager}change-optin-details`,
    billerFields,
    {},
    billCall,
  ),
  createInvoice: defineCall<requests.InvoiceRequest, results.Done>(
    `${billManager}single-invoicing`,
    invoiceFields,
    {},
    billCall,
  ),
  createInvoices: defineCall<requests.InvoiceRequest, results.Done>(
    `${billManager}bulk-invoicing`,
    invoiceFields,
    {},
    billCall,
  ),
  changeInvoice: defineCall<requests.InvoiceRequest, results.Done>(
    `${billManager}change-invoice`,
    invoiceFields,
    {},
    billCall,
  ),
  changeInvoices: defineCall<requests.InvoiceRequest, results.Done>(
    `${billManager}change-invoices`,
    invoiceFields,
    {},
    billCall,
  ),
  reconcileInvoice: defineCall<requests.ReconcileInvoiceRequest, results.Done>(
    `${billManager}reconciliation`,
    {
      paymentDate: encode.text("paymentDate"),
      paidAmount: encode.amountText("paidAmount"),
      accountReference: encode.text("accountReference"),
      transactionId: encode.text("transactionId"),
      phoneNumber: encode.msisdnText("phoneNumber"),
      fullName: encode.text("fullName"),
      invoiceName: encode.text("invoiceName"),
      externalReference: encode.text("externalReference"),
    },
    {},
    billCall,
  ),
  cancelInvoice: defineCall<requests.CancelInvoiceRequest, results.Done>(
    `${billManager}cancel-single-invoice`,
    cancelFields,
    {},
    billCall,
  ),
  cancelInvoices: defineCall<requests.CancelInvoiceRequest, results.Done>(
    `${billManager}cancel-bulk-invoices`,
    cancelFields,
    {},
    billCall,
  ),
};
