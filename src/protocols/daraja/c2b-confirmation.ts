/** The confirmation of a payment at the ConfirmationURL that its organisation registered. */
import { renderC2bMessage } from "./c2b-messages.ts";
import type { NotificationForm } from "./operation.ts";

/** Owed by every payment that completed, if its organisation has registered a URL. */
export const c2bConfirmation: NotificationForm = {
  description: "The payment, at the registered ConfirmationURL.",
  isOwed: ({ status }) => status === "completed",
  render: ({ payment, parties, balances, receipt, settings: { maskStyle }, endedAt }) =>
    renderC2bMessage(payment, parties, { receipt, at: endedAt, balances, maskStyle }),
};

/** The same of a debit of a standing order, which has a TransactionType of its own. */
export const standingOrderConfirmation: NotificationForm = {
  ...c2bConfirmation,
  render: (context) => ({ ...c2bConfirmation.render(context), TransactionType: standingOrderType }),
};

/** For paybills and tills. */
const standingOrderType = "Standing Order Customer Pay Bill";
