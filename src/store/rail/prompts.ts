/**
 * Prompts on handsets. Every open prompt belongs to a hold. An ended prompt is kept for a while, so that the
 * handset can display the result.
 */
import { maxOpenPrompts } from "../../core/open-prompt-limit.ts";
import type { PromptBehaviour } from "./accounts.ts";
import type { Sql, Transaction } from "../driver/connect.ts";
import { toTimestamp, toArrayLiteral, toTextArrayLiteral } from "../driver/array-columns.ts";
import { isReachable, type NetworkOutcome } from "./messages.ts";
import type { PaymentStatus } from "./payments.ts";

export interface NewPrompt {
  readonly paymentId: bigint;
  readonly msisdn: string;
  /** The terms of the mandate to confirm; null for a payment. */
  readonly mandate: object | null;
  /** Business time, in milliseconds since 1970. */
  readonly expiresAt: number;
}

/** `at` is business time, in milliseconds since 1970. */
export async function insertPrompts(
  tx: Transaction,
  prompts: readonly NewPrompt[],
  at: number,
): Promise<void> {
  await tx`
    insert into prompts (payment_id, msisdn, mandate, created_at, expires_at)
    select payment_id, msisdn, mandate::jsonb, ${toTimestamp(at)}, to_timestamp(expires_ms / 1000.0)
    from unnest(${toArrayLiteral(prompts.map((prompt) => prompt.paymentId))}::bigint[],
                ${toArrayLiteral(prompts.map((prompt) => prompt.msisdn))}::text[],
                ${toTextArrayLiteral(prompts.map(({ mandate }) => (mandate === null ? null : JSON.stringify(mandate))))}::text[],
                ${toArrayLiteral(prompts.map((prompt) => prompt.expiresAt))}::bigint[])
         as v (payment_id, msisdn, mandate, expires_ms)`;
}

/** Ends prompts together with their holds. A reply from now on is late. */
export async function endPrompts(tx: Transaction, paymentIds: readonly bigint[], at: number): Promise<void> {
  await tx`
    update prompts set ended_at = ${toTimestamp(at)}
    where payment_id = any(${toArrayLiteral(paymentIds)}::bigint[]) and ended_at is null`;
}

/** The open prompts of these customers that ask for consent to a mandate, with the mandate's terms. */
export function readMandatePrompts(
  tx: Transaction,
  msisdns: readonly string[],
  now: number,
): Promise<{ paymentId: bigint; mandate: unknown }[]> {
  return tx<{ paymentId: bigint; mandate: unknown }[]>`
    select payment_id as "paymentId", mandate from prompts
    where msisdn = any(${toTextArrayLiteral(msisdns)}::text[]) and mandate is not null and ended_at is null
      and expires_at > ${toTimestamp(now)}`;
}

/** Prompts without a network outcome, in order, locked until the transaction ends. Rows with other locks are skipped. */
export async function readUnassignedPrompts(
  tx: Transaction,
  limit: number,
): Promise<{ id: bigint; msisdn: string }[]> {
  return tx<{ id: bigint; msisdn: string }[]>`
    select payment_id as id, msisdn from prompts
    where shown_at is null and ended_at is null and arrives_at is null
    order by payment_id limit ${limit} for update skip locked`;
}

export async function assignPromptOutcomes(
  tx: Transaction,
  outcomes: readonly NetworkOutcome[],
): Promise<void> {
  await tx`
    update prompts p set arrives_at = to_timestamp(v.arrives_ms / 1000.0), lost_by_seed = v.lost_by_seed
    from unnest(${toArrayLiteral(outcomes.map((outcome) => outcome.id))}::bigint[],
                ${toArrayLiteral(outcomes.map((outcome) => outcome.arrivesAt))}::bigint[],
                ${toArrayLiteral(outcomes.map((outcome) => outcome.lostBy))}::bigint[]) as v (id, arrives_ms, lost_by_seed)
    where p.payment_id = v.id`;
}

/** How long after the end of a prompt a `late` handset replies, in milliseconds of business time. */
export const lateReplyDelayMs = 5_000;

/**
 * Displays the prompts that have arrived at reachable phones, and sets the time of the automatic reply where the
 * handset's behaviour has one.
 *
 * It skips locked rows: a batch of payments may be ending the same prompts.
 */
export function displayPrompts(
  sql: Sql,
  now: number,
  limit: number,
): Promise<{ id: bigint; msisdn: string }[]> {
  return sql<{ id: bigint; msisdn: string }[]>`
    with arrived as (
      select p.payment_id, a.prompt_behaviour, h.delay_ms from prompts p
      left join accounts a on a.owner = p.msisdn and a.kind = 'wallet'
      left join handsets h on h.msisdn = p.msisdn
      where ${isWaiting(sql, now)}
      order by p.payment_id limit ${limit} for update of p skip locked)
    update prompts p
    set shown_at = ${toTimestamp(now)},
        auto_reply_at = case a.prompt_behaviour
                       when 'slow' then ${toTimestamp(now)}::timestamptz + coalesce(a.delay_ms, 0) * interval '1 millisecond'
                       when 'late' then p.expires_at + ${lateReplyDelayMs} * interval '1 millisecond'
                       when 'approve' then ${toTimestamp(now)}::timestamptz
                       when 'decline' then ${toTimestamp(now)}::timestamptz
                     end
    from arrived a where p.payment_id = a.payment_id
    returning p.payment_id as id, p.msisdn`;
}

const isWaiting = (sql: Sql, at: number) => sql`
  p.shown_at is null and p.ended_at is null and p.lost_by_seed is null
  and p.arrives_at <= ${toTimestamp(at)} and p.expires_at > ${toTimestamp(at)} and ${isReachable(sql)}`;

/** When the next prompt arrives at a phone, if at or before `until`; `now` for one without a network outcome. */
export async function readNextPromptArrival(sql: Sql, now: number, until: number): Promise<number | null> {
  const [row] = await sql<{ at: Date | null }[]>`
    select min(coalesce(p.arrives_at, ${toTimestamp(now)})) as at from prompts p
    left join accounts a on a.owner = p.msisdn and a.kind = 'wallet'
    where p.shown_at is null and p.ended_at is null
      and (p.arrives_at is null
           or p.lost_by_seed is null and p.arrives_at <= ${toTimestamp(until)} and p.arrives_at < p.expires_at
              and p.expires_at > ${toTimestamp(now)} and ${isReachable(sql)})`;
  return row?.at?.getTime() ?? null;
}

/** An automatic reply that is due. */
export interface DueAutoReply {
  readonly paymentId: bigint;
  readonly msisdn: string;
  readonly autoReplyAt: Date;
  /** The current behaviour of the handset. */
  readonly behaviour: PromptBehaviour;
}

/** Automatic replies that are due, in the order of their times. */
export function readDueAutoReplies(sql: Sql, now: number, limit: number): Promise<DueAutoReply[]> {
  return sql<DueAutoReply[]>`
    select p.payment_id as "paymentId", p.msisdn, p.auto_reply_at as "autoReplyAt", a.prompt_behaviour as "behaviour"
    from prompts p join accounts a on a.owner = p.msisdn and a.kind = 'wallet'
    where p.auto_reply_at <= ${toTimestamp(now)} order by p.auto_reply_at, p.payment_id limit ${limit}`;
}

export async function readNextAutoReplyAt(sql: Sql, until: number): Promise<number | null> {
  const [row] = await sql<{ at: Date }[]>`
    select auto_reply_at as at from prompts where auto_reply_at <= ${toTimestamp(until)} order by auto_reply_at limit 1`;
  return row?.at.getTime() ?? null;
}

/** Cancels automatic replies that were sent or rejected, or that no longer apply. */
export async function clearAutoReplies(sql: Sql, paymentIds: readonly bigint[]): Promise<void> {
  await sql`update prompts set auto_reply_at = null where payment_id = any(${toArrayLiteral(paymentIds)}::bigint[])`;
}

/**
 * Records a reply after the prompt expired, and returns whether the prompt had expired. A prompt that ended
 * otherwise stays unchanged.
 */
export async function markAnsweredLate(sql: Sql, paymentId: bigint): Promise<boolean> {
  const rows = await sql`
    update prompts p set answered_late = true from payments
    where p.payment_id = ${paymentId} and payments.id = p.payment_id
      and (p.ended_at is null or payments.refusal in ('customer_did_not_answer', 'prompt_expired'))
    returning p.payment_id`;
  return rows.length > 0;
}

/** A prompt with the data for its display. */
export interface PromptRow {
  readonly paymentId: bigint;
  readonly msisdn: string;
  /** The terms of the mandate to confirm, as `payments` stored them; null for a payment. */
  readonly mandate: unknown;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly displayedAt: Date | null;
  readonly endedAt: Date | null;
  readonly autoReplyAt: Date | null;
  readonly answeredLate: boolean;
  readonly lostBy: bigint | null;
  readonly status: PaymentStatus;
  readonly refusal: string | null;
  readonly amountMinor: bigint;
  /** What a standing order takes each time; null for other prompts. */
  readonly orderAmountMinor: bigint | null;
  readonly organisation: string;
  readonly organisationName: string;
  readonly reference: string;
}

const promptColumns = (sql: Sql) => sql`
  p.payment_id as "paymentId", p.msisdn, p.mandate, p.created_at as "createdAt", p.expires_at as "expiresAt",
  p.shown_at as "displayedAt", p.ended_at as "endedAt", p.auto_reply_at as "autoReplyAt",
  p.answered_late as "answeredLate", p.lost_by_seed as "lostBy", pay.status, pay.refusal,
  pay.amount_minor as "amountMinor", so.amount_minor as "orderAmountMinor", pay.organisation, coalesce(o.name, pay.organisation) as "organisationName",
  coalesce(nullif(pay.customer_reference, ''), pay.reference) as reference`;

const promptJoins = (sql: Sql) => sql`
  join payments pay on pay.id = p.payment_id left join organisations o on o.shortcode = pay.organisation
  left join standing_orders so on so.payment_id = p.payment_id`;

/**
 * A handset's open prompts, and the newest that ended after `endedSince`, newest first.
 *
 * The two have limits of their own, so that neither later prompts nor ended ones hide an open one. No more prompts can
 * be open than `maxOpenPrompts`.
 */
export function readPrompts(
  sql: Sql,
  msisdn: string,
  endedSince: number,
  maxEnded: number,
): Promise<PromptRow[]> {
  return sql<PromptRow[]>`
    select ${promptColumns(sql)} from (
      (select * from prompts where prompts.msisdn = ${msisdn} and ended_at is null
       order by payment_id limit ${maxOpenPrompts})
      union all
      (select * from prompts where prompts.msisdn = ${msisdn} and ended_at > ${toTimestamp(endedSince)}
       order by payment_id desc limit ${maxEnded})) p
    ${promptJoins(sql)} order by p.payment_id desc`;
}

export async function readPrompt(sql: Sql, paymentId: bigint): Promise<PromptRow | undefined> {
  const rows = await sql<PromptRow[]>`
    select ${promptColumns(sql)} from prompts p ${promptJoins(sql)} where p.payment_id = ${paymentId}`;
  return rows[0];
}

/** Claims prompts to send through a gateway. No other server claims them until the lease ends (wall time). */
export async function claimPrompts(
  sql: Sql,
  now: number,
  limit: number,
  leaseMs: number,
): Promise<PromptRow[]> {
  const claimed = await sql<{ id: bigint }[]>`
    with free as (
      select p.payment_id from prompts p
      left join accounts a on a.owner = p.msisdn and a.kind = 'wallet'
      where p.shown_at is null and p.ended_at is null and p.expires_at > ${toTimestamp(now)}
        and p.lease_until < clock_timestamp() and ${isReachable(sql)}
      order by p.payment_id limit ${limit} for update of p skip locked)
    update prompts p set lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
    from free where p.payment_id = free.payment_id returning p.payment_id as id`;
  if (claimed.length === 0) return [];
  const ids = toArrayLiteral(claimed.map(({ id }) => id));
  return sql<PromptRow[]>`
    select ${promptColumns(sql)} from prompts p ${promptJoins(sql)}
    where p.payment_id = any(${ids}::bigint[]) order by p.payment_id`;
}

export async function markDisplayed(sql: Sql, paymentId: bigint, now: number): Promise<void> {
  await sql`update prompts set shown_at = ${toTimestamp(now)} where payment_id = ${paymentId} and shown_at is null`;
}

/** Schedules a retry of a prompt after `delayMs` of wall time. */
export async function postponePrompt(sql: Sql, paymentId: bigint, delayMs: number): Promise<void> {
  await sql`
    update prompts set lease_until = clock_timestamp() + ${delayMs} * interval '1 millisecond'
    where payment_id = ${paymentId}`;
}

/** Deletes prompts that ended before then. Their payments keep the results. */
export async function deleteOldPrompts(sql: Sql, endedBefore: number): Promise<void> {
  // In portions, each of which a statement's time limit allows.
  for (;;) {
    const { count } = await sql`
      delete from prompts where payment_id in (
        select payment_id from prompts where ended_at < ${toTimestamp(endedBefore)} limit ${deleteBatchSize})`;
    if (count < deleteBatchSize) return;
  }
}

const deleteBatchSize = 10_000;

/** Whether a rail's handsets have pending work: one cheap query for a polling loop. */
export async function readPendingHandsetWork(
  sql: Sql,
  now: number,
): Promise<{ prompts: boolean; messages: boolean; autoReplies: boolean }> {
  const [row] = await sql<{ prompts: boolean; messages: boolean; autoReplies: boolean }[]>`
    select exists (select from prompts where shown_at is null and ended_at is null and lost_by_seed is null) as prompts,
           exists (select from messages where state = 'queued') as messages,
           exists (select from prompts where auto_reply_at <= ${toTimestamp(now)}) as "autoReplies"`;
  return row ?? { prompts: false, messages: false, autoReplies: false };
}
