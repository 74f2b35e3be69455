/** The confirmation of a payment at the ConfirmationURL that its organisation registered. */
import { buildC2bMessage, toTransactionType } from "./c2b-messages.ts";
import { formatMsisdn, getMsisdnForm } from "./msisdn-forms.ts";
import type { NotificationContext, NotificationForm } from "./operation.ts";
import type { WireObject } from "./wire-json.ts";

/** Owed by every payment that completed, if its organisation has registered a URL. */
export const c2bConfirmation: NotificationForm = {
  description: "The payment, at the registered ConfirmationURL.",
  isOwed: ({ status }) => status === "completed",
  render: renderConfirmation,
};

/** The same of a debit of a standing order, which has a TransactionType of its own. */
export const standingOrderConfirmation: NotificationForm = {
  ...c2bConfirmation,
  render: (context) => ({ ...renderConfirmation(context), TransactionType: standingOrderType }),
};

/** For paybills and tills. */
const standingOrderType = "Standing Order Customer Pay Bill";

function renderConfirmation({
  payment,
  parties,
  receipt,
  settings,
  endedAt,
}: NotificationContext): WireObject {
  const { customer, balances, organisationKind, msisdnForm, registrationVersion } = parties;
  const transactionType = toTransactionType(organisationKind ?? "");
  const form = getMsisdnForm(msisdnForm, registrationVersion ?? "");
  return buildC2bMessage({
    transactionType,
    receipt,
    at: endedAt,
    amountMinor: payment.amountMinor,
    shortcode: payment.organisation,
    account: payment.customerReference,
    balanceMinor: (transactionType === "Buy Goods" ? balances["merchant"] : balances["utility"]) ?? 0n,
    thirdPartyReference: payment.thirdPartyReference,
    msisdn: formatMsisdn(payment.counterparty, form, settings.maskStyle),
    firstName: customer?.firstName ?? "",
    middleName: customer?.middleName ?? "",
    lastName: customer?.lastName ?? "",
  });
}
