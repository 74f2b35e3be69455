/** Bill Manager: invoices are sent, changed and cancelled, one or many at a time, and payments are acknowledged. */
import {
  cancelInvoices,
  changeInvoices,
  hasInvoice,
  sendInvoices,
  type BillerRow,
  type InvoiceConflict,
  type InvoiceDetails,
} from "../../../payments/invoices.ts";
import {
  billManagerPaths,
  cancelResponse,
  findRequestBiller,
  invoiceFields,
  invoiceResponse,
  readList,
  referenceFields,
  refuseBiller,
  refuseInvoices,
  simpleResponse,
  success,
  toInvoices,
} from "../bill-manager.ts";
import type { FieldValues } from "../fields.ts";
import { text, wholeAmount } from "../fields.ts";
import { defineDarajaOperation, type CallReply, type DarajaCall } from "../operation.ts";

const shared = {
  product: "darajaBillManager",
  family: "billManager",
  organisation: null,
  results: {},
  notifications: {},
} as const;

const sentText = "Invoice sent successfully";
const changedText = "Invoice updated successfully.";
const writtenTexts = { sent: sentText, updated: changedText } as const;
const cancelledText = "Invoice cancelled successfully.";

type InvoiceValues = FieldValues<typeof invoiceFields>;
type BillCall = Pick<DarajaCall, "headers" | "payments" | "application">;
type Change = (
  payments: DarajaCall["payments"],
  biller: BillerRow,
  invoices: readonly InvoiceDetails[],
) => Promise<InvoiceConflict[]>;

/** Sends or changes invoices: all of them, or none. */
async function writeInvoices(
  call: BillCall,
  list: readonly InvoiceValues[],
  write: Change,
  action: keyof typeof writtenTexts,
): Promise<CallReply> {
  const biller = await findRequestBiller(call);
  if (biller === undefined) return refuseBiller();
  const read = toInvoices(list);
  if ("reply" in read) return read.reply;
  const conflicts = await write(call.payments, biller, read.invoices);
  return conflicts.length > 0
    ? refuseInvoices(conflicts, action)
    : {
        body: { Status_Message: writtenTexts[action], ...success },
        code: "200",
        reason: `${read.invoices.length} invoices.`,
      };
}

export const billSingleInvoice = defineDarajaOperation({
  ...shared,
  name: "billSingleInvoice",
  title: "Bill Manager: send an invoice",
  description:
    "Sends an invoice; a customer with a handset gets an SMS. A payment to the organisation whose account is the invoice's counts towards it, and is pushed to the biller's callbackurl.",
  ...billManagerPaths("single-invoicing"),
  fields: invoiceFields,
  response: invoiceResponse(sentText),
  handle: (call) => writeInvoices(call, [call.values], sendInvoices, "sent"),
});

export const billBulkInvoices = defineDarajaOperation({
  ...shared,
  name: "billBulkInvoices",
  title: "Bill Manager: send many invoices",
  description: "Sends up to 1000 invoices: all of them, or none if one is refused.",
  ...billManagerPaths("bulk-invoicing"),
  body: "list",
  fields: invoiceFields,
  response: invoiceResponse(sentText),
  async handle(call) {
    const read = readList(call, invoiceFields);
    return "reply" in read ? read.reply : writeInvoices(call, read.list, sendInvoices, "sent");
  },
});

export const billChangeInvoice = defineDarajaOperation({
  ...shared,
  name: "billChangeInvoice",
  title: "Bill Manager: change an invoice",
  description: "Changes an invoice that is not paid. It is found by its externalReference.",
  ...billManagerPaths("change-invoice"),
  fields: invoiceFields,
  response: invoiceResponse(changedText),
  handle: (call) => writeInvoices(call, [call.values], changeInvoices, "updated"),
});

export const billChangeInvoices = defineDarajaOperation({
  ...shared,
  name: "billChangeInvoices",
  title: "Bill Manager: change many invoices",
  description: "Changes up to 1000 invoices: all of them, or none if one is refused.",
  ...billManagerPaths("change-invoices"),
  body: "list",
  fields: invoiceFields,
  response: invoiceResponse(changedText),
  async handle(call) {
    const read = readList(call, invoiceFields);
    return "reply" in read ? read.reply : writeInvoices(call, read.list, changeInvoices, "updated");
  },
});

async function cancel(call: BillCall, references: readonly string[]): Promise<CallReply> {
  const biller = await findRequestBiller(call);
  if (biller === undefined) return refuseBiller();
  const conflicts = await cancelInvoices(call.payments.context, biller, references);
  return conflicts.length > 0
    ? refuseInvoices(conflicts, "cancelled")
    : {
        body: { Status_Message: cancelledText, ...success, errors: [] },
        code: "200",
        reason: `${references.length} invoices were cancelled.`,
      };
}

export const billCancelInvoice = defineDarajaOperation({
  ...shared,
  name: "billCancelInvoice",
  title: "Bill Manager: cancel an invoice",
  description: "Cancels an invoice. One that is paid, also in part, is a conflict.",
  ...billManagerPaths("cancel-single-invoice"),
  fields: referenceFields,
  response: cancelResponse(cancelledText),
  handle: (call) => cancel(call, [call.values.externalReference]),
});

export const billCancelInvoices = defineDarajaOperation({
  ...shared,
  name: "billCancelInvoices",
  title: "Bill Manager: cancel many invoices",
  description: "Cancels up to 1000 invoices: all of them, or none if one is refused.",
  ...billManagerPaths("cancel-bulk-invoices", "cancel-bulk-invoice"),
  body: "list",
  fields: referenceFields,
  response: cancelResponse(cancelledText),
  async handle(call) {
    const read = readList(call, referenceFields);
    return "reply" in read
      ? read.reply
      : cancel(
          call,
          read.list.map(({ externalReference }) => externalReference),
        );
  },
});

export const billReconciliation = defineDarajaOperation({
  ...shared,
  name: "billReconciliation",
  title: "Bill Manager: acknowledge a payment",
  description: "Acknowledges the payment of an invoice that was pushed. It changes nothing.",
  ...billManagerPaths("reconciliation"),
  fields: {
    paymentDate: text({ description: "The day of the payment.", example: "2021-10-01", maxLength: 40 }),
    paidAmount: wholeAmount({ description: "What was paid.", example: "800", max: 999_999_999 }),
    accountReference: invoiceFields.accountReference,
    transactionId: text({ description: "The receipt.", example: "PJB53MYR1N", maxLength: 40 }),
    phoneNumber: text({ description: "The customer.", example: "0710000000", maxLength: 40 }),
    fullName: text({ description: "The customer's name.", example: "John Doe", maxLength: 100 }),
    invoiceName: invoiceFields.invoiceName,
    externalReference: invoiceFields.externalReference,
  },
  response: simpleResponse,
  async handle(call) {
    const biller = await findRequestBiller(call);
    if (biller === undefined) return refuseBiller();
    const { externalReference } = call.values;
    return (await hasInvoice(call.payments.context, biller.shortcode, externalReference))
      ? { body: success, code: "200", reason: "The payment was acknowledged." }
      : refuseInvoices([{ externalReference, problem: "unknown" }], "acknowledged");
  },
});
