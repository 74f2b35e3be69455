/** What notifications say of the parties of payments: names and settings. */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toArrayLiteral } from "../driver/array-columns.ts";
import type { AccountKind } from "./accounts.ts";
import type { ConfirmationForm, OrganisationKind } from "./organisations.ts";

/** The parties of a payment when they are read. */
export interface PaymentParties {
  /** Empty if no organisation took part. */
  readonly organisationName: string;
  readonly organisationKind: OrganisationKind | null;
  /** How the organisation wants customers named in confirmations; null as its registration's version has it. */
  readonly msisdnForm: ConfirmationForm | null;
  /** The version of the organisation's registered URLs; null if it has registered none. */
  readonly registrationVersion: string | null;
  /** The name of the other organisation of a transfer, or the customer's full name. Empty if it is unknown. */
  readonly counterpartyName: string;
  /** Null if the other party is no customer. */
  readonly customer: CustomerNames | null;
  /** The kind of the account that the payment debited; null if it moved no money. */
  readonly debitKind: AccountKind | null;
  /** What the organisation was charged for the payment. */
  readonly chargeMinor: bigint;
  /** The receipt of the payment that this one reversed or completed; null if there is none. */
  readonly originalReceipt: string | null;
}

export interface CustomerNames {
  readonly firstName: string;
  /** Empty: customers are registered with two names. */
  readonly middleName: string;
  readonly lastName: string;
}

interface PartyRow {
  readonly id: bigint;
  readonly organisation: string;
  readonly organisationName: string | null;
  readonly organisationKind: OrganisationKind | null;
  readonly msisdnForm: ConfirmationForm | null;
  readonly registrationVersion: string | null;
  readonly receiverName: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly originalReceipt: string | null;
  readonly debitKind: AccountKind | null;
}

/** By payment. The statements share a round trip. */
export async function readPaymentParties(
  sql: Sql | Transaction,
  paymentIds: readonly bigint[],
): Promise<ReadonlyMap<bigint, PaymentParties>> {
  const ids = toArrayLiteral(paymentIds);
  const [rows, charges] = await Promise.all([
    sql<PartyRow[]>`
      select p.id, p.organisation, o.name as "organisationName", o.kind as "organisationKind",
             o.confirmation_msisdn as "msisdnForm", u.version as "registrationVersion", r.name as "receiverName",
             c.first_name as "firstName", c.last_name as "lastName", original.receipt as "originalReceipt", d.kind as "debitKind"
      from payments p
      left join organisations o on o.shortcode = p.organisation
      left join c2b_urls u on u.shortcode = p.organisation
      left join organisations r on r.shortcode = p.counterparty
      left join customers c on c.msisdn = p.counterparty
      left join accounts d on d.id = p.debit_account
      left join payments original on original.id = p.original_id
      where p.id = any(${ids}::bigint[])`,
    sql<{ paymentId: bigint; amountMinor: bigint }[]>`
      select payment_id as "paymentId", sum(amount_minor)::bigint as "amountMinor" from postings
      where payment_id = any(${ids}::bigint[]) and type = 'charge' group by payment_id`,
  ]);
  const chargeByPayment = new Map(charges.map(({ paymentId, amountMinor }) => [paymentId, amountMinor]));
  return new Map(rows.map((row) => [row.id, toParties(row, chargeByPayment.get(row.id) ?? 0n)]));
}

function toParties(row: PartyRow, chargeMinor: bigint): PaymentParties {
  const { organisationKind, msisdnForm, registrationVersion, originalReceipt, debitKind } = row;
  const customer =
    row.firstName === null || row.lastName === null
      ? null
      : { firstName: row.firstName, middleName: "", lastName: row.lastName };
  return {
    organisationName: row.organisationName ?? "",
    organisationKind,
    msisdnForm,
    registrationVersion,
    counterpartyName:
      customer === null ? (row.receiverName ?? "") : `${customer.firstName} ${customer.lastName}`.trim(),
    customer,
    debitKind,
    chargeMinor,
    originalReceipt,
  };
}
