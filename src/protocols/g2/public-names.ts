/** How results name parties and write times. */
import { formatNairobiTime } from "./identifiers.ts";
import type { PaymentParties } from "../../callbacks/notification.ts";
import type { PaymentRow } from "../../payments/payments.ts";

/** A payment in a notification, with its parties. */
export interface NotifiedParties {
  readonly payment: Pick<PaymentRow, "organisation" | "counterparty">;
  readonly parties: PaymentParties;
}

/** The other party of a payment, such as `254708374149 - John Doe` or `600000 - Umoja Wholesalers`. */
export const formatCounterparty = ({ payment, parties }: NotifiedParties): string =>
  formatParty(payment.counterparty, parties.counterpartyName);

/** The organisation of a payment. */
export const formatOrganisation = ({ payment, parties }: NotifiedParties): string =>
  formatParty(payment.organisation, parties.organisationName);

const formatParty = (number: string, name: string): string => (name === "" ? number : `${number} - ${name}`);

/** A time as `dd.MM.yyyy HH:mm:ss` in Nairobi. */
export const formatDottedTime = (at: number): string => formatSeparatedTime(at, ".");

/** A time as `dd/MM/yyyy HH:mm:ss` in Nairobi. */
export const formatSlashedTime = (at: number): string => formatSeparatedTime(at, "/");

function formatSeparatedTime(at: number, separator: string): string {
  const time = formatNairobiTime(at);
  const part = (from: number, until: number): string => time.slice(from, until);
  const date = [part(6, 8), part(4, 6), part(0, 4)].join(separator);
  return `${date} ${part(8, 10)}:${part(10, 12)}:${part(12, 14)}`;
}
