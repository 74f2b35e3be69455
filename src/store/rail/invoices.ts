/** Billers, their invoices, and the payments that count towards them. */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toArrayLiteral, toTextArrayLiteral, toTimestamp } from "../driver/array-columns.ts";

export interface BillerDetails {
  readonly email: string;
  readonly officialContact: string;
  readonly sendsReminders: boolean;
  readonly callbackUrl: string;
}

export interface BillerRow extends BillerDetails {
  readonly shortcode: string;
  readonly protocol: string;
  readonly applicationId: bigint;
}

export interface NewBiller extends BillerRow {
  readonly appKeyHash: Buffer;
}

/** Returns false if the organisation is a biller already. `at`: business time. */
export async function insertBiller(sql: Sql, biller: NewBiller, at: number): Promise<boolean> {
  const { count } = await sql`
    insert into billers (shortcode, protocol, application_id, app_key_hash, email, official_contact, sends_reminders,
                         callback_url, registered_at)
    values (${biller.shortcode}, ${biller.protocol}, ${biller.applicationId}, ${biller.appKeyHash}, ${biller.email},
            ${biller.officialContact}, ${biller.sendsReminders}, ${biller.callbackUrl}, ${toTimestamp(at)})
    on conflict (shortcode) do nothing`;
  return count > 0;
}

/** Returns false if the application has no such biller. */
export async function updateBiller(
  sql: Sql,
  { shortcode, applicationId, ...biller }: BillerRow,
): Promise<boolean> {
  const { count } = await sql`
    update billers
    set email = ${biller.email}, official_contact = ${biller.officialContact},
        sends_reminders = ${biller.sendsReminders}, callback_url = ${biller.callbackUrl}
    where shortcode = ${shortcode} and application_id = ${applicationId}`;
  return count > 0;
}

/** The application's billers: the one with this key, or the first two of all for null. */
export function readBillers(
  sql: Sql,
  applicationId: bigint,
  appKeyHash: Buffer | null,
): Promise<BillerRow[]> {
  return sql<BillerRow[]>`
    select shortcode, protocol, application_id as "applicationId", email, official_contact as "officialContact",
           sends_reminders as "sendsReminders", callback_url as "callbackUrl"
    from billers where application_id = ${applicationId}
      and (${appKeyHash}::bytea is null or app_key_hash = ${appKeyHash}::bytea)
    order by shortcode limit 2`;
}

export interface InvoiceDetails {
  readonly externalReference: string;
  readonly billedName: string;
  readonly billedMsisdn: string;
  readonly billedPeriod: string;
  readonly name: string;
  /** A local day as yyyymmdd. */
  readonly dueDay: number;
  readonly accountReference: string;
  readonly amountMinor: bigint;
  readonly items: readonly { readonly itemName: string; readonly amount: string }[];
}

export interface ScheduledInvoice extends InvoiceDetails {
  /** When the customer is reminded, business time in milliseconds since 1970; null for never. */
  readonly remindAt: number | null;
}

export interface InvoiceRow {
  readonly externalReference: string;
  readonly paidMinor: bigint;
  readonly cancelledAt: Date | null;
}

/** Those of these invoices that exist, locked until the transaction ends. */
export function lockInvoices(
  tx: Transaction,
  shortcode: string,
  externalReferences: readonly string[],
): Promise<InvoiceRow[]> {
  return tx<InvoiceRow[]>`
    select external_reference as "externalReference", paid_minor as "paidMinor", cancelled_at as "cancelledAt"
    from invoices
    where shortcode = ${shortcode}
      and external_reference = any(${toTextArrayLiteral(externalReferences)}::text[])
    order by id for update`;
}

/** Inserts invoices whose references are new, and returns their ids. `at`: business time. */
export async function insertInvoices(
  tx: Transaction,
  shortcode: string,
  invoices: readonly ScheduledInvoice[],
  at: number,
): Promise<bigint[]> {
  const rows = await tx<{ id: bigint }[]>`
    insert into invoices (shortcode, external_reference, billed_name, billed_msisdn, billed_period, name, due_day,
                          account_reference, amount_minor, items, created_at, remind_at)
    select ${shortcode}, external_reference, billed_name, billed_msisdn, billed_period, name, due_day,
           account_reference, amount_minor, items::jsonb, ${toTimestamp(at)}, to_timestamp(remind_ms / 1000.0)
    from unnest(${toTextArrayLiteral(invoices.map((invoice) => invoice.externalReference))}::text[],
                ${toTextArrayLiteral(invoices.map((invoice) => invoice.billedName))}::text[],
                ${toTextArrayLiteral(invoices.map((invoice) => invoice.billedMsisdn))}::text[],
                ${toTextArrayLiteral(invoices.map((invoice) => invoice.billedPeriod))}::text[],
                ${toTextArrayLiteral(invoices.map((invoice) => invoice.name))}::text[],
                ${toArrayLiteral(invoices.map((invoice) => invoice.dueDay))}::integer[],
                ${toTextArrayLiteral(invoices.map((invoice) => invoice.accountReference))}::text[],
                ${toArrayLiteral(invoices.map((invoice) => invoice.amountMinor))}::bigint[],
                ${toTextArrayLiteral(invoices.map((invoice) => JSON.stringify(invoice.items)))}::text[],
                ${toArrayLiteral(invoices.map((invoice) => invoice.remindAt))}::bigint[])
         as v (external_reference, billed_name, billed_msisdn, billed_period, name, due_day, account_reference,
               amount_minor, items, remind_ms)
    on conflict (shortcode, external_reference) do nothing
    returning id`;
  return rows.map(({ id }) => id);
}

/** Changes invoices by their external references. */
export async function updateInvoices(
  tx: Transaction,
  shortcode: string,
  invoices: readonly ScheduledInvoice[],
): Promise<void> {
  for (const invoice of invoices) {
    await tx`
      update invoices
      set billed_name = ${invoice.billedName}, billed_msisdn = ${invoice.billedMsisdn},
          billed_period = ${invoice.billedPeriod}, name = ${invoice.name}, due_day = ${invoice.dueDay},
          account_reference = ${invoice.accountReference}, amount_minor = ${invoice.amountMinor},
          items = ${JSON.stringify(invoice.items)}::text::jsonb,
          remind_at = ${invoice.remindAt === null ? null : toTimestamp(invoice.remindAt)}
      where shortcode = ${shortcode} and external_reference = ${invoice.externalReference}`;
  }
}

export async function cancelInvoices(
  tx: Transaction,
  shortcode: string,
  externalReferences: readonly string[],
  at: number,
): Promise<void> {
  await tx`
    update invoices set cancelled_at = ${toTimestamp(at)}
    where shortcode = ${shortcode} and cancelled_at is null
      and external_reference = any(${toTextArrayLiteral(externalReferences)}::text[])`;
}

/** Where a payment of an open invoice is pushed. */
export interface InvoiceUrl {
  readonly callbackUrl: string;
  readonly protocol: string;
  readonly applicationId: bigint;
}

/** Of the oldest open invoice of an organisation with this account; undefined if it has none. */
export async function readInvoiceUrl(
  sql: Sql,
  shortcode: string,
  accountReference: string,
): Promise<InvoiceUrl | undefined> {
  const rows = await sql<InvoiceUrl[]>`
    select b.callback_url as "callbackUrl", b.protocol, b.application_id as "applicationId"
    from invoices i join billers b using (shortcode)
    where i.shortcode = ${shortcode} and lower(i.account_reference) = lower(${accountReference})
      and i.cancelled_at is null and i.paid_minor < i.amount_minor
    limit 1`;
  return rows[0];
}

/**
 * Counts payments towards the oldest open invoice of their account, in the transaction that completes them. The invoices
 * are locked in the order of their ids, so that two batches do not deadlock.
 */
export async function countInvoicePayments(tx: Transaction, paymentIds: readonly bigint[]): Promise<void> {
  await tx`
    with paid as (
      select organisation, lower(customer_reference) as account, sum(amount_minor)::bigint as amount
      from payments where id = any(${toArrayLiteral(paymentIds)}::bigint[])
      group by organisation, lower(customer_reference)
    ), oldest as (
      select (select i.id from invoices i
              where i.shortcode = p.organisation and lower(i.account_reference) = p.account
                and i.cancelled_at is null and i.paid_minor < i.amount_minor
              order by i.id limit 1) as id, p.amount
      from paid p
    ), locked as (
      select i.id, o.amount from invoices i join oldest o on o.id = i.id order by i.id for update of i
    )
    update invoices i set paid_minor = i.paid_minor + locked.amount from locked where i.id = locked.id`;
}

/** When the next reminder is due, at or before `until`; null if none is. Business time. */
export async function readNextReminder(sql: Sql, until: number): Promise<number | null> {
  const [row] = await sql<{ at: Date | null }[]>`
    select min(remind_at) as at from invoices where remind_at <= ${toTimestamp(until)}`;
  return row?.at?.getTime() ?? null;
}

/** An invoice whose reminder is due. */
export interface DueReminder {
  readonly id: bigint;
  readonly billedMsisdn: string;
  readonly accountReference: string;
  /** Whether the customer still owes it, and the biller sends reminders. */
  readonly isSent: boolean;
}

/** Takes reminders that are due, locked until the transaction ends. Rows with other locks are skipped. */
export function takeDueReminders(tx: Transaction, now: number, limit: number): Promise<DueReminder[]> {
  return tx<DueReminder[]>`
    with due as (
      select i.id, i.cancelled_at is null and i.paid_minor < i.amount_minor and b.sends_reminders as is_sent
      from invoices i join billers b using (shortcode)
      where i.remind_at <= ${toTimestamp(now)}
      order by i.remind_at, i.id limit ${limit} for update of i skip locked
    )
    update invoices i set remind_at = null from due where i.id = due.id
    returning i.id, i.billed_msisdn as "billedMsisdn", i.account_reference as "accountReference",
              due.is_sent as "isSent"`;
}
