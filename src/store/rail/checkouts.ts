/** Checkouts: payments that a merchant's program has announced and not confirmed yet. A confirmed one stays for a while. */
import { msPerDay } from "../../core/clock.ts";
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
  /** Whether a confirmation is making its payment now. */
  readonly isClaimed: boolean;
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
  expires_at as "expiresAt", claimed_until > clock_timestamp() as "isClaimed"`;

/**
 * Stores a checkout, unless the application has one with this reference, or too many. Servers that store one at the same
 * time may exceed the limit by their number.
 */
export async function insertCheckout(
  sql: Sql,
  checkout: Omit<CheckoutRow, "isClaimed">,
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

export interface ClaimTerms {
  /** Wall time. */
  readonly leaseMs: number;
  /** Business time, in milliseconds since 1970. */
  readonly now: number;
}

/**
 * Claims a checkout for the one who makes its payment. Returns the claim, or null if another has one or the checkout expired.
 * A payment takes less than the lease, so after it the claim was of a server that stopped.
 */
export async function claimCheckout(
  sql: Sql,
  id: bigint,
  { leaseMs, now }: ClaimTerms,
): Promise<string | null> {
  const rows = await sql<{ claim: string }[]>`
    update checkouts set claimed_until = clock_timestamp() + make_interval(secs => ${leaseMs / 1000}::float8)
    where id = ${id} and claimed_until <= clock_timestamp() and expires_at > ${toTimestamp(now)}
    returning claimed_until::text as claim`;
  return rows[0]?.claim ?? null;
}

/** Gives up a claim whose payment was not made: the checkout is as if it had not been confirmed. */
export async function releaseCheckout(sql: Sql, id: bigint, claim: string): Promise<void> {
  await sql`
    update checkouts set claimed_until = '-infinity' where id = ${id} and claimed_until = ${claim}::text::timestamptz`;
}

/** How long checkouts are kept after they expired: their references cannot be used again until then. Business time. */
const unconfirmedRetentionMs = msPerDay;
const confirmedRetentionMs = 30 * msPerDay;

const deleteBatchSize = 5_000;

/** Deletes old checkouts, in batches. `now` is business time. */
export async function deleteOldCheckouts(sql: Sql, now: number): Promise<void> {
  // Each statement reads an index of its own (0002), so none reads the rows that stay.
  await repeatDelete(
    () => sql`
      delete from checkouts where id in (
        select id from checkouts
        where claimed_until = '-infinity' and expires_at < ${toTimestamp(now - unconfirmedRetentionMs)}
        limit ${deleteBatchSize})`,
  );
  await repeatDelete(
    () => sql`
      delete from checkouts where id in (
        select id from checkouts
        where claimed_until > '-infinity' and expires_at < ${toTimestamp(now - confirmedRetentionMs)}
        limit ${deleteBatchSize})`,
  );
}

async function repeatDelete(deleteBatch: () => PromiseLike<{ readonly count: number }>): Promise<void> {
  while ((await deleteBatch()).count === deleteBatchSize);
}
