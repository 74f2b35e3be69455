/** The parties of a payment for people: names, and numbers that are masked where the developer may not read them. */
import type { PaymentFacts } from "./payment-facts.ts";
import type { PaymentHistory } from "./payment-response.ts";
import { formatMask } from "./request-response.ts";

type Side = "organisation" | "counterparty";
type Party = PaymentHistory["payer"];

/** Who pays, by the type of the payment. */
export function getPayer({ payment }: PaymentFacts): Side {
  const { type } = payment;
  return type === "payout" || type === "transfer" || type === "reversal" ? "organisation" : "counterparty";
}

export function toParty(facts: PaymentFacts, side: Side): Party {
  const { payment, parties } = facts;
  if (side === "organisation")
    return {
      kind: "organisation",
      name: parties?.organisationName === "" ? null : (parties?.organisationName ?? null),
      number: payment.organisation,
    };
  const isCustomer = isMsisdn(payment.counterparty);
  const name = parties?.counterpartyName ?? "";
  return {
    kind: isCustomer ? "customer" : "organisation",
    name: name === "" || (isCustomer && !facts.readsCustomers) ? null : name,
    number: isCustomer ? formatMsisdn(facts, payment.counterparty) : payment.counterparty,
  };
}

export function formatParty(facts: PaymentFacts, side: Side): string {
  const { name, number } = toParty(facts, side);
  return name === null ? number : `${name}, ${number}`;
}

/** An account's owner in a posting. */
export function formatOwner(facts: PaymentFacts, kind: string, owner: string): string {
  if (owner === facts.payment.organisation) return `${formatParty(facts, "organisation")} (${kind})`;
  if (owner === facts.payment.counterparty && kind === "wallet") return formatParty(facts, "counterparty");
  return `${isMsisdn(owner) ? formatMsisdn(facts, owner) : owner} (${kind})`;
}

export const formatMsisdn = ({ readsCustomers }: PaymentFacts, msisdn: string): string =>
  readsCustomers ? msisdn : formatMask(msisdn);

/** Shortcodes have at most ten digits. */
const isMsisdn = (text: string): boolean => /^[0-9]{11,15}$/.test(text);
