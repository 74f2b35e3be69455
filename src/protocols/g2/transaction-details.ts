/** How transaction status describes a payment: its parties, its reason and its status. */
import type { OrganisationDirectory } from "../../organisations/organisation-directory.ts";
import type { PaymentRow, PaymentType } from "../../payments/payments.ts";
import type { PaymentMovement, PaymentParty } from "../../payments/queries.ts";

export interface TransactionParty {
  /** `600996 - Safari Traders`. */
  readonly name: string;
  readonly accountKind: string;
  /** Null for a customer. */
  readonly organisationKind: string | null;
}

/** The debited and the credited party, also of a payment that moved no money. */
export function listParties(
  organisations: OrganisationDirectory,
  payment: PaymentRow,
  { from, to }: PaymentMovement,
): Promise<[debit: TransactionParty, credit: TransactionParty]> {
  const [debit, credit] = getIntendedParties(payment);
  return Promise.all([
    describeParty(organisations, from ?? debit),
    describeParty(organisations, to ?? credit),
  ]);
}

/** Between whom a payment would move money: an organisation's account is its main one of that kind of payment. */
function getIntendedParties({ type, organisation, counterparty }: PaymentRow): [PaymentParty, PaymentParty] {
  const utility = { kind: "utility", owner: organisation };
  const customer = { kind: "wallet", owner: counterparty };
  if (type === "payout" || type === "reversal") return [utility, customer];
  if (type !== "transfer") return [customer, utility];
  return [
    { kind: "working", owner: organisation },
    { kind: "utility", owner: counterparty },
  ];
}

async function describeParty(
  organisations: OrganisationDirectory,
  { kind, owner }: PaymentParty,
): Promise<TransactionParty> {
  if (kind === "wallet") {
    const customer = await organisations.findCustomer(owner);
    const name = customer === undefined ? "" : `${customer.firstName} ${customer.lastName}`.trim();
    return { name: formatPartyName(owner, name), accountKind: kind, organisationKind: null };
  }
  const organisation = await organisations.find(owner);
  return {
    name: formatPartyName(owner, organisation?.name ?? ""),
    accountKind: kind,
    organisationKind: organisation?.kind ?? "paybill",
  };
}

/** `254708374149 - John Doe`; the number alone if there is no name. */
export const formatPartyName = (number: string, name: string): string =>
  name === "" ? number : `${number} - ${name}`;

const reasons: Readonly<Partial<Record<PaymentType, string>>> = {
  payout: "Business Payment to Customer via API",
  transfer: "Business to Business Payment via API",
  reversal: "Transaction Reversal via API",
  debit: "Standing Order Customer Pay Bill",
};

/** The operations whose payments an organisation asked for, so that the customer got a prompt. */
const promptedOperations: ReadonlySet<string | null> = new Set(["stkPush", "lnmoCheckout"]);

/** What a payment was for. `creditKind`: the kind of the credited account. */
export function formatReason({ type, operation }: PaymentRow, creditKind: string): string {
  const reason = reasons[type];
  if (reason !== undefined) return reason;
  const purpose = creditKind === "merchant" ? "Merchant Payment" : "Pay Bill";
  return promptedOperations.has(operation) ? `${purpose} Online` : purpose;
}

const statusTexts: Readonly<Record<PaymentRow["status"], string>> = {
  // An open payment was approved and waits for the organisation, or waits for the customer (below).
  held: "Authorized",
  completed: "Completed",
  cancelled: "Cancelled",
  expired: "Expired",
  failed: "Declined",
};

export const formatStatus = ({ status, operation }: PaymentRow): string =>
  status === "held" && promptedOperations.has(operation) ? "Initiated" : statusTexts[status];
