/** Handsets: PINs, behaviour, devices, and a version for change detection. */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toTimestamp, toArrayLiteral, toTextArrayLiteral } from "../driver/array-columns.ts";
import { maxOpenPrompts } from "../../core/open-prompt-limit.ts";
import type { PromptBehaviour } from "./accounts.ts";
import type { MandateRow } from "./mandates.ts";

export interface HandsetRow {
  readonly msisdn: string;
  readonly pinHash: Buffer;
  readonly wrongPins: number;
  readonly lockedUntil: Date | null;
  readonly delayMs: number;
  readonly firstName: string;
  readonly lastName: string;
  readonly behaviour: PromptBehaviour;
  /** The shortcodes of the organisations that its owner has blocked. */
  readonly blockedOrganisations: string;
}

const handsetColumns = (sql: Sql | Transaction) => sql`
  h.msisdn, h.pin_hash as "pinHash", h.wrong_pins as "wrongPins", h.locked_until as "lockedUntil",
  h.delay_ms as "delayMs", c.first_name as "firstName", c.last_name as "lastName", a.prompt_behaviour as "behaviour",
  a.blocked_organisations as "blockedOrganisations"`;

const handsetJoins = (sql: Sql | Transaction) => sql`
  handsets h join customers c on c.msisdn = h.msisdn
  join accounts a on a.owner = h.msisdn and a.kind = 'wallet'`;

export async function readHandset(sql: Sql, msisdn: string): Promise<HandsetRow | undefined> {
  const rows = await sql<HandsetRow[]>`
    select ${handsetColumns(sql)} from ${handsetJoins(sql)} where h.msisdn = ${msisdn}`;
  return rows[0];
}

/** Handsets in the order of their numbers, after `after`. */
export function readHandsets(sql: Sql, after: string, limit: number): Promise<HandsetRow[]> {
  return sql<HandsetRow[]>`
    select ${handsetColumns(sql)} from ${handsetJoins(sql)}
    where h.msisdn > ${after} order by h.msisdn limit ${limit}`;
}

/** The same, with its row locked until the transaction ends, so that concurrent PIN attempts are all counted. */
export async function lockHandset(tx: Transaction, msisdn: string): Promise<HandsetRow | undefined> {
  const rows = await tx<HandsetRow[]>`
    select ${handsetColumns(tx)} from ${handsetJoins(tx)} where h.msisdn = ${msisdn} for no key update of h`;
  return rows[0];
}

/**
 * Creates handsets for customers; an existing handset stays unchanged. Their wallets get SMS messages from then
 * on. Returns the numbers that are new; numbers without a customer are left out.
 */
export async function insertHandsets(
  tx: Transaction,
  handsets: readonly { readonly msisdn: string; readonly pinHash: Buffer }[],
): Promise<ReadonlySet<string>> {
  const numbers = toTextArrayLiteral(handsets.map(({ msisdn }) => msisdn));
  const rows = await tx<{ msisdn: string }[]>`
    insert into handsets (msisdn, pin_hash)
    select c.msisdn, decode(v.pin_hash, 'hex')
    from unnest(${numbers}::text[],
                ${toArrayLiteral(handsets.map(({ pinHash }) => pinHash.toString("hex")))}::text[]) as v (msisdn, pin_hash)
    join customers c on c.msisdn = v.msisdn
    on conflict (msisdn) do nothing
    returning msisdn`;
  const created = rows.map(({ msisdn }) => msisdn);
  await tx`
    update accounts set has_handset = true
    where owner = any(${toTextArrayLiteral(created)}::text[]) and kind = 'wallet'`;
  return new Set(created);
}

/** Turns on SMS messages for a wallet whose handset is behind an external gateway and not in this table. */
export async function enableHandset(sql: Sql, msisdn: string): Promise<void> {
  await sql`update accounts set has_handset = true where owner = ${msisdn} and kind = 'wallet'`;
}

/** Stores the number of wrong PINs and the lock. */
export async function setPinAttempts(
  tx: Transaction,
  msisdn: string,
  { wrongPins, lockedUntil }: { readonly wrongPins: number; readonly lockedUntil: number | null },
): Promise<void> {
  await tx`
    update handsets set wrong_pins = ${wrongPins}, locked_until = ${lockedUntil === null ? null : toTimestamp(lockedUntil)}
    where msisdn = ${msisdn}`;
}

export async function setPinHash(sql: Sql | Transaction, msisdn: string, pinHash: Buffer): Promise<boolean> {
  const rows = await sql`update handsets set pin_hash = ${pinHash} where msisdn = ${msisdn} returning msisdn`;
  return rows.length > 0;
}

/** Resets wrong PINs and the lock. Returns whether the handset exists. */
export async function resetPinAttempts(sql: Sql | Transaction, msisdn: string): Promise<boolean> {
  const rows = await sql`
    update handsets set wrong_pins = 0, locked_until = null where msisdn = ${msisdn} returning msisdn`;
  return rows.length > 0;
}

/** Returns whether the handset exists. */
export async function setDelay(sql: Sql, msisdn: string, delayMs: number): Promise<boolean> {
  const rows = await sql`update handsets set delay_ms = ${delayMs} where msisdn = ${msisdn} returning msisdn`;
  return rows.length > 0;
}

/** Increments the number of prompts or messages sent to each number, and returns the counts from before. Numbers may repeat. */
export async function countSent(
  tx: Transaction,
  kind: "prompts" | "messages",
  numbers: readonly string[],
): Promise<ReadonlyMap<string, bigint>> {
  const distinct = toTextArrayLiteral([...new Set(numbers)].toSorted());
  await tx`select 1 from handsets where msisdn = any(${distinct}::text[]) order by msisdn for no key update`;
  const column = tx(`${kind}_sent`);
  const rows = await tx<{ msisdn: string; before: bigint }[]>`
    update handsets h set ${column} = h.${column} + v.count
    from (select msisdn, count(*) as count from unnest(${toTextArrayLiteral(numbers)}::text[]) as msisdn group by msisdn) v
    where h.msisdn = v.msisdn
    returning h.msisdn, h.${column} - v.count as before`;
  return new Map(rows.map(({ msisdn, before }) => [msisdn, before]));
}

/** Sets the counts of `countSent` to zero. */
export async function resetSent(sql: Sql): Promise<void> {
  await sql`
    update handsets set prompts_sent = 0, messages_sent = 0 where prompts_sent > 0 or messages_sent > 0`;
}

/** A version for each of these numbers. It changes whenever anything changes that the handset displays. */
export async function readHandsetVersions(
  sql: Sql,
  numbers: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await sql<{ msisdn: string; version: string }[]>`
    select h.msisdn, concat_ws('/', h.wrong_pins, h.locked_until, h.delay_ms, encode(h.pin_hash, 'hex'),
                               encode(h.device_hash, 'hex'), a.prompt_behaviour, a.available_minor, a.held_minor, a.blocked_organisations, p.version, m.version) as version
    from handsets h
    join accounts a on a.owner = h.msisdn and a.kind = 'wallet'
    left join lateral (
      select string_agg(concat_ws(',', payment_id, shown_at, ended_at, answered_late), ' ') as version
      from ((select * from prompts where prompts.msisdn = h.msisdn and ended_at is null
             order by payment_id limit ${maxOpenPrompts})
            union all
            (select * from prompts where prompts.msisdn = h.msisdn and ended_at is not null
             order by payment_id desc limit 20)) listed) p on true
    left join lateral (
      select string_agg(id::text || state, ' ') as version
      from (select * from messages where messages.msisdn = h.msisdn order by id desc limit 50) newest) m on true
    where h.msisdn = any(${toTextArrayLiteral(numbers)}::text[])`;
  return new Map(rows.map(({ msisdn, version }) => [msisdn, version]));
}

/** Stores the hash of a new enrolment secret and removes the enrolled device. */
export async function setEnrolment(sql: Sql, msisdn: string, secretHash: Buffer): Promise<boolean> {
  const rows = await sql`
    update handsets set enrolment_hash = ${secretHash}, device_hash = null where msisdn = ${msisdn}
    returning msisdn`;
  return rows.length > 0;
}

/** Enrols a device if the secret is correct. A secret works once. */
export async function enrolDevice(
  sql: Sql,
  msisdn: string,
  secretHash: Buffer,
  deviceHash: Buffer,
): Promise<boolean> {
  const rows = await sql`
    update handsets set enrolment_hash = null, device_hash = ${deviceHash}
    where msisdn = ${msisdn} and enrolment_hash = ${secretHash}
    returning msisdn`;
  return rows.length > 0;
}

export async function readDeviceHash(sql: Sql, msisdn: string): Promise<Buffer | null> {
  const [row] = await sql<{ hash: Buffer | null }[]>`
    select device_hash as hash from handsets where msisdn = ${msisdn}`;
  return row?.hash ?? null;
}

/** One of a wallet's last payments. */
export interface RecentPaymentRow {
  readonly id: bigint;
  readonly receipt: string | null;
  readonly at: Date;
  readonly amountMinor: bigint;
  /** Whether the wallet received the money. */
  readonly isIncoming: boolean;
  /** Empty if no organisation took part. */
  readonly organisation: string;
  readonly organisationName: string;
}

/** A wallet's last payments, newest first. */
export function readRecentPayments(sql: Sql, msisdn: string): Promise<RecentPaymentRow[]> {
  return sql<RecentPaymentRow[]>`
    select p.id, p.receipt, coalesce(p.ended_at, p.at) as at, p.amount_minor as "amountMinor",
           coalesce(p.credit_account = a.id, false) as "isIncoming", p.organisation,
           coalesce(o.name, p.organisation) as "organisationName"
    from accounts a
    cross join unnest(string_to_array(nullif(a.recent_payments, ''), ' ')::bigint[]) with ordinality as r (id, place)
    join payments p on p.id = r.id
    left join organisations o on o.shortcode = p.organisation
    where a.owner = ${msisdn} and a.kind = 'wallet' order by r.place desc`;
}

export type HandsetMandateRow = Pick<
  MandateRow,
  | "id"
  | "organisation"
  | "reference"
  | "frequency"
  | "firstPaymentDay"
  | "expiryDay"
  | "rangeStart"
  | "rangeEnd"
> & {
  readonly organisationName: string;
  /** What a standing order takes each time; null for a mandate whose amounts the organisation chooses. */
  readonly orderAmountMinor: bigint | null;
};

/** A customer's mandates that are neither cancelled nor replaced, newest first. */
export function readUncancelledMandates(sql: Sql, msisdn: string): Promise<HandsetMandateRow[]> {
  return sql<HandsetMandateRow[]>`
    select m.id, m.organisation, m.reference, m.frequency, m.first_payment_day as "firstPaymentDay",
           m.expiry_day as "expiryDay", m.range_start as "rangeStart", m.range_end as "rangeEnd",
           coalesce(o.name, m.organisation) as "organisationName", so.amount_minor as "orderAmountMinor"
    from mandates m left join organisations o on o.shortcode = m.organisation
    left join standing_orders so on so.payment_id = m.payment_id
    where m.msisdn = ${msisdn} and m.cancelled_at is null and m.expired_at is null order by m.id desc`;
}

/** Sets the phone that gets an SMS for each payment to an organisation; null removes it. Returns whether the organisation exists. */
export async function setOrganisationPhone(
  sql: Sql,
  shortcode: string,
  phone: string | null,
): Promise<boolean> {
  return sql.begin(async (tx) => {
    const rows = await tx`
      update organisations set phone = ${phone} where shortcode = ${shortcode} returning shortcode`;
    await tx`
      update accounts set has_handset = ${phone !== null} where owner = ${shortcode} and kind <> 'wallet'`;
    return rows.length > 0;
  });
}

export async function readOrganisationPhone(sql: Sql, shortcode: string): Promise<string | null> {
  const [row] = await sql<{ phone: string | null }[]>`
    select phone from organisations where shortcode = ${shortcode}`;
  return row?.phone ?? null;
}
