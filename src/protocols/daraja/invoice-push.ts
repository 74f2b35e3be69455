/** The payment of an invoice, pushed to its biller. */
import { formatNairobiTime } from "../g2/identifiers.ts";
import type { NotificationForm } from "./operation.ts";
import { formatDecimal } from "../g2/formats.ts";

const dateExpression = /^(\d{4})(\d{2})(\d{2})\d{6}$/;

/** Owed by every payment that completed, if its account was that of an open invoice. */
export const invoicePush: NotificationForm = {
  description: "The payment of an open invoice, at the biller's callbackurl. Five attempts.",
  isOwed: ({ status }) => status === "completed",
  render: ({ payment, receipt, endedAt }) => ({
    transactionId: receipt,
    paidAmount: formatDecimal(payment.amountMinor).replace(/\.00$/, ""),
    msisdn: payment.counterparty,
    dateCreated: formatNairobiTime(endedAt).replace(dateExpression, "$1-$2-$3"),
    accountReference: payment.customerReference,
    shortCode: payment.organisation,
  }),
};
