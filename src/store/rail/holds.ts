/**
 * Open holds: money reserved until an organisation commits or releases it, or until the hold expires. A prompt is a
 * hold of zero: it ends with the customer's reply, and no money is set aside before that. The hold of a validation ends
 * with the answer of the organisation's server (`validations.ts`).
 */
import type { Sql, Transaction } from "../driver/connect.ts";
import { toTimestamp, toArrayLiteral, toTextArrayLiteral } from "../driver/array-columns.ts";

export type HoldKind = "prompt" | "two_step" | "validation";

/** URLs by notification kind: what a protocol chooses from when an outcome is known. */
export type Endpoints = Readonly<Record<string, string>>;

export interface HoldRow {
  readonly kind: HoldKind;
  readonly paymentId: bigint;
  readonly accountId: bigint;
  readonly amountMinor: bigint;
  /** Business time, in milliseconds since 1970. Null for a validation, which does not expire. */
  readonly expiresAt: number | null;
  /** The callback URLs of the request by notification kind; null if there are none. */
  readonly endpoints: Endpoints | null;
}

export async function insertHolds(tx: Transaction, holds: readonly HoldRow[]): Promise<void> {
  await tx`
    insert into holds (payment_id, account_id, amount_minor, kind, expires_at, endpoints)
    select payment_id, account_id, amount_minor, kind, to_timestamp(expires_ms / 1000.0), endpoints::jsonb
    from unnest(${toArrayLiteral(holds.map((hold) => hold.paymentId))}::bigint[],
                ${toArrayLiteral(holds.map((hold) => hold.accountId))}::bigint[],
                ${toArrayLiteral(holds.map((hold) => hold.amountMinor))}::bigint[],
                ${toArrayLiteral(holds.map((hold) => hold.kind))}::text[],
                ${toArrayLiteral(holds.map((hold) => hold.expiresAt))}::bigint[],
                ${toTextArrayLiteral(holds.map((hold) => hold.endpoints && JSON.stringify(hold.endpoints)))}::text[])
         as v (payment_id, account_id, amount_minor, kind, expires_ms, endpoints)`;
}

/** What a prompt's hold becomes when the customer approves a two-step payment. */
export interface HoldExtension {
  readonly paymentId: bigint;
  readonly amountMinor: bigint;
  /** Business time, in milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Turns the holds of approved prompts into holds of money. Their notifications are written, so the URLs are removed. */
export async function extendHolds(tx: Transaction, holds: readonly HoldExtension[]): Promise<void> {
  await tx`
    update holds set kind = 'two_step', amount_minor = v.amount_minor,
                     expires_at = to_timestamp(v.expires_ms / 1000.0), endpoints = null
    from unnest(${toArrayLiteral(holds.map((hold) => hold.paymentId))}::bigint[],
                ${toArrayLiteral(holds.map((hold) => hold.amountMinor))}::bigint[],
                ${toArrayLiteral(holds.map((hold) => hold.expiresAt))}::bigint[])
         as v (payment_id, amount_minor, expires_ms)
    where holds.payment_id = v.payment_id
      and holds.payment_id = any(${toArrayLiteral(holds.map((hold) => hold.paymentId))}::bigint[])`;
}

/** Deletes closed holds. The same transaction writes the results to their payments. */
export async function deleteHolds(tx: Transaction, paymentIds: readonly bigint[]): Promise<void> {
  await tx`delete from holds where payment_id = any(${toArrayLiteral(paymentIds)}::bigint[])`;
}

/** Payments whose hold expired by `at`, oldest first. */
export async function readExpiredHolds(sql: Sql, at: number, limit: number): Promise<bigint[]> {
  const rows = await sql<{ paymentId: bigint }[]>`
    select payment_id as "paymentId" from holds where expires_at <= ${toTimestamp(at)}
    order by expires_at limit ${limit}`;
  return rows.map((row) => row.paymentId);
}

/** When the next hold expires, if that is at or before `until`: business time, in milliseconds. */
export async function readNextHoldExpiry(sql: Sql, until: number): Promise<number | null> {
  const [row] = await sql<{ at: Date }[]>`
    select expires_at as at from holds where expires_at <= ${toTimestamp(until)} order by expires_at limit 1`;
  return row?.at.getTime() ?? null;
}

/** The kind of a payment's hold, or undefined if it has none. */
export async function readHoldKind(sql: Sql | Transaction, paymentId: bigint): Promise<HoldKind | undefined> {
  const rows = await sql<{ kind: HoldKind }[]>`select kind from holds where payment_id = ${paymentId}`;
  return rows[0]?.kind;
}

/** A payment's open hold, for people to read. */
export async function readHold(
  sql: Sql,
  paymentId: bigint,
): Promise<{ kind: HoldKind; amountMinor: bigint; expiresAt: Date | null } | undefined> {
  const rows = await sql<{ kind: HoldKind; amountMinor: bigint; expiresAt: Date | null }[]>`
    select kind, amount_minor as "amountMinor", expires_at as "expiresAt" from holds where payment_id = ${paymentId}`;
  return rows[0];
}
