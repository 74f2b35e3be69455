/** Payments: one row for every instruction that changes the ledger, with its final status. */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toTimestamp, toArrayLiteral, toTextArrayLiteral } from "../driver/array-columns.ts";
import type { Endpoints, HoldKind } from "./holds.ts";

export type PaymentType =
  | "collection"
  | "payout"
  | "transfer"
  | "reversal"
  | "debit"
  | "mandate"
  | "mandate_cancel"
  | "step"
  | "funding";

export type PaymentStatus = "held" | "completed" | "failed" | "cancelled" | "expired";

export interface PaymentRow {
  id: bigint;
  type: PaymentType;
  /** The protocol and operation of its request; both null if the platform made the payment. */
  protocol: string | null;
  operation: string | null;
  status: PaymentStatus;
  refusal: string | null;
  amountMinor: bigint;
  reversedMinor: bigint;
  debitAccount: bigint | null;
  creditAccount: bigint | null;
  organisation: string;
  counterparty: string;
  applicationId: bigint | null;
  reference: string;
  customerReference: string;
  description: string;
  originalId: bigint | null;
  mandateId: bigint | null;
  holdCode: string | null;
  /** The dated receipt, in the markets that have them (`payments/receipts.ts`). */
  receipt: string | null;
  /** How many notifications the outcome owes; 0 while a prompt is open. */
  notificationsOwed: number;
  /** What the organisation's server called the payment when it accepted it. */
  thirdPartyReference: string | null;
  at: Date;
  endedAt: Date | null;
}

/** A row to insert. Its times are those of the batch. */
export type NewPayment = Omit<PaymentRow, "reversedMinor" | "thirdPartyReference" | "at" | "endedAt">;

export async function insertPayments(
  tx: Transaction,
  rows: readonly NewPayment[],
  at: number,
): Promise<void> {
  await tx`
    insert into payments (id, type, protocol, operation, status, refusal, amount_minor, debit_account, credit_account, organisation,
                          counterparty, application_id, reference, customer_reference, description,
                          original_id, mandate_id, hold_code, receipt, notifications_owed, at, ended_at)
    select id, type, protocol, operation, status, refusal, amount_minor, debit_account, credit_account, organisation,
           counterparty, application_id, reference, customer_reference, description,
           original_id, mandate_id, hold_code, receipt, notifications_owed, ${toTimestamp(at)}::timestamptz,
           case when status <> 'held' then ${toTimestamp(at)}::timestamptz end
    from unnest(${toArrayLiteral(rows.map((row) => row.id))}::bigint[],
                ${toArrayLiteral(rows.map((row) => row.type))}::text[],
                ${toArrayLiteral(rows.map((row) => row.protocol))}::text[],
                ${toArrayLiteral(rows.map((row) => row.operation))}::text[],
                ${toArrayLiteral(rows.map((row) => row.status))}::text[],
                ${toArrayLiteral(rows.map((row) => row.refusal))}::text[],
                ${toArrayLiteral(rows.map((row) => row.amountMinor))}::bigint[],
                ${toArrayLiteral(rows.map((row) => row.debitAccount))}::bigint[],
                ${toArrayLiteral(rows.map((row) => row.creditAccount))}::bigint[],
                ${toTextArrayLiteral(rows.map((row) => row.organisation))}::text[],
                ${toTextArrayLiteral(rows.map((row) => row.counterparty))}::text[],
                ${toArrayLiteral(rows.map((row) => row.applicationId))}::bigint[],
                ${toTextArrayLiteral(rows.map((row) => row.reference))}::text[],
                ${toTextArrayLiteral(rows.map((row) => row.customerReference))}::text[],
                ${toTextArrayLiteral(rows.map((row) => row.description))}::text[],
                ${toArrayLiteral(rows.map((row) => row.originalId))}::bigint[],
                ${toArrayLiteral(rows.map((row) => row.mandateId))}::bigint[],
                ${toArrayLiteral(rows.map((row) => row.holdCode))}::text[],
                ${toArrayLiteral(rows.map((row) => row.receipt))}::text[],
                ${toArrayLiteral(rows.map((row) => row.notificationsOwed))}::smallint[])
         as v (id, type, protocol, operation, status, refusal, amount_minor, debit_account, credit_account, organisation,
               counterparty, application_id, reference, customer_reference, description,
               original_id, mandate_id, hold_code, receipt, notifications_owed)`;
}

const columns = (sql: Sql | Transaction) => sql`
  id, type, protocol, operation, status, refusal, amount_minor as "amountMinor", reversed_minor as "reversedMinor",
  debit_account as "debitAccount", credit_account as "creditAccount", organisation, counterparty,
  application_id as "applicationId", reference, customer_reference as "customerReference", description,
  original_id as "originalId", mandate_id as "mandateId", hold_code as "holdCode", receipt,
  notifications_owed as "notificationsOwed", third_party_reference as "thirdPartyReference", at, ended_at as "endedAt"`;

/** Reads payments by id; ids that do not exist are left out. */
export function readPayments(sql: Sql | Transaction, ids: readonly bigint[]): Promise<PaymentRow[]> {
  return sql<PaymentRow[]>`
    select ${columns(sql)} from payments where id = any(${toArrayLiteral(ids)}::bigint[]) order by id`;
}

/** Reads the payments from one id to before another: a range of time, which must be short. */
export function readPaymentsBetween(sql: Sql, fromId: bigint, untilId: bigint): Promise<PaymentRow[]> {
  return sql<PaymentRow[]>`
    select ${columns(sql)} from payments where id >= ${fromId} and id < ${untilId} order by id`;
}

/** The payments with this receipt: at most one, as `prove` checks. */
export function readPaymentsByReceipt(sql: Sql, receipt: string): Promise<PaymentRow[]> {
  return sql<PaymentRow[]>`select ${columns(sql)} from payments where receipt = ${receipt} limit 1`;
}

/** The completed payments of customers to an organisation that ended in a span of business time. */
export interface CollectionSpan {
  readonly organisation: string;
  /** An id before which none of them was made. */
  readonly fromId: bigint;
  /** Business time, in milliseconds since 1970; the end is inclusive. */
  readonly from: number;
  readonly until: number;
}

/** In the order in which they completed, so that later ones change no page, with the customer's account number in `customerReference`. */
export function readCollections(
  sql: Sql,
  { organisation, fromId, from, until }: CollectionSpan,
  offset: number,
  limit: number,
): Promise<PaymentRow[]> {
  // The first three conditions are those of the index `payments_collected`.
  return sql<PaymentRow[]>`
    select ${columns(sql)} from payments
    where receipt is not null and type in ('collection', 'debit') and organisation = ${organisation}
      and id >= ${fromId} and status = 'completed'
      and ended_at >= ${toTimestamp(from)} and ended_at <= ${toTimestamp(until)}
    order by ended_at, id offset ${offset} limit ${limit}`;
}

/** Whether a customer's payment of this amount to an organisation completed since then (business time). */
export async function hasCollection(
  sql: Sql,
  { organisation, msisdn, amountMinor, since, fromId }: RecentCollection,
): Promise<boolean> {
  // The first three conditions are those of the index `payments_collected`.
  const rows = await sql`
    select 1 from payments
    where receipt is not null and type in ('collection', 'debit') and organisation = ${organisation}
      and id >= ${fromId} and status = 'completed' and counterparty = ${msisdn} and amount_minor = ${amountMinor}
      and ended_at > ${toTimestamp(since)}
    limit 1`;
  return rows.length > 0;
}

export interface RecentCollection {
  readonly organisation: string;
  readonly msisdn: string;
  readonly amountMinor: bigint;
  /** Business time, in milliseconds since 1970. */
  readonly since: number;
  readonly fromId: bigint;
}

/** Reads payments by id. A payment that created a mandate has the id of that mandate. */
export function readEndedPayments(sql: Sql | Transaction, ids: readonly bigint[]): Promise<PaymentRow[]> {
  return sql<PaymentRow[]>`
    select ${columns(sql)} from (
      select p.id, p.type, p.protocol, p.operation, p.status, p.refusal, p.amount_minor, p.reversed_minor, p.debit_account, p.credit_account,
             p.organisation, p.counterparty, p.application_id, p.reference, p.customer_reference, p.description,
             p.original_id, coalesce(p.mandate_id, m.id) as mandate_id, p.hold_code, p.receipt, p.notifications_owed, p.third_party_reference, p.at, p.ended_at
      from payments p left join mandates m on m.payment_id = p.id
      where p.id = any(${toArrayLiteral(ids)}::bigint[])
    ) as p order by id`;
}

/** Those of these payments that no longer wait for a prompt or a validation, and the ids that no payment has. */
export async function readPromptedPayments(
  sql: Sql,
  ids: readonly bigint[],
): Promise<{ readonly answered: readonly PaymentRow[]; readonly unknownIds: readonly bigint[] }> {
  const rows = await sql<{ id: bigint; prompted: boolean }[]>`
    select p.id, exists (select 1 from holds h where h.payment_id = p.id and h.kind <> 'two_step') as prompted
    from payments p where p.id = any(${toArrayLiteral(ids)}::bigint[])`;
  const known = new Set(rows.map(({ id }) => id));
  return {
    answered: await readEndedPayments(
      sql,
      rows.filter(({ prompted }) => !prompted).map(({ id }) => id),
    ),
    unknownIds: ids.filter((id) => !known.has(id)),
  };
}

/** A payment that another one changes, with the names of its accounts. */
export interface LockedPayment extends PaymentRow {
  debitKind: string | null;
  debitOwner: string | null;
  creditKind: string | null;
  creditOwner: string | null;
  /** The amount of its hold, if it is open. */
  heldMinor: bigint | null;
  /** When its hold expires (business time), if it is open. */
  heldUntil: Date | null;
  /** The callback URLs of its request by notification kind, while its prompt is open. */
  heldEndpoints: Endpoints | null;
  /** The kind of its hold, if it is open. */
  heldKind: HoldKind | null;
  /** The terms of the mandate in its prompt, if it is one for a mandate. */
  promptedMandate: unknown;
  /** Whether its prompt has reached the phone; false if it has none. */
  promptDisplayed: boolean;
}

/**
 * Locks payments in id order until the transaction ends, so that only one transaction changes a payment.
 *
 * `offset 0` makes PostgreSQL look up each row separately. Otherwise a plan that was made while the tables were
 * empty would keep reading all holds.
 */
export async function lockPayments(tx: Transaction, ids: readonly bigint[]): Promise<LockedPayment[]> {
  await tx`
    select id from payments where id = any(${toArrayLiteral(ids)}::bigint[]) order by id for no key update`;
  return tx<LockedPayment[]>`
    select ${columns(tx)},
           d.kind as "debitKind", d.owner as "debitOwner", c.kind as "creditKind", c.owner as "creditOwner",
           h.held_minor as "heldMinor", h.expires_at as "heldUntil", h.endpoints as "heldEndpoints",
           h.kind as "heldKind", m.mandate as "promptedMandate", coalesce(m.displayed, false) as "promptDisplayed"
    from payments p
    left join lateral (
      select amount_minor as held_minor, expires_at, endpoints, kind from holds where payment_id = p.id offset 0) h on true
    left join lateral (
      select mandate, shown_at is not null as displayed from prompts where payment_id = p.id and h.kind = 'prompt' offset 0) m on true
    left join lateral (select kind, owner from accounts where accounts.id = p.debit_account) d on true
    left join lateral (select kind, owner from accounts where accounts.id = p.credit_account) c on true
    where p.id = any(${toArrayLiteral(ids)}::bigint[])`;
}

/** A change of an earlier payment: a reversal of a completed one, or the final status of a held one. */
export interface PaymentChange {
  readonly id: bigint;
  readonly reversedMinor: bigint;
  readonly status: PaymentStatus;
  readonly refusal: string | null;
  /** How many notifications were written with this change. */
  readonly notificationsOwed: number;
}

export interface ThirdPartyReference {
  readonly paymentId: bigint;
  readonly thirdPartyReference: string;
}

/** Stores what organisations' servers called payments. */
export async function setThirdPartyReferences(
  tx: Transaction,
  references: readonly ThirdPartyReference[],
): Promise<void> {
  await tx`
    update payments p set third_party_reference = v.reference
    from unnest(${toArrayLiteral(references.map(({ paymentId }) => paymentId))}::bigint[],
                ${toTextArrayLiteral(references.map(({ thirdPartyReference }) => thirdPartyReference))}::text[])
         as v (id, reference)
    where p.id = v.id and p.id = any(${toArrayLiteral(references.map(({ paymentId }) => paymentId))}::bigint[])`;
}

export async function changePayments(
  tx: Transaction,
  changes: readonly PaymentChange[],
  at: number,
): Promise<void> {
  await tx`
    update payments p
    set reversed_minor = v.reversed, status = v.status, refusal = v.refusal,
        notifications_owed = p.notifications_owed + v.owed,
        ended_at = case when p.status = 'held' and v.status <> 'held' then ${toTimestamp(at)}::timestamptz
                        else p.ended_at end
    from unnest(${toArrayLiteral(changes.map((change) => change.id))}::bigint[],
                ${toArrayLiteral(changes.map((change) => change.reversedMinor))}::bigint[],
                ${toArrayLiteral(changes.map((change) => change.status))}::text[],
                ${toArrayLiteral(changes.map((change) => change.refusal))}::text[],
                ${toArrayLiteral(changes.map((change) => change.notificationsOwed))}::smallint[])
         as v (id, reversed, status, refusal, owed)
    where p.id = v.id and p.id = any(${toArrayLiteral(changes.map((change) => change.id))}::bigint[])`;
}

/**
 * The number of payments by type and status.
 *
 * It reads the whole table. A sequential scan is ten times faster here than the index scan that the pool's
 * settings prefer.
 */
export function countPayments(
  sql: Sql,
): Promise<{ type: PaymentType; status: PaymentStatus; count: bigint }[]> {
  return sql.begin(async (tx) => {
    await tx`set local enable_seqscan = on`;
    return tx<{ type: PaymentType; status: PaymentStatus; count: bigint }[]>`
      select type, status, count(*) as count from payments group by type, status order by type, status`;
  });
}
