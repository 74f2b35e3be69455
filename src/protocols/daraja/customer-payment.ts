/** What payments owe to their organisation that no call of Daraja requests: a customer started them, or a standing order. */
import { customerOperation } from "../../payments/pay-merchant.ts";
import { standingOrderOperation } from "../../payments/standing-orders.ts";
import { c2bConfirmation, standingOrderConfirmation } from "./c2b-confirmation.ts";
import { invoicePush } from "./invoice-push.ts";
import type { NotifyingOperation } from "./operation.ts";

export const customerPayment: NotifyingOperation = {
  name: customerOperation,
  results: {},
  notifications: { confirmation: c2bConfirmation, invoice: invoicePush },
};

/** A debit that fails owes nothing: the organisation learns of those that it gets. */
export const standingOrderDebit: NotifyingOperation = {
  name: standingOrderOperation,
  results: {},
  notifications: { confirmation: standingOrderConfirmation, invoice: invoicePush },
};
