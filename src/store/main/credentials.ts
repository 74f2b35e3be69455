/**
 * Credentials: the secrets that callers present, as hashes, and the secrets that digests and signatures are computed
 * with, sealed. This folder stores sealed values and cannot read them. A renewed credential is kept as inactive.
 */
import type { Sql, Transaction } from "../driver/connect.ts";

/** The owner of a credential: exactly one of these. */
export type CredentialOwner =
  | { readonly applicationId: bigint }
  | { readonly apiOperatorId: bigint }
  | { readonly organisation: OrganisationKey };

export interface OrganisationKey {
  readonly environment: string;
  readonly market: string;
  readonly shortcode: string;
}

export type CredentialState = "active" | "retiring" | "inactive";

export interface CredentialRow {
  readonly id: bigint;
  readonly applicationId: bigint | null;
  readonly protocol: string | null;
  readonly kind: string;
  readonly hint: string;
  readonly state: CredentialState;
  readonly sealed: Buffer | null;
  /** When its overlap ends or ended: wall time, like the times below. */
  readonly retiresAt: Date | null;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}

export interface NewCredential {
  readonly owner: CredentialOwner;
  readonly protocol: string | null;
  readonly kind: string;
  /** SHA-256 of the secret (keyed, if people choose the secret), or the secret sealed under SECRET_KEY: exactly one of them. */
  readonly hash: Buffer | null;
  readonly sealed: Buffer | null;
  readonly hint: string;
}

/** A credential whose overlap is over is inactive, although nothing has changed its row since. */
const columns = (sql: Sql | Transaction) => sql`
  id, application_id as "applicationId", protocol, kind, hint,
  case when state = 'retiring' and retires_at <= clock_timestamp() then 'inactive' else state end as state,
  sealed, retires_at as "retiresAt", created_at as "createdAt",
  coalesce(ended_at, case when retires_at <= clock_timestamp() then retires_at end) as "endedAt"`;

/** Selects the credentials of an owner; a fragment of a `where` clause. */
function ownedBy(sql: Sql | Transaction, owner: CredentialOwner) {
  if ("applicationId" in owner) return sql`application_id = ${owner.applicationId}`;
  if ("apiOperatorId" in owner) return sql`api_operator_id = ${owner.apiOperatorId}`;
  const { environment, market, shortcode } = owner.organisation;
  return sql`organisation_environment = ${environment} and organisation_market = ${market}
             and organisation_shortcode = ${shortcode}`;
}

function ownerColumns(owner: CredentialOwner) {
  const organisation = "organisation" in owner ? owner.organisation : null;
  return {
    application_id: "applicationId" in owner ? owner.applicationId : null,
    api_operator_id: "apiOperatorId" in owner ? owner.apiOperatorId : null,
    organisation_environment: organisation?.environment ?? null,
    organisation_market: organisation?.market ?? null,
    organisation_shortcode: organisation?.shortcode ?? null,
  };
}

/**
 * Stores a credential as the current one. Returns its id, or null if the owner already has a current one of this kind,
 * for example because another server was first.
 */
export async function insertCredential(
  sql: Sql | Transaction,
  credential: NewCredential,
): Promise<bigint | null> {
  const { owner, protocol, kind, hash, sealed, hint } = credential;
  const row = { ...ownerColumns(owner), protocol, kind, hash, sealed, hint };
  const rows = await sql<{ id: bigint }[]>`
    insert into credentials ${sql(row as never)} on conflict do nothing returning id`;
  return rows[0]?.id ?? null;
}

/** All credentials of an owner, including inactive ones, newest first. */
export function readCredentials(sql: Sql | Transaction, owner: CredentialOwner): Promise<CredentialRow[]> {
  return sql<CredentialRow[]>`
    select ${columns(sql)} from credentials where ${ownedBy(sql, owner)} order by id desc`;
}

/** The credential of a kind with this hash, whatever its state. */
export async function readCredentialByHash(
  sql: Sql | Transaction,
  kind: string,
  hash: Buffer,
): Promise<CredentialRow | undefined> {
  const rows = await sql<CredentialRow[]>`
    select ${columns(sql)} from credentials where kind = ${kind} and hash = ${hash}`;
  return rows[0];
}

/** The credentials of a kind that are in use: the current one first, then the retiring ones, newest first. */
export function readUsableCredentials(
  sql: Sql | Transaction,
  owner: CredentialOwner,
  kind: string,
): Promise<CredentialRow[]> {
  return sql<CredentialRow[]>`
    select ${columns(sql)} from credentials
    where ${ownedBy(sql, owner)} and kind = ${kind}
      and (state = 'active' or (state = 'retiring' and retires_at > clock_timestamp()))
    order by state <> 'active', id desc`;
}

/** The credentials of a kind that are no longer in use, newest first. */
export function readEndedCredentials(
  sql: Sql | Transaction,
  owner: CredentialOwner,
  kind: string,
  limit: number,
): Promise<CredentialRow[]> {
  return sql<CredentialRow[]>`
    select ${columns(sql)} from credentials
    where ${ownedBy(sql, owner)} and kind = ${kind}
      and (state = 'inactive' or (state = 'retiring' and retires_at <= clock_timestamp()))
    order by id desc limit ${limit}`;
}

/** Makes two transactions that replace a credential of an owner do it one after the other. */
async function lockReplacement(tx: Transaction, owner: CredentialOwner, kind: string): Promise<void> {
  const name = JSON.stringify(["credential", kind, ...Object.values(ownerColumns(owner)).map(String)]);
  await tx`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`;
}

/** Makes the current credential of a kind inactive. Others that do this wait until the transaction ends. */
export async function deactivateCredential(
  tx: Transaction,
  owner: CredentialOwner,
  protocol: string | null,
  kind: string,
): Promise<void> {
  await lockReplacement(tx, owner, kind);
  await tx`
    update credentials set state = 'inactive', ended_at = clock_timestamp()
    where ${ownedBy(tx, owner)} and kind = ${kind} and protocol is not distinct from ${protocol} and state = 'active'`;
}

/** How a credential is replaced. */
export interface Replacement {
  /** How long the current one stays valid, in milliseconds of wall time. */
  readonly overlapMs: number;
  /** How many of those that are retiring already keep their end: the youngest. */
  readonly maxEarlier: number;
}

/**
 * Lets the current credential of a kind retire, or makes it inactive if there is no overlap, and ends those that are
 * retiring. Returns until when the one that was current stays valid, or null. Others that do this wait until the
 * transaction ends.
 */
export async function retireCredential(
  tx: Transaction,
  owner: CredentialOwner,
  { protocol, kind }: { readonly protocol: string | null; readonly kind: string },
  { overlapMs, maxEarlier }: Replacement,
): Promise<Date | null> {
  await lockReplacement(tx, owner, kind);
  const ofKind = tx`${ownedBy(tx, owner)} and kind = ${kind} and protocol is not distinct from ${protocol}`;
  await tx`
    update credentials set state = 'inactive', ended_at = least(retires_at, clock_timestamp())
    where ${ofKind} and state = 'retiring'
      and (retires_at <= clock_timestamp() or id not in (
        select id from credentials where ${ofKind} and state = 'retiring' order by id desc limit ${maxEarlier}))`;
  if (overlapMs === 0) {
    await tx`
      update credentials set state = 'inactive', ended_at = clock_timestamp() where ${ofKind} and state = 'active'`;
    return null;
  }
  const rows = await tx<{ retiresAt: Date }[]>`
    update credentials
    set state = 'retiring', retires_at = clock_timestamp() + make_interval(secs => ${overlapMs / 1000}::float8)
    where ${ofKind} and state = 'active' returning retires_at as "retiresAt"`;
  return rows[0]?.retiresAt ?? null;
}

/** Makes an application's credentials of every protocol inactive, those that are retiring too. */
export async function endApplicationCredentials(tx: Transaction, applicationId: bigint): Promise<void> {
  await tx`
    update credentials set state = 'inactive', ended_at = least(retires_at, clock_timestamp())
    where application_id = ${applicationId} and protocol is not null and state <> 'inactive'`;
}

/** Makes an application's credentials of a protocol that are retiring inactive. Returns them. */
export function endRetiringCredentials(
  tx: Transaction,
  applicationId: bigint,
  protocol: string,
): Promise<{ id: bigint; kind: string; hint: string }[]> {
  return tx<{ id: bigint; kind: string; hint: string }[]>`
    update credentials set state = 'inactive', ended_at = least(retires_at, clock_timestamp())
    where application_id = ${applicationId} and protocol = ${protocol} and state = 'retiring'
    returning id, kind, hint`;
}
