/** Checkouts: payments that a merchant's program has announced and not confirmed yet. A confirmed one stays for a while. */
import type { Sql } from "../driver/connect.ts";
import { toTimestamp } from "../driver/array-columns.ts";

export interface CheckoutRow {
  /** Its payment will have the same id. */
  readonly id: bigint;
  readonly applicationId: bigint;
  /** The caller's own id, unique in the application. */
  readonly reference: string;
  readonly organisation: string;
  readonly msisdn: string;
  readonly amountMinor: bigint;
  /** The account that the customer pays to. */
  readonly accountReference: string;
  /** A text that the caller gets back with the result. */
  readonly passthrough: string;
  /** Where the result goes: the protocol's kind of notification, and the URL. */
  readonly callbackKind: string;
  readonly callbackUrl: string;
  /** Business time. */
  readonly expiresAt: Date;
}

export interface CheckoutLimits {
  /** How many unconfirmed checkouts an application may have. */
  readonly maxOpen: number;
  /** Business time, in milliseconds since 1970. */
  readonly now: number;
}

const columns = (sql: Sql) => sql`
  id, application_id as "applicationId", reference, organisation, msisdn, amount_minor as "amountMinor",
  account_reference as "accountReference", passthrough, callback_kind as "callbackKind", callback_url as "callbackUrl",
  expires_at as "expiresAt"`;

/**
 * Stores a checkout, unless the application has one with this reference, or too many. Servers that store one at the same
 * time may exceed the limit by their number.
 */
export async function insertCheckout(
  sql: Sql,
  checkout: CheckoutRow,
  { maxOpen, now }: CheckoutLimits,
): Promise<boolean> {
  const { count } = await sql`
    insert into checkouts (id, application_id, reference, organisation, msisdn, amount_minor, account_reference, passthrough,
                           callback_kind, callback_url, expires_at)
    select ${checkout.id}::bigint, ${checkout.applicationId}::bigint, ${checkout.reference}, ${checkout.organisation},
           ${checkout.msisdn}, ${checkout.amountMinor}::bigint, ${checkout.accountReference}, ${checkout.passthrough},
           ${checkout.callbackKind}, ${checkout.callbackUrl}, ${toTimestamp(checkout.expiresAt.getTime())}
    where (select count(*) from (
      select from checkouts
      where application_id = ${checkout.applicationId} and claimed_until = '-infinity' and expires_at > ${toTimestamp(now)}
      limit ${maxOpen}) as open) < ${maxOpen}
    on conflict (application_id, reference) do nothing`;
  return count === 1;
}

export async function readCheckout(sql: Sql, id: bigint): Promise<CheckoutRow | undefined> {
  const rows = await sql<CheckoutRow[]>`select ${columns(sql)} from checkouts where id = ${id}`;
  return rows[0];
}

export async function readCheckoutByReference(
  sql: Sql,
  applicationId: bigint,
  reference: string,
): Promise<CheckoutRow | undefined> {
  const rows = await sql<CheckoutRow[]>`
    select ${columns(sql)} from checkouts where application_id = ${applicationId} and reference = ${reference}`;
  return rows[0];
}

/**
 * Claims a checkout for the one who makes its payment, for `leaseMs` of wall time. False if another has the claim. A payment
 * takes less than the lease, so after it the claim was of a server that stopped.
 */
export async function claimCheckout(sql: Sql, id: bigint, leaseMs: number): Promise<boolean> {
  const { count } = await sql`
    update checkouts set claimed_until = clock_timestamp() + make_interval(secs => ${leaseMs / 1000}::float8)
    where id = ${id} and claimed_until <= clock_timestamp()`;
  return count === 1;
}

/** Deletes checkouts that expired before then (business time). */
export async function deleteOldCheckouts(sql: Sql, before: number): Promise<void> {
  await sql`delete from checkouts where expires_at < ${toTimestamp(before)}`;
}
