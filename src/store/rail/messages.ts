/**
 * SMS messages to handsets. Each row is written in the transaction of its payment. The text is generated when
 * the message is read (`handset/message-text.ts`), except that of a message about no payment, which is stored.
 */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toTimestamp, toArrayLiteral, toTextArrayLiteral } from "../driver/array-columns.ts";
import type { PaymentType } from "./payments.ts";

export const messageKinds = [
  "paid",
  "received",
  "debited",
  "returned",
  "taken_back",
  "sold",
  "mandate",
  "mandate_ended",
  "not_paid",
  "order_skipped",
  "promotion",
  "invoice",
  "invoice_reminder",
  "text",
] as const;

export type MessageKind = (typeof messageKinds)[number];

export interface NewMessage {
  /** A customer's MSISDN, or the shortcode of an organisation. */
  readonly recipient: string;
  readonly party: "customer" | "organisation";
  readonly paymentId: bigint;
  readonly kind: MessageKind;
  readonly amountMinor: bigint;
  /** The wallet's balance after the payment; null for an organisation's phone. */
  readonly balanceMinor: bigint | null;
}

/**
 * Inserts messages. A message to an organisation without a phone is dropped. `at` is business time, in
 * milliseconds since 1970.
 */
export async function insertMessages(
  tx: Transaction,
  messages: readonly NewMessage[],
  at: number,
): Promise<void> {
  await tx`
    insert into messages (msisdn, payment_id, kind, amount_minor, balance_minor, at)
    select coalesce(o.phone, v.owner), payment_id, v.kind, amount_minor, balance_minor, ${toTimestamp(at)}
    from unnest(${toArrayLiteral(messages.map((message) => message.recipient))}::text[],
                ${toArrayLiteral(messages.map((message) => message.party))}::text[],
                ${toArrayLiteral(messages.map((message) => message.paymentId))}::bigint[],
                ${toArrayLiteral(messages.map((message) => message.kind))}::text[],
                ${toArrayLiteral(messages.map((message) => message.amountMinor))}::bigint[],
                ${toArrayLiteral(messages.map((message) => message.balanceMinor))}::bigint[])
         as v (owner, party, payment_id, kind, amount_minor, balance_minor)
    left join organisations o on v.party = 'organisation' and o.shortcode = v.owner
    where v.party = 'customer' or o.phone is not null`;
}

/**
 * Inserts messages about these invoices, to those of their customers who have a handset. `paymentId` is the id of the
 * request that sent them. Returns how many there are.
 */
export async function insertInvoiceMessages(
  tx: Transaction,
  kind: Extract<MessageKind, "invoice" | "invoice_reminder">,
  { paymentId, invoiceIds }: { readonly paymentId: bigint; readonly invoiceIds: readonly bigint[] },
  at: number,
): Promise<number> {
  const { count } = await tx`
    insert into messages (msisdn, payment_id, kind, amount_minor, balance_minor, at, invoice_id)
    select i.billed_msisdn, ${paymentId}, ${kind}, i.amount_minor - i.paid_minor, null, ${toTimestamp(at)}, i.id
    from invoices i join accounts a on a.owner = i.billed_msisdn and a.kind = 'wallet' and a.has_handset
    where i.id = any(${toArrayLiteral(invoiceIds)}::bigint[])
    order by i.id`;
  return count;
}

/** Inserts a message whose text is stored, because it is about no payment. */
export async function insertTextMessage(
  sql: Sql | Transaction,
  { msisdn, text }: { readonly msisdn: string; readonly text: string },
  at: number,
): Promise<void> {
  await sql`
    insert into messages (msisdn, kind, amount_minor, at, text)
    values (${msisdn}, 'text', 0, ${toTimestamp(at)}, ${text})`;
}

/** Messages without a network outcome, in order, locked until the transaction ends. Rows with other locks are skipped. */
export async function readUnassignedMessages(
  tx: Transaction,
  limit: number,
): Promise<{ id: bigint; msisdn: string }[]> {
  return tx<{ id: bigint; msisdn: string }[]>`
    select id, msisdn from messages where state = 'queued' and arrives_at is null
    order by id limit ${limit} for update skip locked`;
}

/** When the simulated network delivers a message or prompt, or that it loses it. */
export interface NetworkOutcome {
  readonly id: bigint;
  /** Business time, in milliseconds since 1970. */
  readonly arrivesAt: number;
  /** The network seed with which it was lost; null if it arrives. */
  readonly lostBy: bigint | null;
}

export async function assignMessageOutcomes(
  tx: Transaction,
  outcomes: readonly NetworkOutcome[],
): Promise<void> {
  await tx`
    update messages m
    set arrives_at = to_timestamp(v.arrives_ms / 1000.0), lost_by_seed = v.lost_by_seed,
        state = case when v.lost_by_seed is null then state else 'lost' end
    from unnest(${toArrayLiteral(outcomes.map((outcome) => outcome.id))}::bigint[],
                ${toArrayLiteral(outcomes.map((outcome) => outcome.arrivesAt))}::bigint[],
                ${toArrayLiteral(outcomes.map((outcome) => outcome.lostBy))}::bigint[]) as v (id, arrives_ms, lost_by_seed)
    where m.id = v.id`;
}

/**
 * Delivers the messages that have arrived at reachable phones, and returns how many there were.
 *
 * It skips locked rows, so that it can never deadlock.
 */
export async function deliverMessages(sql: Sql, now: number, limit: number): Promise<number> {
  const rows = await sql`
    with arrived as (
      select m.id from messages m
      left join accounts a on a.owner = m.msisdn and a.kind = 'wallet'
      where m.state = 'queued' and m.arrives_at <= ${toTimestamp(now)} and ${isReachable(sql)}
      order by m.id limit ${limit} for update of m skip locked)
    update messages m set state = 'delivered', delivered_at = ${toTimestamp(now)} from arrived where m.id = arrived.id
    returning m.id`;
  return rows.length;
}

/** When the next message arrives at a reachable phone, if at or before `until`; `now` for one without a network outcome. */
export async function readNextMessageArrival(sql: Sql, now: number, until: number): Promise<number | null> {
  const [row] = await sql<{ at: Date | null }[]>`
    select min(coalesce(m.arrives_at, ${toTimestamp(now)})) as at from messages m
    left join accounts a on a.owner = m.msisdn and a.kind = 'wallet'
    where m.state = 'queued' and (m.arrives_at is null or m.arrives_at <= ${toTimestamp(until)} and ${isReachable(sql)})`;
  return row?.at?.getTime() ?? null;
}

/** Whether the phone of wallet `a` is reachable. A phone without a wallet always is. */
export const isReachable = (sql: Sql | Transaction) =>
  sql`coalesce(a.prompt_behaviour, 'ask') not in ('no_signal', 'off')`;

/** A message with the data for its text. */
export interface MessageRow {
  readonly id: bigint;
  readonly msisdn: string;
  readonly kind: MessageKind;
  readonly amountMinor: bigint;
  readonly balanceMinor: bigint | null;
  readonly state: "queued" | "delivered" | "lost";
  readonly at: Date;
  readonly deliveredAt: Date | null;
  readonly lostBy: bigint | null;
  /** Zero for a message about no payment. */
  readonly paymentId: bigint;
  /** The whole text of a message about no payment; null for the others. */
  readonly text: string | null;
  /** The dated receipts of the payment and of its original, in a market that has them. */
  readonly receipt: string | null;
  readonly originalReceipt: string | null;
  readonly type: PaymentType;
  readonly reference: string;
  readonly customerReference: string;
  readonly originalId: bigint | null;
  readonly organisation: string;
  readonly organisationName: string;
  readonly counterparty: string;
  /** A customer's or an organisation's name; empty if unknown. */
  readonly counterpartyName: string;
  /** The mandate, if the message is about one. */
  readonly mandateReference: string | null;
  readonly frequency: string | null;
  /** What a standing order takes each time, if the message is about one. */
  readonly orderAmountMinor: bigint | null;
  /** What the invoice is for, and the last local day to pay it, as yyyymmdd; null if the message is about none. */
  readonly invoiceName: string | null;
  readonly dueDay: number | null;
}

const messageColumns = (sql: Sql) => sql`
  m.id, m.msisdn, m.kind, m.amount_minor as "amountMinor", m.balance_minor as "balanceMinor", m.state, m.at, m.delivered_at as "deliveredAt",
  m.lost_by_seed as "lostBy", coalesce(m.payment_id, 0) as "paymentId", m.text, p.receipt, original.receipt as "originalReceipt",
  coalesce(p.type, 'collection') as type, coalesce(p.reference, i.external_reference, '') as reference,
  coalesce(p.customer_reference, i.account_reference, '') as "customerReference", p.original_id as "originalId",
  coalesce(p.organisation, i.shortcode, '') as organisation,
  coalesce(o.name, p.organisation, i.shortcode, '') as "organisationName", coalesce(p.counterparty, m.msisdn) as counterparty,
  coalesce(c.first_name || ' ' || c.last_name, r.name, '') as "counterpartyName",
  d.reference as "mandateReference", d.frequency, d.amount_minor as "orderAmountMinor", i.name as "invoiceName", i.due_day as "dueDay"`;

const messageJoins = (sql: Sql) => sql`
  left join payments p on p.id = m.payment_id
  left join invoices i on i.id = m.invoice_id
  left join payments original on original.id = p.original_id
  left join organisations o on o.shortcode = coalesce(p.organisation, i.shortcode)
  left join customers c on c.msisdn = p.counterparty
  left join organisations r on r.shortcode = p.counterparty
  left join lateral (
    select mandates.reference, mandates.frequency, so.amount_minor
    from mandates left join standing_orders so on so.payment_id = mandates.payment_id
    where mandates.id = p.mandate_id or (p.type = 'mandate' and mandates.payment_id = p.id)) d on true`;

/** A snapshot can bring back a message without its payment. */
const hasSubject = (sql: Sql) => sql`(p.id is not null or i.id is not null or m.text is not null)`;

/** A phone's messages, newest first. */
export function readMessages(
  sql: Sql,
  msisdn: string,
  filter: "delivered" | "all",
  limit: number,
): Promise<MessageRow[]> {
  return sql<MessageRow[]>`
    select ${messageColumns(sql)}
    from (select * from messages where msisdn = ${msisdn} ${filter === "all" ? sql`` : sql`and state = 'delivered'`}
          order by delivered_at desc nulls first, id desc limit ${limit}) m
    ${messageJoins(sql)}
    where ${hasSubject(sql)}
    order by m.delivered_at desc nulls first, m.id desc`;
}

/** The newest messages of a phone, among which those of one payment are searched. There is no index by payment. */
const maxSearchedMessages = 2_000;

/** The messages about a payment to these customers and organisations, oldest first, if they are among their newest. */
export function readMessagesOfPayment(
  sql: Sql,
  recipients: readonly string[],
  paymentId: bigint,
): Promise<MessageRow[]> {
  return sql<MessageRow[]>`
    select ${messageColumns(sql)}
    from (select distinct coalesce(o.phone, v.owner) as msisdn
          from unnest(${toTextArrayLiteral(recipients)}::text[]) as v (owner)
          left join organisations o on o.shortcode = v.owner) phones
    cross join lateral (
      select newest.* from (
        select * from messages where messages.msisdn = phones.msisdn order by messages.id desc limit ${maxSearchedMessages}) newest
      where newest.payment_id = ${paymentId}) m
    ${messageJoins(sql)}
    where ${hasSubject(sql)}
    order by m.id limit 20`;
}

/**
 * Claims messages to send through a gateway. No other server claims them until the lease ends (wall time).
 */
export async function claimMessages(sql: Sql, limit: number, leaseMs: number): Promise<MessageRow[]> {
  const claimed = await sql<{ id: bigint }[]>`
    with free as (
      select m.id from messages m
      left join accounts a on a.owner = m.msisdn and a.kind = 'wallet'
      where m.state = 'queued' and m.lease_until < clock_timestamp() and ${isReachable(sql)}
      order by m.id limit ${limit} for update of m skip locked)
    update messages m set lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
    from free where m.id = free.id returning m.id`;
  if (claimed.length === 0) return [];
  const ids = toArrayLiteral(claimed.map(({ id }) => id));
  return sql<MessageRow[]>`
    select ${messageColumns(sql)} from messages m ${messageJoins(sql)} 
    where m.id = any(${ids}::bigint[]) and ${hasSubject(sql)} order by m.id`;
}

/** Records the result of a claimed message. */
export async function finishMessage(
  sql: Sql,
  id: bigint,
  state: "delivered" | "lost",
  now: number,
): Promise<void> {
  await sql`
    update messages set state = ${state}, delivered_at = ${state === "delivered" ? toTimestamp(now) : null}
    where id = ${id} and state = 'queued'`;
}

/** Schedules a retry of a message after `delayMs` of wall time. */
export async function postponeMessage(sql: Sql, id: bigint, delayMs: number): Promise<void> {
  await sql`update messages set lease_until = clock_timestamp() + ${delayMs} * interval '1 millisecond' where id = ${id}`;
}

const deleteBatchSize = 5_000;

/**
 * Deletes messages from before then, in batches, oldest first. Ids increase with time, so only the oldest rows
 * are read.
 */
export async function deleteOldMessages(sql: Sql, before: number): Promise<void> {
  for (;;) {
    const { count } = await sql`
      delete from messages where id in (
        select id from (select id, at from messages order by id limit ${deleteBatchSize}) oldest
        where at < ${toTimestamp(before)})`;
    if (count < deleteBatchSize) return;
  }
}
